"""Every documented failure of GA4's export in BigQuery: what it means, what is said, and what becomes of the data."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

import pytest

from ingestion.ga4_export import source
from ingestion.http import LoadStopped
from ingestion.sandbox.bigquery import NEW_VALUE
from ingestion.sandbox.faults import FAULTS as KNOWN
from tests.ingestion.conftest import KnownLoads, Rows, Trial, content
from warehouse.errors import ConfigurationError

LIST, TABLE, DATA, TOKEN = "/tables$", "events_20261120$", "events_20261120/data$", "^/oauth2/"
SOURCE = "ga4_export"
WHOLE = ("2026-11-17", "2026-11-22")
Class = Literal["retry", "wait", "again", "skip", "stop", "fatal"]
ROLE = (
    "the service account may not read the export; give it the role 'BigQuery Data Viewer' on the dataset, and check "
    "sources.ga4_export.project_id"
)
GONE = "events_20261120 disappeared while it was read; its earlier rows are kept"

# fault, where, how often, what happens, and: the seconds that are waited, or a part of the line that a person reads
FAULTS: tuple[tuple[str, str, int, Class, Any], ...] = (
    ("bigquery.internal_error", DATA, 2, "retry", [1.0, 2.0]),
    ("bigquery.backend_error", LIST, 1, "retry", [1.0]),
    ("bigquery.backend_error", DATA, 4, "retry", [1.0, 2.0, 4.0, 8.0]),
    ("bigquery.backend_error", DATA, 5, "fatal", "gave up after 5 tries: BigQuery answers HTTP 503 backendError; try"),
    ("any.502", TABLE, 1, "retry", [1.0]),
    ("bigquery.rate_limit", DATA, 2, "retry", [1.0, 2.0]),
    ("bigquery.too_many_requests", TABLE, 1, "retry", [1.0]),
    ("bigquery.quota_per_minute", DATA, 1, "wait", [60.0]),
    ("bigquery.quota_per_minute", DATA, 3, "stop", "bytes per minute.: must wait 60 s, more than is left of"),
    ("bigquery.quota_exceeded", DATA, 1, "stop", "exceeded quota for tabledata.list bytes.: must wait 3600 s"),
    ("bigquery.quota_exceeded", LIST, 1, "stop", "dataset analytics_345678901: Quota exceeded:"),
    ("bigquery.token_expired", DATA, 1, "retry", []),
    ("bigquery.token_expired", DATA, 2, "fatal", "check sources.ga4_export.credentials, or make a new key"),
    ("bigquery.access_denied", DATA, 1, "fatal", f"table events_20261120: {ROLE}"),
    ("bigquery.access_denied", LIST, 1, "fatal", f"dataset analytics_345678901: {ROLE}"),
    ("bigquery.service_disabled", LIST, 1, "fatal", "the BigQuery API is off in the service account's Cloud project"),
    ("bigquery.scope_insufficient", LIST, 1, "fatal", "check token_uri in sources.ga4_export.credentials"),
    ("bigquery.dataset_missing", LIST, 1, "fatal", "there is no such dataset; link the property to BigQuery (Admin >"),
    ("bigquery.table_missing", DATA, 1, "skip", GONE),
    ("bigquery.table_missing", TABLE, 1, "skip", GONE),
    ("bigquery.page_token", DATA, 1, "again", []),
    ("bigquery.page_token_expired", DATA, 2, "again", []),
    ("bigquery.page_token", LIST, 1, "again", []),
    ("bigquery.page_token", DATA, 9, "fatal", "the page token is no longer valid; try again later (read 3 times;"),
    ("bigquery.cut_reply", DATA, 2, "retry", [1.0, 2.0]),
    ("bigquery.cut_reply", LIST, 1, "retry", [1.0]),
    ("bigquery.cut_reply", DATA, 3, "again", [1.0, 2.0]),
    ("bigquery.cut_reply", DATA, 99, "fatal", "the reply broke off; try again later (read 3 times; nothing of it was"),
    ("bigquery.cut_connection", DATA, 1, "retry", [1.0]),
    ("bigquery.invalid", DATA, 1, "fatal", "HTTP 400: Invalid value for maxResults: many"),
    ("bigquery.not_found", LIST, 1, "fatal", "no such address; check sources.ga4_export.base_url and api_version"),
    ("oauth.invalid_signature", TOKEN, 1, "fatal", "sources.ga4_export.credentials: the key was refused"),
)  # fmt: skip


def of_days(rows: Rows, wanted: Callable[[str], bool]) -> Rows:
    return {name: [row for row in found if wanted(str(row[1]))] for name, found in rows.items()}


def downloaded(trial: Trial) -> list[str]:
    return sorted(request.path.split("/")[-2] for request in trial.control.log if request.path.endswith("/data"))


def begin(trial: Trial, known: KnownLoads) -> tuple[Rows, Rows]:
    """Take the trial to a home of two days ago; the rows that it holds, and those of today."""
    found = known(trial, SOURCE, WHOLE[0])
    trial.home = trial.home / "home"
    shutil.copytree(found.home, trial.home)
    return found.before, found.after


def test_every_fault_of_the_sandbox_is_in_the_table() -> None:
    assert {fault for fault, *_ in FAULTS} >= {name for name in KNOWN if name.startswith("bigquery.")}


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case[0]} {case[1]} x{case[2]} {case[3]}")
def test_every_documented_failure(trial: Trial, known: KnownLoads, case: tuple[str, str, int, Class, Any]) -> None:
    fault, where, times, happens, told = case
    before, after = begin(trial, known)
    assert before != after
    trial.inject(fault, where, times)
    if happens in ("retry", "wait", "again"):
        report = trial.load("ga4_export", *WHOLE)
        assert (trial.slept, report.warnings) == (told, ())
        assert content(trial, SOURCE) == after
        return
    if happens == "skip":
        report = trial.load("ga4_export", *WHOLE)
        assert report.warnings == (told,)
        # The table that is gone keeps its rows; the others are as they are today.
        found = content(trial, SOURCE)
        assert of_days(found, lambda day: day != "2026-11-20") == of_days(after, lambda day: day != "2026-11-20")
        assert of_days(found, lambda day: day == "2026-11-20") == of_days(before, lambda day: day == "2026-11-20")
        return
    with pytest.raises(ConfigurationError) as caught:
        trial.load("ga4_export", *WHOLE)
    line = str(caught.value)
    assert told in line
    assert "\n" not in line
    assert isinstance(caught.value, LoadStopped) == (happens == "stop")
    # What was read to its end before a stop is kept; a failure that somebody has to mend changes nothing.
    since = "2026-11-20" if happens == "stop" else ""
    assert of_days(content(trial, SOURCE), lambda day: day >= since) == of_days(before, lambda day: day >= since)
    trial.control.faults.clear()
    trial.load("ga4_export", *WHOLE)
    assert content(trial, SOURCE) == after


def test_days_that_were_read_before_a_stop_are_kept_and_not_read_again(trial: Trial) -> None:
    # One request at a time: of several that are under way, the one that is refused may keep the others from being sent.
    trial.overrides = {SOURCE: {"parallel_requests": 1}}
    trial.inject("bigquery.quota_exceeded", "events_20261121/data$")
    with pytest.raises(LoadStopped, match="the next load goes on after the"):
        trial.load("ga4_export", *WHOLE)
    days = "select event_date::varchar, count(*) from raw_ga4_export.events group by all order by all"
    assert [day for day, _ in trial.rows(days)] == ["2026-11-18", "2026-11-20"]
    trial.control.log.clear()
    trial.load("ga4_export", *WHOLE)
    assert downloaded(trial) == ["events_20261121", "events_20261122"]


@pytest.mark.parametrize("pages", [1, 3])
def test_a_table_that_google_rewrites_while_it_is_read_is_read_as_it_is_now(
    trial: Trial, known: KnownLoads, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """Rows of two versions are never mixed, even where both have as many: lastModifiedTime decides."""
    begin(trial, known)
    rows = trial.rows("select num_rows from raw_ga4_export.shards where event_date = '2026-11-20'")[0][0]
    trial.control.advance(timedelta(days=-2))
    monkeypatch.setattr(source, "PAGE_ROWS", -(-rows // pages))
    trial.overrides["ga4_export"] = {"reread_unchanged": True}
    asked = 0
    take_fault = trial.control.take_fault

    def rewritten(method: str, path: str) -> Any:
        nonlocal asked
        if path.endswith("events_20261120/data"):
            asked += 1
            if asked == pages:  # before the last page is sent
                trial.control.now += timedelta(days=3)
        return take_fault(method, path)

    monkeypatch.setattr(trial.control, "take_fault", rewritten)
    # The token lives for an hour.
    monkeypatch.setattr(trial.control, "check_token", lambda token, scope=None: "valid")
    trial.load("ga4_export", "2026-11-20", "2026-11-20")
    (shard,) = trial.rows(
        "select num_rows, last_modified_time from raw_ga4_export.shards where event_date = '2026-11-20'"
    )
    final = trial.rows(
        "select count(*), count(distinct row_index) from raw_ga4_export.events where event_date = '2026-11-20'"
    )
    assert final == [(shard[0], shard[0])]
    # Lea's visit comes with the third rewriting, on the 24th at midnight in Berlin.
    assert shard == (rows + 4, "1795474800000")
    assert trial.rows("select count(*) from raw_ga4_export.events where user_pseudo_id = '90.12'") == [(4,)]


def test_an_empty_table_is_a_day_without_events(trial: Trial, known: KnownLoads) -> None:
    _, after = begin(trial, known)
    trial.execute(
        "insert into raw_ga4_export.events (property_id, event_date, row_index, event_name) "
        "values ('345678901', '2026-11-21', 0, 'old')"
    )
    trial.load("ga4_export", *WHOLE)
    assert content(trial, SOURCE) == after
    assert trial.rows("select num_rows from raw_ga4_export.shards where event_date = '2026-11-21'") == [(0,)]
    # What came without consent is among the events, and counted: one visit on the 20th.
    nobody = "select count(*) from raw_ga4_export.events where user_pseudo_id is null and event_date = '2026-11-20'"
    noted = (
        "select metadata->>'without_consent' from ops.requests where request_id = 'events_20261120' "
        "order by requested_at"
    )
    assert trial.rows(noted)[-1] == (str(trial.rows(nobody)[0][0]),) != ("0",)


def test_streamed_and_expired_tables_leave_the_days_alone(trial: Trial, known: KnownLoads) -> None:
    _, after = begin(trial, known)
    trial.control.conditions |= {"bigquery/streaming": True, "bigquery/expire_days": 3}
    report = trial.load("ga4_export", "2026-11-17", "2026-11-23")
    # Only the tables since the 20th are left; the day under way is a table of its own kind.
    assert downloaded(trial) == [f"events_202611{day}" for day in (20, 21, 22)]
    assert (content(trial, SOURCE)["events"], report.warnings) == (after["events"], ())


def test_an_export_that_only_streams_is_told(trial: Trial) -> None:
    trial.control.conditions |= {"bigquery/streaming": True, "bigquery/expire_days": 0}
    report = trial.load("ga4_export", *WHOLE)
    told = "dataset analytics_345678901 holds no daily table yet, only streamed ones: choose Daily too"
    assert report.warnings == (f"{told}; nothing was read",)
    (verdict,) = trial.probe("ga4_export")
    assert (verdict.ok, f"{verdict.subject} {verdict.message}") == (False, told)
    assert "switch on the daily export" in verdict.mend


def test_a_column_that_google_has_added_is_kept(trial: Trial, known: KnownLoads) -> None:
    begin(trial, known)
    trial.control.conditions["bigquery/new_field"] = "loyalty_tier"
    # The 18th was read when the export had no such column, and is left as it was.
    report = trial.load("ga4_export", "2026-11-20", "2026-11-22")
    assert trial.rows(
        "select distinct event_date::varchar, loyalty_tier from raw_ga4_export.events order by event_date"
    ) == [("2026-11-18", None), ("2026-11-20", NEW_VALUE)]
    assert report.warnings == (
        "events.loyalty_tier is new and kept as text; declare it in ingestion/ga4_export/__init__.py",
    )


@pytest.mark.parametrize(
    ("field", "kind", "line"),
    [
        ("event_timestamp", "STRING", "field event_timestamp is STRING now, where INTEGER was expected"),
        ("event_date", "DATE", "field event_date is DATE now, where STRING was expected"),
        ("geo", "STRING", "field geo is STRING now, where RECORD was expected"),
        ("is_active_user", "INTEGER", "field is_active_user is INTEGER now, where BOOLEAN was expected"),
        ("items", "JSON", "field items is a list of JSON now, where list of RECORD was expected"),
        ("user_pseudo_id", "RECORD", "field user_pseudo_id is RECORD now, where text or number was expected"),
    ],
)
def test_a_column_of_another_type_stops_the_load_and_is_named(
    trial: Trial, known: KnownLoads, field: str, kind: str, line: str
) -> None:
    before, _ = begin(trial, known)
    trial.control.conditions["bigquery/field_types"] = {field: kind}
    with pytest.raises(ConfigurationError) as caught:
        trial.load("ga4_export", *WHOLE)
    assert str(caught.value) == (
        f"ga4_export: events_20261117: {line}; nothing of it was read: mend ingestion/ga4_export/flatten.py"
    )
    assert content(trial, SOURCE) == before


def test_a_text_that_has_become_a_number_is_the_same_text(trial: Trial, known: KnownLoads) -> None:
    _, after = begin(trial, known)
    trial.control.conditions["bigquery/field_types"] = {"stream_id": "INTEGER"}
    trial.load("ga4_export", *WHOLE)
    assert content(trial, SOURCE) == after
