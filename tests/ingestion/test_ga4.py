from __future__ import annotations

from datetime import date, timedelta

import pytest

from ingestion.ga4 import source
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
    assert (report.tables, report.newest_data_day) == ({"day_totals": 2, "traffic_daily": 2}, date(2026, 11, 20))
    # The 23rd is under way in Berlin; days without a row were read all the same.
    assert trial.rows(
        "select min(date_day)::varchar, max(date_day)::varchar, sum(rows) from ops.coverage "
        "where table_name = 'day_totals'"
    ) == [("2026-11-17", "2026-11-22", 2)]
    assert trial.rows(
        "select account_id, window_start::varchar, window_end::varchar, rows, metadata->>'time_zone', "
        "metadata->>'currency', api_version from ops.requests where table_name = 'traffic_daily'"
    ) == [(PROPERTY, "2026-11-17", "2026-11-22", 2, "Europe/Berlin", "EUR", "v1beta")]


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
    assert asked == 3  # One to learn the zone, one a report.
    monkeypatch.setattr(source, "PAGE_ROWS", 1)
    monkeypatch.setattr(source, "DAYS_A_REQUEST", 11)
    trial.load("ga4", "2026-11-01", "2026-11-22")
    assert _sessions(trial) == whole
    # Either report: nothing in the first eleven days, two pages for the others.
    assert len(trial.asked(REPORT)) - asked == 1 + 2 * (1 + 2)


def test_a_window_that_has_not_begun_reads_nothing(trial: Trial) -> None:
    report = trial.load("ga4", "2026-11-23", "2026-11-23")
    assert report.rows == 0
    assert report.warnings == (f"property {PROPERTY}: no day of the window is over yet in its time zone",)


def test_flags_are_kept_and_told(trial: Trial) -> None:
    metadata = {
        "timeZone": "Europe/Berlin",
        "currencyCode": "EUR",
        "dataLossFromOtherRow": True,
        "samplingMetadatas": [{"samplesReadCount": "1", "samplingSpaceSize": "2"}],
    }
    trial.control.inject(REPORT, 1, 200, {"metadata": metadata, "kind": "analyticsData#runReport"}, skip=1)
    report = trial.load("ga4", "2026-11-20", "2026-11-20")
    assert [warning.split(": ")[2] for warning in report.warnings] == ["dataLossFromOtherRow", "samplingMetadatas"]
    assert trial.rows(
        "select metadata->'samplingMetadatas'->0->>'samplingSpaceSize' from ops.requests "
        "where table_name = 'day_totals'"
    ) == [("2",)]


def test_stops_while_a_tenth_of_the_quota_is_left(trial: Trial) -> None:
    trial.load("ga4", "2026-11-18", "2026-11-18")
    trial.control.quota_used["ga4/tokensPerDay/2026-11-23"] = 180_000
    with pytest.raises(
        ConfigurationError, match=r"^ga4: property 345678901: stopped, only 19\d+ of tokensPerDay are left"
    ):
        trial.load("ga4", "2026-11-18", "2026-11-20")
    assert _sessions(trial) == [("2026-11-18", "1", "0")]


def test_server_errors_are_tried_twice_more(trial: Trial) -> None:
    trial.inject("ga4.server_error", REPORT, times=2)
    report = trial.load("ga4", "2026-11-18", "2026-11-18")
    assert (trial.slept, report.waits) == ([1.0, 2.0], 2)
    trial.inject("ga4.unavailable", REPORT, times=3)
    with pytest.raises(ConfigurationError, match="gave up after 3 tries: Google answers HTTP 503"):
        trial.load("ga4", "2026-11-18", "2026-11-18")


def test_a_token_that_expires_on_the_way_is_renewed(trial: Trial) -> None:
    trial.load("ga4", "2026-11-18", "2026-11-18")
    trial.control.expire_tokens()
    trial.load("ga4", "2026-11-18", "2026-11-18")
    assert _sessions(trial) == [("2026-11-18", "1", "0")]


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("ga4.tokens_per_hour", "must wait 3600 s, more than is left of the budget of 120 s; try again after"),
        ("ga4.tokens_per_day", "The quota begins again at midnight Pacific time"),
        ("ga4.permission_denied", "add its e-mail address as Viewer"),
    ],
)
def test_what_cannot_be_waited_out_is_one_line_and_changes_nothing(trial: Trial, fault: str, line: str) -> None:
    trial.load("ga4", "2026-11-18", "2026-11-18")
    trial.inject(fault, REPORT)
    with pytest.raises(ConfigurationError) as caught:
        trial.load("ga4", "2026-11-18", "2026-11-20")
    assert str(caught.value).startswith(f"ga4: property {PROPERTY}: ")
    assert line in str(caught.value)
    assert _sessions(trial) == [("2026-11-18", "1", "0")]


def test_a_reply_that_is_no_json_is_one_line_that_does_not_repeat_it(trial: Trial) -> None:
    trial.control.inject("runReport", 1, 200, "<html>Sign in, jane@firm.example</html>", {})
    with pytest.raises(ConfigurationError) as caught:
        trial.load("ga4", "2026-11-18", "2026-11-20")
    assert str(caught.value).startswith(
        "ga4.day_totals: the vendor's reply is not as documented (JSONDecodeError); check"
    )
    assert "jane" not in str(caught.value)


def test_concurrent_requests_wait_half_a_minute(trial: Trial) -> None:
    trial.inject("ga4.concurrent_requests", REPORT)
    trial.load("ga4", "2026-11-18", "2026-11-18")
    assert trial.slept == [30.0]


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
