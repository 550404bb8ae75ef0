"""Whether two warehouses hold the same of a source, and whether what one remembers of changes is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingestion import catalog
from ingestion.restatements import totals
from ingestion.spec import SourceSpec
from warehouse.settings import Business

Connection = duckdb.DuckDBPyConnection
_OF_THE_LOAD = ("_dlt_load_id", "_loaded_at")


@contextmanager
def both(warehouse: Path, undisturbed: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to `warehouse`, in which the other one is attached as `undisturbed`."""
    with duckdb.connect(str(warehouse)) as con:
        con.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        con.execute(f"attach '{undisturbed}' as undisturbed (read_only)")
        yield con


def raw_differences(con: duckdb.DuckDBPyConnection, source: str) -> tuple[list[str], int]:
    """One line a table of raw that differs, and how many rows were compared; every column but those of the load."""
    found, compared = [], 0
    for table in catalog.get(source).spec.tables:
        columns = _columns(con, f"raw_{source}", table.name)
        other = _columns(con, f"raw_{source}", table.name, "undisturbed")
        if columns != other:
            found.append(f"raw_{source}.{table.name}: columns {sorted(set(columns) ^ set(other))}")
            continue
        lines, rows = _differences(con, f"raw_{source}.{table.name}", columns, table.primary_key)
        found += lines
        compared += rows
    return found, compared


def ops_differences(con: duckdb.DuckDBPyConnection, source: str, *, since: str | None = None) -> list[str]:
    """What ops.coverage and, without `since`, ops.restatements hold otherwise; `since` leaves older days out."""
    where = f"source = '{source}'"
    days = f"{where} and date_day >= date '{since}'" if since else where
    coverage = ("source", "table_name", "account_id", "date_day", "rows")
    found, _ = _differences(con, "ops.coverage", coverage, coverage[1:4], days)
    if since is None:
        names = ("source", "table_name", "account_id", "date_day", "measure", "old_value", "new_value", "seen_at")
        lines, _ = _differences(con, "ops.restatements", names, names[1:5], where)
        found += lines
    return found


def doubles(con: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    """Keys that stand twice: in raw, in coverage, and in the memory of changes."""
    keys = {f"raw_{source}.{table.name}": table.primary_key for table in catalog.get(source).spec.tables}
    keys["ops.coverage"] = ("source", "table_name", "account_id", "date_day")
    # A file that was mended at once is read twice at one moment of the clock.
    keys["ops.restatements"] = ("source", "table_name", "account_id", "date_day", "measure", "seen_at", "load_id")
    found = []
    for relation, names in keys.items():
        listed = ", ".join(f'"{name}"' for name in names)
        for *key, count in con.execute(
            f"select {listed}, count(*) from {relation} group by {listed} having count(*) > 1 limit 3"
        ).fetchall():
            found.append(f"{relation}: {count} rows for {key}")
    return found


def broken_memory(con: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    """Changes that do not follow from each other, or whose last one is not what raw holds: one was lost."""
    spec = catalog.get(source).spec
    found = []
    for table in spec.tables:
        if not table.measured:
            continue
        rows = con.execute(_chains(spec, table.name)).fetchall()
        found += [f"ops.restatements: {source}.{table.name}: {row}" for row in rows]
    return found


def _chains(spec: SourceSpec, name: str) -> str:
    table = spec.table(name)
    held = totals(spec, table, Business().time_zone)
    return f"""
        with changes as (
            select account_id, date_day, measure, old_value, new_value, seen_at,
                lag(new_value) over told as before, lead(new_value) over told is null as is_last
            from ops.restatements where source = '{spec.name}' and table_name = '{name}'
            window told as (partition by account_id, date_day, measure order by seen_at, rowid)
        )
        select account_id, date_day, measure, seen_at, 'broken chain' from changes where before <> old_value
        union all
        select account_id, date_day, measure, seen_at, 'raw holds another value'
        from changes left join ({held}) as held using (account_id, date_day, measure)
        where is_last and new_value <> coalesce(held.value, 0)
        limit 5
    """


def _columns(con: duckdb.DuckDBPyConnection, schema: str, table: str, database: str | None = None) -> tuple[str, ...]:
    where = f"database_name = '{database}'" if database else "database_name = current_database()"
    names = con.execute(
        f"select column_name from duckdb_columns() where {where} and schema_name = ? and table_name = ? "
        "order by column_name",
        [schema, table],
    ).fetchall()
    return tuple(name for (name,) in names if name not in _OF_THE_LOAD)


def _differences(
    con: duckdb.DuckDBPyConnection, relation: str, columns: tuple[str, ...], key: tuple[str, ...], where: str = "true"
) -> tuple[list[str], int]:
    listed = ", ".join(f'"{name}"' for name in columns)
    here, there = (f"select {listed} from {place} where {where}" for place in (relation, f"undisturbed.{relation}"))
    found = []
    for label, one, other in (("too many", here, there), ("missing", there, here)):
        extra = f"({one}) except all ({other})"
        count = _count(con, f"select count(*) from ({extra})")
        if count:
            keys = ", ".join(f'"{name}"' for name in key)
            sample = con.execute(f"select {keys} from ({extra}) order by all limit 3").fetchall()
            shown = "; ".join(", ".join(map(str, row)) for row in sample)
            found.append(f"{relation}: {count} rows {label}, such as {shown}")
    return found, _count(con, f"select count(*) from ({there})")


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
