"""Memory of what was published: each version's scorecard and registry, and every value that became another one.

A publication appends to schema `history` what differs from the last row of the same key, so that every number can be
told as of any publication. Rows are never changed. They are written in one transaction before the version is built,
because the version carries them, and count as pending until the link names that version: what a process that died left
pending is taken back, or confirmed where the link was already there, before anything else is appended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from warehouse.connection import writer
from warehouse.layout import CATALOG, HISTORY, OPS, SEMANTIC
from warehouse.settings import Settings
from warehouse.tables import KPI_REPORTED, PUBLICATION_HISTORY
from warehouse.versions import published_runs, settled

Header = tuple[str, datetime, date | None, int, int]
_PENDING = f"{HISTORY}.pending"
_VALUE_KEY = ("kpi", "grain", "period_start", "segment_dimension", "segment_value")


@dataclass(frozen=True)
class Kept:
    """A table of schema `semantic` whose rows are remembered; one row a `key`, or one row at all where it is empty."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """The columns that are kept; all of them where none is named."""
    condition: str = "true"
    is_published_elsewhere: bool = False
    """Its history is a table of schema `published`, so that the version needs no second copy."""


KEPT = (
    Kept("kpi_scorecard", ("kpi",)),
    Kept("dim_kpi", ("kpi",)),
    Kept("dim_business", ()),
    Kept(
        "kpi_values",
        _VALUE_KEY,
        (*_VALUE_KEY, "period_end", "value", "numerator", "denominator", "null_reason", "is_complete", "is_final"),
        "segment_dimension in ('', 'channel')",
        is_published_elsewhere=True,
    ),
    Kept("kpi_advice", ("advice_id",)),
    Kept("kpi_definitions", ("kpi",)),
    Kept("kpi_inputs", ("kpi", "side", "metric")),
    Kept("kpi_contributions", ("metric", "date_day", "source", "account_id", "currency_code")),
)


@contextmanager
def recorded(settings: Settings, header: Header) -> Iterator[None]:
    """Append to the history what the version of `header` (as `published.publication` has it) is about to publish.

    Within, the version is built and named by the link; only an end without an error confirms what was appended.
    Raises ConfigurationError when another process holds the warehouse.
    """
    if not settings.warehouse.exists():
        yield  # whoever builds the version says what is missing
        return
    published = published_runs(settings)
    with writer(settings) as connection:
        # Apart from the rows: a table that was altered takes none within the same transaction.
        _create(connection)
        for kept in KEPT:
            _widen(connection, kept)
        connection.execute("begin")
        never_current = _settle(connection, published)
        number = _number(connection, f"select coalesce(max(publication_number), 0) + 1 from {_PUBLICATION}")
        connection.execute(f"insert into {_PUBLICATION} values (?, ?, ?, ?, ?, ?)", [number, *header])
        for kept in KEPT:
            _append(connection, kept, number)
        connection.execute(f"insert into {_PENDING} values (?)", [number])
        connection.execute("commit")
    settled(settings, never_current)
    yield
    with writer(settings) as connection:
        connection.execute(f"delete from {_PENDING}")


def publish_history(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Copy the attached warehouse's history into the attached `target`; the rows by table of schema `published`."""
    held = {
        str(name)
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = ? and schema_name = ?", [CATALOG, HISTORY]
        ).fetchall()
    }
    KPI_REPORTED.create(connection, catalog="target")
    if not held:
        return {KPI_REPORTED.name: 0}
    connection.execute(f"create schema target.{HISTORY}")
    apart = {kept.table for kept in KEPT if kept.is_published_elsewhere}
    for table in sorted(held - apart - {"pending"}):
        connection.execute(
            f"create table target.{HISTORY}.{table} as from {CATALOG}.{HISTORY}.{table} order by publication_number"
        )
    if _exists(connection, OPS, "restatements"):
        connection.execute(f"create table target.{HISTORY}.restatements as from {CATALOG}.{OPS}.restatements")
    if "kpi_values" not in held:
        return {KPI_REPORTED.name: 0}
    connection.execute(f"insert into target.{KPI_REPORTED.relation} by name {_REPORTED}")
    return {KPI_REPORTED.name: _number(connection, f"select count(*) from {CATALOG}.{HISTORY}.kpi_values")}


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"create schema if not exists {HISTORY}")
    PUBLICATION_HISTORY.create(connection)
    connection.execute(f"create table if not exists {_PENDING} (publication_number bigint)")


def _settle(connection: duckdb.DuckDBPyConnection, published: Collection[str]) -> list[str]:
    """Take back what is pending of versions that never became the current one. Returns their runs."""
    taken_back = []
    pending = connection.execute(
        f"select publication_number, run_id from {_PENDING} join {_PUBLICATION} using (publication_number)"
    ).fetchall()
    for number, run_id in pending:
        if run_id not in published:
            taken_back.append(str(run_id))
            for kept in KEPT:
                if _exists(connection, HISTORY, kept.table):
                    connection.execute(f"delete from {HISTORY}.{kept.table} where publication_number = ?", [number])
            connection.execute(f"delete from {_PUBLICATION} where publication_number = ?", [number])
    connection.execute(f"delete from {_PENDING}")
    return taken_back


def _widen(connection: duckdb.DuckDBPyConnection, kept: Kept) -> None:
    """Create the history of a table, or add the columns that the table has got since."""
    if not _exists(connection, SEMANTIC, kept.table):
        return
    place, kinds = f"{HISTORY}.{kept.table}", _kinds(connection, kept)
    listed = ", ".join(f'"{name}"' for name in kinds)
    connection.execute(
        f"create table if not exists {place} as select cast(0 as bigint) as publication_number, "
        f"false as is_withdrawn, {listed} from {SEMANTIC}.{kept.table} limit 0"
    )
    held = {str(name) for name, *_ in connection.execute(f"describe {place}").fetchall()}
    for name, kind in kinds.items():
        if name not in held:
            connection.execute(f'alter table {place} add column "{name}" {kind}')


def _kinds(connection: duckdb.DuckDBPyConnection, kept: Kept) -> dict[str, str]:
    """The columns that are kept, with their types."""
    described = connection.execute(f"describe {SEMANTIC}.{kept.table}").fetchall()
    kinds = {str(name): str(kind) for name, kind, *_ in described}
    return {name: kinds[name] for name in kept.columns or kinds if name in kinds}


def _append(connection: duckdb.DuckDBPyConnection, kept: Kept, number: int) -> None:
    """The rows that are not as the last ones of their key were, and of keys that are gone a row that says so."""
    if not _exists(connection, SEMANTIC, kept.table):
        return
    source, place = f"{SEMANTIC}.{kept.table}", f"{HISTORY}.{kept.table}"
    columns = list(_kinds(connection, kept))
    listed = ", ".join(f'"{name}"' for name in columns)
    key = ", ".join(kept.key)
    same_key = " and ".join(f"newest.{name} = current.{name}" for name in kept.key) or "true"
    connection.execute(
        f"""
        insert into {place} by name
        with
        newest as (
            select * from {place}
            qualify row_number() over ({f"partition by {key}" if key else ""} order by publication_number desc) = 1
        ),
        current as (select {listed} from {source} where {kept.condition}),
        changed as (
            select {listed} from current
            except
            select {listed} from newest where not is_withdrawn
        ),
        gone as (
            select {", ".join(f"newest.{name}" for name in kept.key or columns)} from newest
            anti join current on {same_key}
            where not newest.is_withdrawn
        )
        select $number as publication_number, false as is_withdrawn, * from changed
        union all by name
        select $number as publication_number, true as is_withdrawn, * from gone
        order by all
        """,
        {"number": number},
    )


def _exists(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    found = connection.execute(
        "select 1 from information_schema.tables where table_catalog = ? and table_schema = ? and table_name = ?",
        [CATALOG, schema, table],
    ).fetchone()
    return found is not None


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


_PUBLICATION = PUBLICATION_HISTORY.relation
_REPORTED = f"""
with
versions as (
    select
        held.*,
        publications.run_id,
        publications.published_at as reported_at,
        min(case when held.is_complete then held.publication_number end) over same_value as first_number
    from {CATALOG}.{HISTORY}.kpi_values as held
    inner join {CATALOG}.{_PUBLICATION} as publications
        on held.publication_number = publications.publication_number
    window same_value as (partition by kpi, grain, period_start, segment_dimension, segment_value)
)
select
    kpi,
    grain,
    period_start,
    coalesce(period_end, max(period_end) over same_value) as period_end,
    segment_dimension,
    segment_value,
    row_number() over history as version,
    reported_at,
    lead(reported_at) over history as replaced_at,
    value,
    numerator,
    denominator,
    case when is_withdrawn then 'withdrawn' else null_reason end as null_reason,
    coalesce(is_complete, false) as is_complete,
    coalesce(is_final, false) as is_final,
    coalesce(publication_number = first_number, false) as is_first_report,
    max(case when publication_number = first_number then value end) over same_value as first_reported_value,
    max(case when publication_number = first_number then reported_at end) over same_value as first_reported_at,
    publication_number,
    run_id
from versions
window
    same_value as (partition by kpi, grain, period_start, segment_dimension, segment_value),
    history as (same_value order by publication_number)
order by kpi, grain, period_start, segment_dimension, segment_value, version
"""
