"""The tables of schema `ops` that tell what was loaded, when, how far, and at what cost in requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from ingestion import coverage, quarantine, restatements
from ingestion.context import LoadContext
from ingestion.spec import SourceSpec
from warehouse.errors import KpiError
from warehouse.layout import OPS, raw_schema
from warehouse.settings import Settings

_TABLES = f"""
create schema if not exists {OPS};
create table if not exists {OPS}.sources (
    source varchar primary key, title varchar, is_enabled boolean, cadence varchar, restatement_days integer,
    max_data_age_hours integer, time_zone_rule varchar, newest_data_day date, window_start date, window_end date,
    last_loaded_at timestamp with time zone, rows bigint, freshness varchar
);
alter table {OPS}.sources add column if not exists time_zones varchar;
create table if not exists {OPS}.source_tables (
    source varchar, table_name varchar, columns varchar[], primary_key varchar[], window_column varchar
);
create table if not exists {OPS}.loads (
    load_id varchar, source varchar, window_start date, window_end date, started_at timestamp with time zone,
    seconds double, rows bigint, requests bigint, waits bigint, wait_seconds double, warnings varchar, run_id varchar,
    as_of timestamp with time zone, stopped varchar, failed varchar, newest_data_day date
);
alter table {OPS}.loads add column if not exists as_of timestamp with time zone;
alter table {OPS}.loads add column if not exists stopped varchar;
alter table {OPS}.loads add column if not exists failed varchar;
alter table {OPS}.loads add column if not exists newest_data_day date;
create table if not exists {OPS}.requests (
    load_id varchar, source varchar, table_name varchar, account_id varchar, window_start date, window_end date,
    api_version varchar, request_id varchar, rows bigint, metadata varchar, requested_at timestamp with time zone
);
{coverage.TABLE}
{restatements.TABLE}
{quarantine.TABLE}
"""

_REQUESTS = pa.schema(
    {
        **dict.fromkeys(("load_id", "source", "table_name", "account_id"), pa.string()),
        **dict.fromkeys(("window_start", "window_end"), pa.date32()),
        **dict.fromkeys(("api_version", "request_id"), pa.string()),
        "rows": pa.int64(),
        "metadata": pa.string(),
        "requested_at": pa.timestamp("us", tz="UTC"),
    }
)


def ensure(con: duckdb.DuckDBPyConnection, specs: Iterable[SourceSpec], settings: Settings) -> None:
    """Create what is missing, and bring the declared facts of every source up to date; what was loaded stays."""
    con.execute(_TABLES)
    for spec in specs:
        con.execute(
            f"""
            insert into {OPS}.sources
                (source, title, is_enabled, cadence, restatement_days, max_data_age_hours, time_zone_rule, freshness,
                 time_zones)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (source) do update set
                title = excluded.title, is_enabled = excluded.is_enabled, cadence = excluded.cadence,
                restatement_days = excluded.restatement_days, max_data_age_hours = excluded.max_data_age_hours,
                time_zone_rule = excluded.time_zone_rule, freshness = excluded.freshness,
                time_zones = excluded.time_zones
            """,
            [
                spec.name,
                spec.title,
                settings.source(spec.name).enabled,
                spec.cadence,
                spec.restatement_days,
                spec.max_data_age_hours,
                spec.time_zone_rule,
                ", ".join(spec.freshness) or None,
                spec.time_zones or None,
            ],
        )
        con.execute(f"delete from {OPS}.source_tables where source = ?", [spec.name])
        con.executemany(
            f"insert into {OPS}.source_tables values (?, ?, ?, ?, ?)",
            [
                # A window by text, such as 20261122, is no day that dates are compared with.
                [
                    spec.name,
                    table.name,
                    list(table.columns),
                    list(table.primary_key),
                    table.window_column if table.columns.get(table.window_column or "") == "date" else None,
                ]
                for table in spec.tables
            ],
        )


def newest_data_day(con: duckdb.DuckDBPyConnection, spec: SourceSpec, window_end: date) -> date | None:
    """The newest day that the source's raw data reach, by `freshness`; without it, the newest day that was read.

    Reading old days again makes nothing older. A date after every window that was asked for, such as a typing error in
    a spreadsheet, makes nothing fresh.
    """
    earlier = con.execute(f"select max(window_end) from {OPS}.loads where source = ?", [spec.name]).fetchone()
    limit = max(window_end, earlier[0]) if earlier and earlier[0] else window_end
    places = [place.split(".") for place in spec.freshness]
    queries = [
        f"select max(cast({column} as date)) as day from {raw_schema(spec.name)}.{table} "
        f"where cast({column} as date) <= $limit"
        for table, column in places
    ]
    if not places:
        queries = [f"select max(date_day) as day from {OPS}.coverage where source = $source and date_day <= $limit"]
    values = {"limit": limit} | ({} if places else {"source": spec.name})
    found = con.execute(f"select max(day) from ({' union all '.join(queries)})", values).fetchone()
    day: date | None = found[0] if found else None
    is_read_by_day = any(table.window_column for table in spec.tables)
    return day if places or is_read_by_day else limit


def requests_since(con: duckdb.DuckDBPyConnection, source: str, moment: datetime) -> int:
    """Requests of the source's recorded loads whose as-of moment lies after `moment`."""
    found = con.execute(
        f"select coalesce(sum(requests), 0)::bigint from {OPS}.loads where source = ? and as_of > ?", [source, moment]
    ).fetchone()
    return int(found[0]) if found else 0


def resumes_since(con: duckdb.DuckDBPyConnection, source: str) -> datetime | None:
    """The as-of moment of the first load that stopped after the last one that came to its end; None where none did."""
    found = con.execute(
        f"""
        select min(as_of) from {OPS}.loads where source = $source and stopped is not null and started_at > coalesce(
            (select max(started_at) from {OPS}.loads where source = $source and stopped is null and failed is null),
            '-infinity'
        )
        """,
        {"source": source},
    ).fetchone()
    return found[0] if found else None


def record(
    con: duckdb.DuckDBPyConnection,
    context: LoadContext,
    *,
    load_id: str,
    run_id: str,
    rows: int,
    started_at: datetime,
    seconds: float,
    loaded_at: datetime,
    newest_day: date | None,
) -> None:
    """Write down one load. One that stopped, or went without something, has no window in ops.loads.

    What it read is in ops.coverage, and the rest is due: the next load begins where this one did.
    """
    source, window, meter = context.spec.name, context.window, context.meter
    if context.quarantined:
        quarantine.write(con, source, context.quarantined, load_id=load_id, seen_at=context.as_of)
        for (table, column, reason), number in Counter(
            (entry.table, entry.field, entry.reason) for entry in context.quarantined
        ).items():
            context.warn(f"{table}: {number} rows are in {OPS}.quarantine: {column} {reason}")
    counts = " union all ".join(
        f"select count(*) as n from {raw_schema(source)}.{table.name}" for table in context.spec.tables
    )
    # A load of days that did not change brings no row, and yet the source has all of its rows.
    held = con.execute(f"select sum(n)::bigint from ({counts})").fetchone()
    span: list[date | None] = [window.start, window.end] if window else [None, None]
    if context.stopped:
        span = [None, None]
        con.execute(f"update {OPS}.sources set rows = ? where source = ?", [held[0] if held else 0, source])
    else:
        con.execute(
            f"update {OPS}.sources set newest_data_day = ?, window_start = ?, window_end = ?, last_loaded_at = ?, "
            "rows = ? where source = ?",
            [newest_day, *span, loaded_at, held[0] if held else 0, source],
        )
    con.execute(
        f"insert into {OPS}.loads values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, ?)",
        [
            load_id,
            source,
            *([None, None] if context.is_due else span),
            started_at,
            seconds,
            rows,
            meter.requests,
            meter.waits,
            meter.wait_seconds,
            json.dumps(context.warnings),
            run_id,
            context.as_of,
            context.stopped,
            # of a load that stopped, the newest day is that of the load before
            None if context.stopped else newest_day,
        ],
    )
    # As one table, since a row at a time takes half a millisecond, and a first load may send thousands of requests.
    notes = pa.table(
        {
            "load_id": [load_id] * len(context.requests),
            "source": [source] * len(context.requests),
            "table_name": [note.table for note in context.requests],
            "account_id": [note.account_id for note in context.requests],
            "window_start": [note.window.start if note.window else None for note in context.requests],
            "window_end": [note.window.end if note.window else None for note in context.requests],
            "api_version": [note.api_version for note in context.requests],
            "request_id": [note.request_id for note in context.requests],
            "rows": [note.rows for note in context.requests],
            "metadata": [json.dumps(dict(note.metadata), sort_keys=True) for note in context.requests],
            "requested_at": [note.requested_at for note in context.requests],
        },
        schema=_REQUESTS,
    )
    con.register("notes", notes)
    con.execute(f"insert into {OPS}.requests by name select * from notes")
    con.unregister("notes")


def record_failure(
    con: duckdb.DuckDBPyConnection, context: LoadContext, failure: BaseException, *, run_id: str, started_at: datetime
) -> None:
    """Write down a load that came to nothing: when, what it had asked for, and the line that a person was told."""
    if isinstance(failure, KpiError):
        line = str(failure)
    else:  # The text of an unforeseen error may hold anything, and dlt wraps it.
        for _ in range(5):
            failure = failure.__cause__ or failure
        line = "stopped by a person" if isinstance(failure, KeyboardInterrupt) else type(failure).__name__
    meter, seconds = context.meter, (datetime.now(UTC) - started_at).total_seconds()
    with suppress(duckdb.Error):  # Where the disk is full, the failure itself tells it.
        con.execute(
            f"""
            insert into {OPS}.loads
                (source, started_at, seconds, rows, requests, waits, wait_seconds, warnings, run_id, as_of, failed)
            values (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                context.spec.name,
                started_at,
                seconds,
                meter.requests,
                meter.waits,
                meter.wait_seconds,
                json.dumps(context.warnings),
                run_id,
                context.as_of,
                line,
            ],
        )
