from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from ingestion.ga4_export import source
from ingestion.sandbox.events import events_for
from tests.ingestion.conftest import Trial
from tests.ingestion.sandbox.tiny import tiny_world
from tests.ingestion.visits import FIRST, SECOND, with_visits
from warehouse.errors import ConfigurationError

DATA = "/data$"


def _names(trial: Trial) -> list[Any]:
    return trial.rows(
        "select event_date::varchar, row_index, event_name, user_pseudo_id from raw_ga4_export.events order by all"
    )


def _made(day: date, version: int) -> list[Any]:
    """What the simulation made, by itself."""
    events = events_for(with_visits(tiny_world()), day, version)
    return [
        (day.isoformat(), index, event["event_name"], event["user_pseudo_id"]) for index, event in enumerate(events)
    ]


def _events(day: date) -> list[dict[str, Any]]:
    return events_for(with_visits(tiny_world()), day, 3)


EIGHTEENTH, TWENTIETH = date(2026, 11, 18), date(2026, 11, 20)


def _downloaded(trial: Trial) -> list[str]:
    return sorted(request.path.split("/")[-2] for request in trial.control.log if request.path.endswith("/data"))


def _insert(trial: Trial, day: str) -> None:
    trial.execute(
        "insert into raw_ga4_export.events (property_id, event_date, row_index, event_name) "
        f"values ('345678901', '{day}', 99, 'old')"
    )


def test_reads_each_day_whole_and_flat(trial: Trial) -> None:
    report = trial.load("ga4_export", "2026-11-17", "2026-11-25")
    assert _names(trial) == _made(EIGHTEENTH, 3) + _made(TWENTIETH, 2)
    assert report.newest_data_day == TWENTIETH
    assert report.warnings == ()
    # Tables are listed, described and read: nothing of it is a query that is billed.
    assert {request.method for request in trial.asked("/bigquery/")} == {"GET"}
    assert all("/datasets/analytics_345678901/tables" in request.path for request in trial.asked("/bigquery/"))
    found = trial.rows(
        "select event_timestamp, event_params, device_category, geo_country, hostname, session_channel_group, "
        "first_user_source, is_active_user, analytics_storage from raw_ga4_export.events "
        "where event_name = 'session_start' order by event_date"
    )
    assert [row[0] // 1_000_000 for row in found] == [FIRST, SECOND]
    assert json.loads(found[0][1])["ga_session_id"] == {"int_value": str(FIRST)}
    assert [row[5:] for row in found] == [
        ("Organic Search", "google", False, "Yes"),
        ("Direct", "google", True, "Yes"),
    ]
    assert found[0][2:5] == ("desktop", "Germany", "www.larkspur-office.example")
    nobody = trial.rows("select distinct analytics_storage from raw_ga4_export.events where user_pseudo_id is null")
    assert nobody == [("No",)]
    shards = trial.rows("select table_id, num_rows from raw_ga4_export.shards where num_rows > 0 order by all")
    assert shards == [("events_20261118", len(_made(EIGHTEENTH, 3))), ("events_20261120", len(_made(TWENTIETH, 2)))]


def test_records_are_kept_whole_and_events_without_consent_are_counted(trial: Trial) -> None:
    trial.load("ga4_export", "2026-11-18", "2026-11-18")
    device, last_click, privacy, previous = trial.rows(
        "select device, session_traffic_source_last_click, privacy_info, event_previous_timestamp "
        "from raw_ga4_export.events where event_name = 'session_start'"
    )[0]
    event = next(event for event in _events(EIGHTEENTH) if event["event_name"] == "session_start")
    assert json.loads(device) == event["device"]
    assert json.loads(last_click)["cross_channel_campaign"]["default_channel_group"] == "Organic Search"
    assert (json.loads(privacy), previous) == (event["privacy_info"], None)
    trial.load("ga4_export", "2026-11-20", "2026-11-20")
    refused = sum(user is None for _, _, _, user in _made(TWENTIETH, 2))
    noted = trial.rows("select metadata from ops.requests where table_name = 'events' order by window_start")
    assert [json.loads(metadata)["without_consent"] for (metadata,) in noted] == [0, refused]
    assert refused > 0


def test_only_changed_days_are_read_again(trial: Trial) -> None:
    trial.load("ga4_export", "2026-11-17", "2026-11-22")
    assert _downloaded(trial) == [f"events_202611{day}" for day in (17, 18, 20, 21, 22)]
    trial.control.log.clear()
    report = trial.load("ga4_export", "2026-11-17", "2026-11-22")
    assert _downloaded(trial) == []
    assert (report.rows, report.newest_data_day) == (0, TWENTIETH)
    assert _names(trial) == _made(EIGHTEENTH, 3) + _made(TWENTIETH, 2)

    trial.control.advance(timedelta(days=1))
    trial.load("ga4_export", "2026-11-17", "2026-11-23")
    # The 20th got its late visit; the 18th has been final for days.
    assert _downloaded(trial) == [f"events_202611{day}" for day in (20, 21, 22, 23)]
    assert len(_made(TWENTIETH, 3)) > len(_made(TWENTIETH, 2))
    assert _names(trial) == _made(EIGHTEENTH, 3) + _made(TWENTIETH, 3)

    trial.control.log.clear()
    trial.overrides["ga4_export"] = {"reread_unchanged": True}
    trial.load("ga4_export", "2026-11-18", "2026-11-18")
    assert _downloaded(trial) == ["events_20261118"]


def test_a_day_without_a_table_is_empty_only_between_tables(trial: Trial) -> None:
    trial.load("ga4_export", "2026-11-18", "2026-11-18")
    # A dark day; a day whose table has expired; a day whose table is still to come.
    for day in ("2026-11-19", "2026-10-25", "2026-11-23"):
        _insert(trial, day)
    trial.load("ga4_export", "2026-10-20", "2026-11-23")
    assert [row[0] for row in _names(trial) if row[2] == "old"] == ["2026-10-25", "2026-11-23"]


def test_pages_make_the_same_rows(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "PAGE_ROWS", 3)
    trial.load("ga4_export", "2026-11-20", "2026-11-20")
    assert _names(trial) == _made(TWENTIETH, 2)
    assert len(_downloaded(trial)) == -(-len(_made(TWENTIETH, 2)) // 3)


def test_a_table_that_is_rewritten_between_pages_is_read_again(trial: Trial) -> None:
    trial.control.inject(DATA, 1, 200, {"totalRows": "7"})
    trial.load("ga4_export", "2026-11-20", "2026-11-20")
    assert _names(trial) == _made(TWENTIETH, 2)
    trial.overrides["ga4_export"] = {"reread_unchanged": True}
    trial.control.inject(DATA, 3, 200, {"totalRows": "7"})
    with pytest.raises(ConfigurationError, match=r"events_20261120: 0 of 7 rows came; try again later \(read 3 times"):
        trial.load("ga4_export", "2026-11-20", "2026-11-20")
    assert _names(trial) == _made(TWENTIETH, 2)


def test_a_table_that_disappears_keeps_its_rows(trial: Trial) -> None:
    trial.load("ga4_export", "2026-11-18", "2026-11-18")
    trial.overrides["ga4_export"] = {"reread_unchanged": True}
    gone = {"error": {"code": 404, "message": "Not found: Table", "errors": [{"reason": "notFound"}]}}
    trial.control.inject("events_20261118/data", 1, 404, gone)
    report = trial.load("ga4_export", "2026-11-18", "2026-11-18")
    assert report.warnings == ("events_20261118 disappeared while it was read; its earlier rows are kept",)
    assert _names(trial) == _made(EIGHTEENTH, 3)
    # A load without a window leaves its days to the next one: it may have been the last that reached this day.
    recorded = trial.rows("select window_start, window_end from ops.loads order by started_at")
    assert recorded == [(EIGHTEENTH, EIGHTEENTH), (None, None)]


def test_passing_failures_and_old_tokens_are_survived(trial: Trial) -> None:
    trial.inject("any.503", DATA, times=2)
    throttled = {"error": {"code": 403, "message": "slow", "errors": [{"reason": "rateLimitExceeded"}]}}
    trial.control.inject("/tables$", 1, 403, throttled)
    refused = {"error": {"code": 401, "message": "Request had invalid authentication credentials."}}
    trial.control.inject("events_20261120$", 1, 401, refused)
    trial.load("ga4_export", "2026-11-20", "2026-11-20")
    assert trial.slept == [1.0, 1.0, 2.0]
    assert _names(trial) == _made(TWENTIETH, 2)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"property_id": "999"}, "there is no such dataset; link the property to BigQuery"),
        ({"project_id": "other"}, "role 'BigQuery Data Viewer'"),
        ({"api_version": "v9"}, "check sources.ga4_export.base_url and api_version"),
    ],
)
def test_what_a_person_must_mend_is_one_line(trial: Trial, settings: dict[str, str], line: str) -> None:
    trial.overrides["ga4_export"] = settings
    with pytest.raises(ConfigurationError) as caught:
        trial.load("ga4_export", "2026-11-20", "2026-11-20")
    assert line in str(caught.value)
    (verdict,) = trial.probe("ga4_export")
    assert not verdict.ok
    assert line in verdict.message


def test_probe_tells_the_days_of_the_export(trial: Trial) -> None:
    (verdict,) = trial.probe("ga4_export")
    assert (verdict.ok, verdict.message) == (True, "21 daily tables, 2026-11-01 to 2026-11-22")
