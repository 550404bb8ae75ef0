"""Which days and accounts a load of Google Ads reads, what it may spend on them, and until when its version answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from ingestion.google_ads import versions
from ingestion.google_ads.days import conversion_window, stretches
from ingestion.http import LoadStopped
from ingestion.sandbox.google_ads import SUNSETS
from ingestion.spec import Window
from tests.ingestion.conftest import Trial
from tests.ingestion.sandbox.tiny import CH, DE
from warehouse.errors import ConfigurationError

STREAM = "googleAds:searchStream"
LEVELS = "https://console.cloud.google.com/google/ads-apis/overview"


def actions(*found: tuple[str, bool, str]) -> pa.Table:
    names = ("click_through_lookback_window_days", "primary_for_goal", "status")
    return pa.Table.from_pylist([dict(zip(names, action, strict=True)) for action in found])


@pytest.mark.parametrize(
    ("found", "days"),
    [
        ([("30", True, "ENABLED"), ("60", True, "ENABLED"), ("7", True, "ENABLED")], 60),
        # What counts nowhere, or no longer, decides nothing.
        ([("45", True, "ENABLED"), ("90", False, "ENABLED"), ("90", True, "REMOVED")], 45),
        ([("1", True, "ENABLED")], 30),
        ([("120", True, "ENABLED")], 90),
        ([("30", False, "ENABLED")], 30),
    ],
)
def test_the_longest_window_of_the_primary_actions_decides(found: list[tuple[str, bool, str]], days: int) -> None:
    assert conversion_window(actions(*found)) == days


def test_an_account_without_actions_has_the_shortest_window() -> None:
    assert conversion_window(actions(("30", True, "ENABLED")).slice(1)) == 30


def test_days_that_follow_each_other_are_one_stretch() -> None:
    days = [date(2026, 11, day) for day in (5, 1, 2, 3, 7)]
    found = [Window(date(2026, 11, first), date(2026, 11, last)) for first, last in ((1, 3), (5, 5), (7, 7))]
    assert stretches(days) == found


def windows(trial: Trial, load_id: str, table: str = "campaign_daily") -> list[tuple[str, str]]:
    return [
        (first, last)
        for first, last in trial.rows(
            "select window_start::varchar, window_end::varchar from ops.requests "
            f"where table_name = '{table}' and account_id = '{DE}' and load_id = '{load_id}' order by 1"
        )
    ]


def test_a_day_is_read_again_until_its_conversions_are_all_in(trial: Trial) -> None:
    # A closed deal counts for 90 days, and is primary: with three days to settle that makes 93.
    trial.load("google_ads", "2026-11-18", "2026-11-20")
    trial.control.advance(timedelta(days=40))
    report = trial.load("google_ads", "2026-12-29", "2027-01-01")
    assert windows(trial, report.load_id) == [("2026-11-18", "2026-11-20"), ("2026-12-29", "2027-01-01")]
    # Clicks do not grow.
    assert windows(trial, report.load_id, "click_view")[0] == ("2026-12-29", "2026-12-29")
    # Older days that somebody asks for are read alone.
    report = trial.load("google_ads", "2026-11-01", "2026-11-02")
    assert windows(trial, report.load_id) == [("2026-11-01", "2026-11-02")]
    trial.control.advance(timedelta(days=53))
    report = trial.load("google_ads", "2027-02-22", "2027-02-23")
    # The 1st and 2nd of November were 60 days old when they were read; on 24 February, 93 days are over for all of them
    # but once more each, since nobody has read them since.
    assert windows(trial, report.load_id)[0] == ("2026-11-01", "2026-11-02")
    assert ("2026-11-18", "2026-11-20") in windows(trial, report.load_id)
    trial.control.advance(timedelta(days=1))
    report = trial.load("google_ads", "2027-02-23", "2027-02-24")
    assert all(first >= "2026-12-29" for first, _ in windows(trial, report.load_id))


def test_where_there_is_no_manager_the_account_is_read_by_itself(trial: Trial) -> None:
    trial.control.conditions["google_ads/direct_access"] = True
    trial.overrides["google_ads"] = {"login_customer_id": CH}
    report = trial.load("google_ads", "2026-11-19", "2026-11-22")
    assert report.warnings == ()
    assert trial.rows("select customer_id, currency_code, is_manager, level from raw_google_ads.customers") == [
        (CH, "CHF", False, None)
    ]
    assert trial.rows("select distinct customer_id, cost_micros from raw_google_ads.campaign_daily") == [
        (CH, "7770000")
    ]


def test_a_version_is_told_of_sixty_days_before_its_end() -> None:
    last = versions.SUNSETS["v26"]
    assert versions.warning("v26", last - timedelta(days=61)) is None
    told = versions.warning("v26", last - timedelta(days=60))
    assert told is not None and told.startswith(
        f"API v26 is expected to end on {last}, in 60 days; raise sources.google_"
    )
    assert str(versions.warning("v26", last + timedelta(days=1))).startswith(f"API v26 was expected to end on {last};")
    assert str(versions.warning("v19", last)).startswith(
        "API v19 is older than all that answer; raise sources.google_ads"
    )
    assert versions.warning("v27", last) is None
    with pytest.raises(ConfigurationError, match=r"api_version = '26': is no version of the API; write such as 'v26'"):
        versions.warning("26", last)


def test_a_load_and_the_doctor_tell_of_a_version_near_its_end(trial: Trial) -> None:
    trial.control.set_clock(datetime(2027, 10, 15, 8, tzinfo=UTC))
    report = trial.load("google_ads", "2026-11-20", "2026-11-20")
    told = "API v26 is expected to end on 2027-11-30, in 46 days; raise sources.google_ads.api_version to v26 or newer"
    assert [warning for warning in report.warnings if warning.startswith(told)]
    assert trial.probe("google_ads")[0].message.startswith(told)
    trial.control.set_clock(datetime.combine(SUNSETS[26] + timedelta(days=1), datetime.min.time(), UTC))
    with pytest.raises(ConfigurationError, match=r"the API version has ended; raise sources\.google_ads\.api_version"):
        trial.load("google_ads", "2026-11-20", "2026-11-20")


def spent(trial: Trial, requests: int) -> None:
    trial.execute(f"update ops.loads set requests = {requests} where source = 'google_ads'")


def test_the_operations_of_the_day_are_counted(trial: Trial) -> None:
    trial.load("google_ads", "2026-11-20", "2026-11-20")
    spent(trial, 2_880 * 8 // 10)
    report = trial.load("google_ads", "2026-11-20", "2026-11-20")
    assert f"80% of the 2,880 operations a day of Explorer access are used; ask for a higher level at {LEVELS}" in (
        report.warnings
    )
    spent(trial, 1_440)  # Two loads: 2,880 in the last 24 hours.
    before = len(trial.asked(STREAM))
    with pytest.raises(LoadStopped) as caught:
        trial.load("google_ads", "2026-11-20", "2026-11-20")
    assert str(caught.value).startswith(
        "google_ads: the 2,880 operations a day of Explorer access are used up; try again tomorrow, or ask for a "
        f"higher level at {LEVELS} and set sources.google_ads.access_level"
    )
    assert len(trial.asked(STREAM)) == before
    # A day later, or with a higher level, it goes on.
    trial.load("google_ads", "2026-11-20", "2026-11-20", as_of=trial.control.now + timedelta(hours=25))
    for level in ("basic", "Standard"):
        trial.overrides["google_ads"] = {"access_level": level}
        trial.load("google_ads", "2026-11-20", "2026-11-20")


@pytest.mark.parametrize("left", [7, 12])
def test_a_load_that_uses_the_operations_up_keeps_what_it_has_read(trial: Trial, left: int) -> None:
    trial.load("google_ads", "2026-11-20", "2026-11-20")
    whole: list[Any] = trial.rows(
        "select * exclude (_dlt_load_id, _loaded_at) from raw_google_ads.ad_daily order by all"
    )
    trial.execute("update ops.coverage set loaded_at = loaded_at - interval 10 day")
    spent(trial, 2_880 - left)
    with pytest.raises(LoadStopped):
        trial.load("google_ads", "2026-11-20", "2026-11-20")
    assert trial.rows("select count(*) from raw_google_ads.campaign_daily") == [(3,)]
    trial.overrides["google_ads"] = {"access_level": "basic"}
    trial.load("google_ads", "2026-11-20", "2026-11-20")
    assert trial.rows("select * exclude (_dlt_load_id, _loaded_at) from raw_google_ads.ad_daily order by all") == whole


def test_an_unknown_level_is_named(trial: Trial) -> None:
    trial.overrides["google_ads"] = {"access_level": "gold"}
    with pytest.raises(ConfigurationError) as caught:
        trial.load("google_ads", "2026-11-20", "2026-11-20")
    assert str(caught.value) == (
        "config/local.toml: sources.google_ads.access_level = 'gold': is not known; write one of explorer, basic, "
        f"standard (the level is shown at {LEVELS})"
    )


def test_the_doctor_tells_where_clicks_carry_no_gclid(trial: Trial) -> None:
    trial.control.conditions["google_ads/without_auto_tagging"] = [CH]
    found = {verdict.subject: (verdict.ok, verdict.message, verdict.mend) for verdict in trial.probe("google_ads")}
    assert found[f"account {DE}"] == (True, "EUR, Europe/Berlin", "")
    assert found[f"account {CH}"] == (
        False,
        "auto-tagging is off: clicks carry no gclid, and no journey begins with them",
        "switch it on in Google Ads under Admin > Account settings > Auto-tagging",
    )
