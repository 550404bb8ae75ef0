from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ingestion.ga4 import reports, source
from ingestion.http import LoadStopped
from tests.ingestion.conftest import Trial
from warehouse.errors import ConfigurationError

REPORT = ":runReport"
PROPERTY = "345678901"


def _sessions(trial: Trial) -> list[tuple[str, str, str]]:
    return trial.rows("select date::varchar, sessions, engaged_sessions from raw_ga4.day_totals order by all")


def test_reads_complete_days_with_users_counted_by_day(trial: Trial) -> None:
    report = trial.load("ga4", "2026-11-17", "2026-11-25")
    assert _sessions(trial) == [("2026-11-18", "1", "0"), ("2026-11-20", "1", "1")]
    assert trial.rows("select total_users, new_users, purchase_revenue from raw_ga4.day_totals order by date") == [
        ("1", "1", "0"),
        ("1", "0", "0"),
    ]
    assert trial.rows(
        "select date, session_default_channel_group, session_source, session_medium, session_campaign_name, sessions "
        "from raw_ga4.traffic_daily order by date"
    ) == [
        (date(2026, 11, 18), "Organic Search", "google", "organic", "(organic)", "1"),
        (date(2026, 11, 20), "Direct", "(direct)", "(none)", "(direct)", "1"),
    ]
    assert report.newest_data_day == date(2026, 11, 20)
    assert report.tables == {
        "day_totals": 2,
        "week_totals": 1,
        "month_totals": 0,
        "traffic_daily": 2,
        "key_events_daily": 7,
    }
    # The 23rd is under way in Berlin; days without a row were read all the same.
    assert trial.rows(
        "select min(date_day)::varchar, max(date_day)::varchar, sum(rows) from ops.coverage "
        "where table_name = 'day_totals'"
    ) == [("2026-11-17", "2026-11-22", 2)]
    assert trial.rows(
        "select account_id, window_start::varchar, window_end::varchar, rows, metadata->>'time_zone', "
        "metadata->>'currency', api_version from ops.requests where table_name = 'traffic_daily'"
    ) == [(PROPERTY, "2026-11-17", "2026-11-22", 2, "Europe/Berlin", "EUR", "v1beta")]


def test_users_are_counted_once_a_period(trial: Trial) -> None:
    trial.load("ga4", "2026-11-18", "2026-11-22")
    # Anna came on two days of the week: one user, though the days' users add up to two.
    week = "select week_start::varchar, sessions, total_users, active_users, new_users from raw_ga4.week_totals"
    assert trial.rows(week) == [("2026-11-16", "2", "1", "1", "1")]
    assert trial.rows("select count(*) from raw_ga4.month_totals") == [(0,)]
    # In December, November is over, and is read from its first day though the window begins on its last.
    trial.control.set_clock(datetime(2026, 12, 2, 8, tzinfo=UTC))
    trial.load("ga4", "2026-11-30", "2026-12-01")
    assert trial.rows("select month_start::varchar, sessions, total_users from raw_ga4.month_totals") == [
        ("2026-11-01", "3", "2")
    ]
    assert trial.rows(week) == [("2026-11-16", "2", "1", "1", "1")]


def test_events_that_are_key_are_told_by_name(trial: Trial) -> None:
    trial.load("ga4", "2026-11-18", "2026-11-18")
    assert trial.rows("select event_name, event_count, key_events from raw_ga4.key_events_daily order by all") == [
        ("first_visit", "1", "0"),
        ("page_view", "1", "0"),
        ("session_start", "1", "0"),
        ("user_engagement", "1", "0"),
    ]


def test_fields_are_checked_before_the_first_load(trial: Trial) -> None:
    trial.inject("ga4.incompatible", ":checkCompatibility", skip=1)
    with pytest.raises(ConfigurationError) as caught:
        trial.load("ga4", "2026-11-18", "2026-11-18")
    assert str(caught.value).startswith(
        f"ga4: property {PROPERTY}: report week_totals: HTTP 400: Please remove itemName to make the request compatible"
    )
    assert str(caught.value).endswith("Mend the report in ingestion/ga4/reports.py")
    trial.load("ga4", "2026-11-18", "2026-11-18")
    asked = len(trial.asked(":checkCompatibility"))
    trial.load("ga4", "2026-11-18", "2026-11-19")
    assert len(trial.asked(":checkCompatibility")) == asked


def test_a_field_that_does_not_fit_is_named(trial: Trial) -> None:
    clash = {"dimensionMetadata": {"apiName": "eventName"}, "compatibility": "INCOMPATIBLE"}
    other = {"dimensionMetadata": {"apiName": "itemName"}, "compatibility": "INCOMPATIBLE"}
    trial.control.inject(":checkCompatibility", 5, 200, {"dimensionCompatibilities": [other, clash]})
    (verdict,) = trial.probe("ga4")
    assert (verdict.ok, verdict.message) == (
        False,
        f"ga4: property {PROPERTY}: report key_events_daily: dimension eventName does not go with the report's other "
        "fields; take it out in ingestion/ga4/reports.py",
    )


def test_another_time_zone_or_currency_is_told(trial: Trial) -> None:
    trial.load("ga4", "2026-11-18", "2026-11-18")
    trial.execute("update raw_ga4.day_totals set currency_code = 'CHF'")
    report = trial.load("ga4", "2026-11-20", "2026-11-20")
    assert report.warnings == (
        f"property {PROPERTY}: its currency code was CHF and is EUR now; earlier days stay as they were counted: "
        "load them again with --from",
    )


def test_late_events_and_withdrawn_rows_are_taken_over(trial: Trial) -> None:
    trial.load("ga4", "2026-11-17", "2026-11-22")
    trial.execute(
        "insert into raw_ga4.day_totals (property_id, date, sessions) values ('345678901', '2026-11-21', '9')"
    )
    trial.execute(
        "insert into raw_ga4.day_totals (property_id, date, sessions) values ('345678901', '2026-11-01', '8')"
    )
    trial.control.advance(timedelta(days=2))
    trial.load("ga4", "2026-11-20", "2026-11-22")
    assert [row[:2] for row in _sessions(trial)] == [("2026-11-01", "8"), ("2026-11-18", "1"), ("2026-11-20", "2")]


def test_pages_and_months_make_the_same_rows(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    trial.load("ga4", "2026-11-01", "2026-11-22")
    whole, asked = _sessions(trial), len(trial.asked(REPORT))
    assert asked == 5  # One to learn the zone, one a report; November is not over.
    monkeypatch.setattr(source, "PAGE_ROWS", 1)
    monkeypatch.setattr(reports, "DAYS_A_REQUEST", 11)
    trial.load("ga4", "2026-11-01", "2026-11-22")
    assert _sessions(trial) == whole
    # Nothing in the first eleven days; in the others two days of totals and of traffic, seven of events, one week.
    assert len(trial.asked(REPORT)) - asked == 1 + (1 + 2) + (1 + 2) + (1 + 7) + 1


def test_a_window_that_has_not_begun_reads_nothing(trial: Trial) -> None:
    report = trial.load("ga4", "2026-11-23", "2026-11-23")
    assert report.rows == 0
    assert report.warnings == (f"property {PROPERTY}: no day of the window is over yet in its time zone",)


def test_flags_are_kept_and_told(trial: Trial) -> None:
    trial.control.conditions |= {"ga4/data_begins": "2026-11-10", "ga4/sampling_limit": 5, "ga4/google_signals": True}
    report = trial.load("ga4", "2026-11-01", "2026-11-22")
    told = {tuple(warning.split(": ")[1:3]) for warning in report.warnings}
    days, weeks = "2026-11-01 to 2026-11-22", "2026-10-26 to 2026-11-22"
    assert told == {
        *(
            (f"{table} {days}", "dataTruncationReasons")
            for table in ("day_totals", "traffic_daily", "key_events_daily")
        ),
        *((f"{table} {days}", "samplingMetadatas") for table in ("day_totals", "traffic_daily", "key_events_daily")),
        *((f"{table} {days}", "subjectToThresholding") for table in ("traffic_daily", "key_events_daily")),
        (f"week_totals {weeks}", "dataTruncationReasons"),
        (f"week_totals {weeks}", "samplingMetadatas"),
    }
    assert trial.rows(
        "select metadata->'samplingMetadatas'->0->>'samplingSpaceSize', metadata->>'subjectToThresholding', "
        "metadata->'dataTruncationReasons'->0->>'dataTruncationDate' from ops.requests "
        "where table_name = 'traffic_daily'"
    ) == [("7", "true", "2026-11-10")]


def test_why_a_report_is_empty_is_kept(trial: Trial) -> None:
    metadata = {"timeZone": "Europe/Berlin", "currencyCode": "EUR", "emptyReason": "RESTRICTED_DATA"}
    trial.control.inject(REPORT, 9, 200, {"metadata": metadata, "kind": "analyticsData#runReport"})
    trial.load("ga4", "2026-11-18", "2026-11-18")
    assert trial.rows("select distinct metadata->>'emptyReason' from ops.requests") == [("RESTRICTED_DATA",)]


def test_stops_while_a_tenth_of_the_quota_is_left_and_goes_on_the_next_day(trial: Trial) -> None:
    trial.load("ga4", "2026-11-17", "2026-11-17")
    trial.control.quota_used["ga4/tokensPerDay/2026-11-23"] = 180_000 - 3
    with pytest.raises(LoadStopped) as caught:
        trial.load("ga4", "2026-11-18", "2026-11-22")
    assert str(caught.value).startswith(
        f"ga4: property {PROPERTY}: stopped, only 19999 of 200000 tokensPerDay are left; go on after 20"
    )
    assert "the next load goes on" in str(caught.value)
    # What was read to its end is kept.
    assert _sessions(trial) == [("2026-11-18", "1", "0"), ("2026-11-20", "1", "1")]
    assert trial.rows("select count(*) from raw_ga4.key_events_daily") == [(0,)]
    trial.control.advance(timedelta(days=1))
    trial.load("ga4", "2026-11-18", "2026-11-22")
    # By then, Lea's first visit has come in on the 20th.
    assert trial.rows("select date::varchar, count(*) from raw_ga4.key_events_daily group by all order by all") == [
        ("2026-11-18", 4),
        ("2026-11-20", 4),
    ]


def test_a_token_that_expires_on_the_way_is_renewed(trial: Trial) -> None:
    trial.load("ga4", "2026-11-18", "2026-11-18")
    trial.control.expire_tokens()
    trial.load("ga4", "2026-11-18", "2026-11-18")
    assert _sessions(trial) == [("2026-11-18", "1", "0")]


def test_a_reply_that_is_no_json_is_one_line_that_does_not_repeat_it(trial: Trial) -> None:
    trial.control.inject("runReport", 3, 200, "<html>Sign in, jane@firm.example</html>", {})
    with pytest.raises(ConfigurationError) as caught:
        trial.load("ga4", "2026-11-18", "2026-11-20")
    assert str(caught.value) == (
        f"ga4: property {PROPERTY}: gave up after 3 tries: the reply broke off; try again later"
    )
    assert "jane" not in str(caught.value)


def test_probe_names_the_property_or_the_mend(trial: Trial) -> None:
    (verdict,) = trial.probe("ga4")
    assert (verdict.ok, verdict.subject) == (True, f"property {PROPERTY}")
    assert verdict.message == "readable; time zone Europe/Berlin, currency EUR"
    trial.overrides["ga4"] = {"property_id": "999"}
    (verdict,) = trial.probe("ga4")
    assert not verdict.ok
    assert "check sources.ga4.property_id" in verdict.message
    trial.overrides["ga4"] = {"property_id": "G-ABC"}
    (verdict,) = trial.probe("ga4")
    assert "sources.ga4.property_id is no property; write its digits" in verdict.message
