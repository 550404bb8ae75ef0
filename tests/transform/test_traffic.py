"""Sessions, channels and campaigns: every rule on a visit worked out by hand, in one build."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion.pipeline import ensure_tables
from tests.transform.conftest import Built
from tests.transform.hand_world import AS_OF
from tests.transform.traffic_world import CONFIGURATION, VISITS, Visit, fill
from transform.build import build
from transform.channels import traffic_vars
from warehouse.connection import writer
from warehouse.errors import ConfigurationError
from warehouse.settings import load_settings

Row = dict[str, Any]


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("traffic")
    (folder / "local.toml").write_text(CONFIGURATION, encoding="utf-8")
    settings = load_settings(folder / "home", folder)
    ensure_tables(settings)
    with writer(settings) as connection:
        fill(connection)
    # of the tests only the one that is looked at: the others speak of models that are not built here
    names = "+fct_sessions +session_reconciliation dim_channel sessions_agree_with_ga4"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_INDIRECT_SELECTION", "empty")
        return Built(settings, build(settings, run_id="traffic", as_of=AS_OF, select=names))


@pytest.fixture(scope="module")
def sessions(traffic: Built) -> dict[str, Row]:
    """Rows of fct_sessions by session_id."""
    columns = [name for (name,) in traffic.rows("select column_name from (describe marts.fct_sessions)")]
    return {row[0]: dict(zip(columns, row, strict=True)) for row in traffic.rows("from marts.fct_sessions")}


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.name)
def test_channel_and_campaign(sessions: dict[str, Row], visit: Visit) -> None:
    expected = {"channel": visit.channel, "channel_rule": visit.rule, **visit.becomes}
    assert {column: sessions[f"{visit.name}.1"][column] for column in expected} == expected


def test_every_visit_has_a_name_of_its_own() -> None:
    assert len({visit.name for visit in VISITS}) == len(VISITS)


def test_configured_channels_are_known_with_what_they_are(traffic: Built) -> None:
    added = "select channel, is_paid from marts.dim_channel where sort_order between 51 and 99 order by 1"
    assert traffic.rows(added) == [("Fairs", False), ("Partners", False), ("Sponsoring", True)]


def test_a_session_over_midnight_is_one_of_its_first_day(sessions: dict[str, Row]) -> None:
    session = sessions["midnight.1"]
    assert (str(session["date_day"]), session["page_views"], session["landing_page"]) == ("2026-02-10", 2, "/late")


@pytest.mark.parametrize(
    ("session_id", "rule", "key_events", "page_views"),
    [
        ("server.7", "ga_session_id", 1, 1),
        ("server.1771585201", "inactivity", 1, 0),
        ("early.8", "ga_session_id", 1, 1),
        ("slow.9", "ga_session_id", 0, 2),
        ("tool.1771581600", "inactivity", 0, 2),
        ("tool.1771585201", "inactivity", 0, 1),
    ],
)
def test_session_of_events(
    sessions: dict[str, Row], session_id: str, rule: str, key_events: int, page_views: int
) -> None:
    session = sessions[session_id]
    assert (session["session_rule"], session["key_events"], session["page_views"]) == (rule, key_events, page_views)


def test_no_other_sessions_come_of_these_browsers(traffic: Built) -> None:
    assert traffic.rows(
        "select user_pseudo_id, count(*) from marts.fct_sessions"
        " where user_pseudo_id in ('server', 'early', 'slow', 'tool') or user_pseudo_id is null group by 1 order by 1"
    ) == [("early", 1), ("server", 2), ("slow", 1), ("tool", 2)]


@pytest.mark.parametrize(
    ("browser", "is_engaged"),
    [
        ("glance", False),
        ("reader", True),
        ("lead", True),
        ("pages", True),
        ("screens", True),
        ("flag_says_no", False),
        ("flag_says_yes", True),
    ],
)
def test_a_session_is_engaged_or_a_bounce(sessions: dict[str, Row], browser: str, is_engaged: bool) -> None:
    session = sessions[f"{browser}.1"]
    assert (session["is_engaged"], session["is_bounce"]) == (is_engaged, not is_engaged)


@pytest.mark.parametrize(
    ("browser", "expected"),
    [
        ("buyer", (2, "EUR", Decimal(20), Decimal(20))),
        # 16 USD at Friday's 1.6 a euro, and 5 EUR
        ("traveller", (2, None, None, Decimal(15))),
        ("nameless", (2, "USD", Decimal(16), Decimal(10))),
        ("currencyless", (1, None, None, Decimal(0))),
        ("reader", (0, None, None, Decimal(0))),
    ],
)
def test_revenue(sessions: dict[str, Row], browser: str, expected: tuple[Any, ...]) -> None:
    columns = ("purchases", "currency_code", "revenue_local", "revenue_amount")
    assert tuple(sessions[f"{browser}.1"][column] for column in columns) == expected


def test_sessions_are_held_against_those_that_ga4_reports(traffic: Built) -> None:
    assert traffic.rows(
        "select date_day::varchar, reported_sessions, exported_sessions, gap, is_final, is_within_tolerance"
        " from marts.session_reconciliation order by 1"
    ) == [
        ("2026-02-10", 1, 1, 0, True, True),
        ("2026-02-11", 1, 1, 0, True, True),
        ("2026-02-12", 11, 0, -11, True, False),
        ("2026-02-13", 10, 0, -10, True, True),
        ("2026-02-14", 241, 229, -12, True, True),
        ("2026-02-15", 240, 227, -13, True, False),
        ("2026-03-06", 90, 0, -90, True, False),
        ("2026-03-07", 90, 0, -90, False, False),
        ("2026-03-08", 90, 0, -90, False, False),
    ]
    assert [line.split(":")[0] for line in traffic.report.warnings] == [
        "test sessions_agree_with_ga4 on session_reconciliation"
    ]


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ('channel = "paid search"', "rules.0.channel = 'paid search': is known as 'Paid Search'; write it like that"),
        ('channel = "Email"\nis_paid = true', "rules.0.is_paid = True: the channel 'Email' is not paid by GA4's"),
        (
            'channel = "Own"\nis_paid = true\nsource = "x"\n[[channels.rules]]\nchannel = "Own"\nis_paid = false',
            "channels.rules.1.is_paid = False: the channel 'Own' is paid by GA4's definition or an earlier rule",
        ),
    ],
)
def test_a_rule_that_contradicts_a_channel_is_one_line(tmp_path: Path, rules: str, line: str) -> None:
    (tmp_path / "local.toml").write_text(f'[[channels.rules]]\n{rules}\nmedium = "x"', encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        traffic_vars(load_settings(tmp_path / "home", tmp_path))
    assert str(tmp_path / "local.toml") in str(raised.value)
    assert line in str(raised.value)
