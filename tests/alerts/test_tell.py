"""Who is told what and when: once, again after a week, once more when it is mended, and not while it is silenced."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from alerts import tell
from alerts.message import Message
from tests.alerts.conftest import World
from tests.warehouse.small import AS_OF
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings, load_settings

LINE = "google_ads: the token was withdrawn; make a new one"
OPERATORS = {"name": "operators", "kinds": ["failed_run", "blocked_source", "stale_kpi"]}
MARKETING = {"name": "marketing", "kinds": ["off_track", "anomaly"]}


@dataclass
class Post:
    """Takes messages, but not those of the services that are down."""

    down: set[str] = field(default_factory=set)
    sent: list[tuple[str, Message]] = field(default_factory=list)

    def __call__(self, service: str, message: Message) -> str | None:
        if service in self.down:
            return f"alerts.{service}: the message was not taken"
        self.sent.append((service, message))
        return None

    def taken(self) -> list[tuple[str, str]]:
        """Service and title of what was sent since the last call."""
        found = [(service, message.title.removeprefix("Larkspur & Sons: ")) for service, message in self.sent]
        self.sent.clear()
        return found


@pytest.fixture
def post() -> Post:
    return Post()


def _with(world: World, *services: dict[str, Any], **alerts: Any) -> Settings:
    return Settings.model_validate({**world.settings.model_dump(), "alerts": {"services": services, **alerts}})


def test_what_stays_wrong_is_told_once_and_again_after_a_week(world: World, post: Post) -> None:
    settings = _with(world, MARKETING)
    for hours in (0, 1, 24, 7 * 24 - 1):
        tell.after_refresh(settings, AS_OF + timedelta(hours=hours), post)
    assert post.taken() == [("marketing", "targets off track")]
    tell.after_refresh(settings, AS_OF + timedelta(days=7), post)
    assert post.taken() == [("marketing", "targets off track")]
    tell.after_refresh(_with(world, MARKETING, remind_days=0), AS_OF + timedelta(days=30), post)
    assert post.taken() == []


def test_a_failure_is_told_once_and_that_it_is_mended(world: World, post: Post) -> None:
    settings = _with(world, OPERATORS)
    tell.after_failure(settings, LINE, AS_OF, post)
    tell.after_failure(settings, LINE, AS_OF + timedelta(hours=1), post)
    tell.after_failure(settings, "another line", AS_OF + timedelta(hours=2), post)
    bodies = [message.body for _, message in post.sent]
    assert post.taken() == [("operators", "nothing new was published")] * 2
    assert f"- The refresh failed, and the last publication stays: {LINE}" in bodies[0]
    tell.after_refresh(settings, AS_OF + timedelta(hours=3), post)
    (_, mended) = post.sent[0]
    assert (mended.title, mended.tone) == ("Larkspur & Sons: mended", "success")
    assert mended.body.count("the refresh works again") == 1
    post.taken()
    tell.after_refresh(settings, AS_OF + timedelta(hours=4), post)
    assert post.taken() == []


def test_sources_and_kpis_that_are_well_again_are_told(world: World, post: Post) -> None:
    settings = _with(world, OPERATORS)
    tell.after_refresh(settings, datetime(2026, 11, 26, tzinfo=UTC), post)
    post.taken()
    tell.after_refresh(settings, AS_OF, post)
    ((_, message),) = post.sent
    assert message.body.splitlines()[:5] == [
        "Mended",
        "- google_ads delivers again",
        "- hubspot delivers again",
        "- meta_ads delivers again",
        "- 2 stale KPIs are up to date again",
    ]


def test_a_failure_leaves_what_a_refresh_judged_as_it_was(world: World, post: Post) -> None:
    settings = _with(world, MARKETING)
    tell.after_refresh(settings, AS_OF, post)
    tell.after_failure(settings, LINE, AS_OF + timedelta(hours=1), post)
    tell.after_refresh(settings, AS_OF + timedelta(hours=2), post)
    assert post.taken() == [("marketing", "targets off track")]


def test_what_comes_back_later_is_news_and_within_a_day_is_not(world: World, post: Post) -> None:
    settings = _with(world, MARKETING)
    tell.after_refresh(settings, AS_OF, post)
    world.change("update published.kpi_scorecard set status = 'on_track' where status = 'off_track'")
    tell.after_refresh(settings, AS_OF + timedelta(days=1), post)
    world.change("update published.kpi_scorecard set status = 'off_track' where kpi = 'click_through_rate'")
    tell.after_refresh(settings, AS_OF + timedelta(days=1, hours=23), post)
    assert post.taken() == [("marketing", "targets off track")]
    world.change("update published.kpi_scorecard set status = 'on_track' where status = 'off_track'")
    tell.after_refresh(settings, AS_OF + timedelta(days=2), post)
    world.change("update published.kpi_scorecard set status = 'off_track' where kpi = 'click_through_rate'")
    tell.after_refresh(settings, AS_OF + timedelta(days=3, hours=1), post)
    assert post.taken() == [("marketing", "targets off track")]


def test_a_service_that_was_down_is_told_later_and_the_others_not_again(world: World, post: Post) -> None:
    settings = _with(world, {"name": "first"}, {"name": "second"})
    post.down = {"second"}
    told = tell.after_failure(settings, LINE, AS_OF, post)
    assert [each.problem for each in told] == [None, "alerts.second: the message was not taken"]
    post.down = set()
    tell.after_failure(settings, LINE, AS_OF + timedelta(hours=1), post)
    assert [service for service, _ in post.taken()] == ["first", "second"]


def test_a_failure_that_a_service_did_not_take_waits_for_it(world: World, post: Post) -> None:
    settings = _with(world, OPERATORS)
    post.down = {"operators"}
    tell.after_failure(settings, LINE, AS_OF, post)
    post.down = set()
    tell.by_hand(settings, AS_OF + timedelta(hours=1), dry_run=False, send=post)
    assert post.taken() == [("operators", "nothing new was published")]


def test_a_process_that_dies_at_the_second_service_has_told_the_first(world: World, post: Post) -> None:
    settings = _with(world, {"name": "first"}, {"name": "second"})

    def dies(service: str, message: Message) -> str | None:
        if service == "second":
            raise KeyboardInterrupt
        return post(service, message)

    with pytest.raises(KeyboardInterrupt):
        tell.after_failure(settings, LINE, AS_OF, dies)
    tell.after_failure(settings, LINE, AS_OF, post)
    assert [service for service, _ in post.taken()] == ["first", "second"]


def test_a_known_outage_is_silent_and_told_when_it_lasts_longer(world: World, post: Post) -> None:
    silence = {"about": "google_ads", "start": date(2026, 11, 20), "until": date(2026, 11, 24), "reason": "they move"}
    settings = _with(world, OPERATORS, silences=[silence])
    tell.after_failure(settings, LINE, AS_OF, post)
    # 23:30 UTC on the 23rd is the 24th in Berlin, and 23:30 on the 24th is the 25th there
    tell.after_failure(settings, LINE, datetime(2026, 11, 23, 23, 30, tzinfo=UTC), post)
    assert post.taken() == []
    tell.after_failure(settings, "hubspot: the token was withdrawn", AS_OF, post)
    assert post.taken() == [("operators", "nothing new was published")]
    tell.after_failure(settings, LINE, datetime(2026, 11, 24, 23, 30, tzinfo=UTC), post)
    assert post.taken() == [("operators", "nothing new was published")]


def test_a_silence_of_a_source_holds_back_the_kpis_that_rest_on_it(world: World, post: Post) -> None:
    silence = {"about": "meta_ads", "start": "2026-11-01", "until": "2026-12-31", "reason": "they move"}
    settings = _with(world, {"name": "all"}, silences=[silence])
    late = datetime(2026, 11, 25, 12, tzinfo=UTC)
    tell.after_refresh(settings, late, post)
    ((_, message),) = post.sent
    assert "google_ads" in message.body
    for held in ("meta_ads", "Click-through rate"):
        assert held not in message.body
    assert {reason for _, reason in tell.held_back(settings, late)} == {"they move"}


def test_one_message_holds_everything_grouped(world: World, post: Post) -> None:
    world.change("update published.kpi_anomalies set state = 'anomaly'")
    tell.after_refresh(_with(world, {"name": "all"}), datetime(2026, 11, 26, 12, tzinfo=UTC), post)
    ((_, message),) = post.sent
    assert message.title == (
        "Larkspur & Sons: sources that deliver nothing (3), KPIs that are too old, targets off track, unusual"
    )
    assert message.tone == "failure"
    headings = [line for line in message.body.splitlines() if line and line[0] not in "- " and ":" not in line]
    assert headings == ["Sources that deliver nothing", "KPIs that are too old", "Targets off track", "Unusual"]
    assert message.body.count("Older than they may be") == 1
    assert message.body.endswith(f"Page: {world.settings.dashboards / 'index.html'}")


def test_links_are_those_of_the_settings(world: World, post: Post) -> None:
    places = {"page_url": "https://kpi.example.com/", "dagster_url": "https://dagster.example.com/"}
    tell.after_failure(_with(world, OPERATORS, **places), LINE, AS_OF, post)
    ((_, message),) = post.sent
    assert message.body.endswith("Page: https://kpi.example.com/\nRuns: https://dagster.example.com/runs")


def test_only_the_audience_and_the_focus_are_told(world: World, post: Post) -> None:
    world.change("update published.dim_kpi set audience = 'ceo' where kpi = 'click_through_rate'")
    world.change("update published.kpi_scorecard set audience = 'ceo', is_focus = false")
    chief, specialist = {**MARKETING, "audience": "ceo"}, {**MARKETING, "name": "ads", "audience": "channel_specialist"}
    focus = {**MARKETING, "name": "focus", "focus_only": True}
    tell.after_refresh(_with(world, chief, specialist, focus), AS_OF, post)
    assert post.taken() == [("marketing", "targets off track")]


def test_a_digest_comes_once_a_business_day(world: World, post: Post) -> None:
    settings = _with(world, {**MARKETING, "kinds": [], "audience": "ceo", "digest": True})
    tell.after_failure(settings, LINE, AS_OF, post)
    assert post.taken() == []
    tell.after_refresh(settings, AS_OF, post)
    ((_, message),) = post.sent
    assert message.title == "Larkspur & Sons: KPIs for ceo, 1 of 5 off track"
    lines = message.body.splitlines()
    assert lines[0] == "Data through 2026-11-22, 43/44 checks passed."
    assert lines[2].startswith("- Click-through rate: 1.5 %, +0.3 pp on the day before; OFF TRACK (day of 2026-11-22")
    assert "- All channels: review the budget: Cost per lead was 61 % above its expected range for 2 weeks." in lines
    post.taken()
    tell.after_refresh(settings, datetime(2026, 11, 23, 22, tzinfo=UTC), post)
    assert post.taken() == []
    # 23:00 UTC is midnight in Berlin
    tell.after_refresh(settings, datetime(2026, 11, 23, 23, tzinfo=UTC), post)
    assert len(post.taken()) == 1


def test_a_dry_run_sends_and_remembers_nothing(world: World, post: Post) -> None:
    settings = _with(world, MARKETING)
    for _ in range(2):
        told = tell.by_hand(settings, AS_OF, dry_run=True, send=post)
        assert [each.message.title for each in told] == ["Larkspur & Sons: targets off track"]
    assert post.taken() == []
    tell.by_hand(settings, AS_OF, dry_run=False, send=post)
    assert post.taken() == [("marketing", "targets off track")]
    assert tell.by_hand(settings, AS_OF, dry_run=True, send=post) == []


def test_without_a_service_nothing_is_read_or_written(world: World, post: Post) -> None:
    world.settings.publication.unlink()
    assert tell.after_failure(world.settings, LINE, AS_OF, post) == []
    assert tell.after_refresh(world.settings, AS_OF, post) == []
    assert not (world.settings.home / "alerts.sqlite").exists()


@pytest.mark.parametrize(
    ("alerts", "line"),
    [
        (
            {"services": [{"name": "chief", "audience": "coe"}]},
            "config/local.toml: alerts.services: chief: audience = 'coe': no such audience; did you mean ceo?",
        ),
        (
            {"silences": [{"about": "meta", "start": "2026-01-01", "until": "2026-01-02", "reason": "x"}]},
            "config/local.toml: alerts.silences: about = 'meta': neither a source nor a KPI; did you mean meta_ads?",
        ),
    ],
)
def test_a_wrong_name_is_refused_before_the_refresh(alerts: dict[str, Any], line: str, world: World) -> None:
    focus = load_settings(world.settings.home).focus
    settings = Settings.model_validate({**world.settings.model_dump(), "focus": focus, "alerts": alerts})
    with pytest.raises(ConfigurationError) as raised:
        tell.require(settings)
    assert str(raised.value) == line
