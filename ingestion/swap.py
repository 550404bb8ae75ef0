"""The raw tables, and the replacement of what was read in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import duckdb

from ingestion import coverage
from ingestion.context import Coverage, LoadContext
from ingestion.contracts import SQL_TYPES, quoted, refuse_duplicates
from ingestion.restatements import Restatement
from ingestion.spec import SourceSpec, TableSpec, Window
from warehouse.errors import ConfigurationError
from warehouse.layout import landing_schema, raw_schema


def ensure_raw(con: duckdb.DuckDBPyConnection, spec: SourceSpec) -> None:
    """Create the source's raw tables, and add columns that a newer SPEC declares.

    Raises ConfigurationError where a column stands there with another type.
    """
    schema = raw_schema(spec.name)
    con.execute(f"create schema if not exists {schema}")
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(
        "select table_name, column_name, lower(data_type) from duckdb_columns() "
        "where database_name = current_database() and schema_name = ?",
        [schema],
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    for table in spec.tables:
        wanted = {name: SQL_TYPES[kind] for name, kind in table.columns.items()}
        wanted |= {"_dlt_load_id": "varchar", "_loaded_at": "timestamp with time zone"}
        if table.name not in found:
            columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted.items())
            con.execute(f"create table {schema}.{table.name} ({columns})")
            continue
        for name, kind in wanted.items():
            there = found[table.name].get(name)
            if there is None:
                con.execute(f"alter table {schema}.{table.name} add column {quoted(name)} {kind}")
            elif there != kind:
                raise ConfigurationError(
                    f"{schema}.{table.name}.{name}: is {there} in the warehouse and {kind} in the SPEC; "
                    f"drop the table and load its history again"
                )


def held(con: duckdb.DuckDBPyConnection, spec: SourceSpec, name: str) -> list[dict[str, Any]]:
    """The rows that raw holds of table `name`, with the TableSpec's columns."""
    columns = spec.table(name).columns
    rows = con.execute(f"select {quoted(*columns)} from {raw_schema(spec.name)}.{name}").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def replace(
    con: duckdb.DuckDBPyConnection, context: LoadContext, table: TableSpec, *, load_id: str, loaded_at: datetime
) -> int:
    """Put what landed for `table` in place of what raw holds for the covered days and accounts; the rows that landed.

    Where raw holds the very same rows they stay, with the load that brought them, so that a model can tell that nothing
    came. Runs inside the caller's transaction. Raises ConfigurationError for duplicate keys, and for rows of a day or
    account that was not asked for: the next load would not replace them.
    """
    spec = context.spec
    raw, landing = f"{raw_schema(spec.name)}.{table.name}", f"{landing_schema(spec.name)}.{table.name}"
    has_landed = _exists(con, landing)
    if has_landed:
        refuse_duplicates(con, spec, table, landing)
    covered = [entry for entry in context.coverage if entry.table == table.name]
    is_partial = table.window_column is not None or table.account_column is not None
    scope = _scope(table, covered) if is_partial else "true"
    if has_landed and is_partial and table.name not in context.unfinished:
        _refuse_strays(con, context, table, landing, scope)
    # Before the first row goes: DuckDB commits no change of a table's columns that follows a change of its rows.
    columns = [*table.columns, *(_undeclared(con, context, table) if has_landed else ())]
    rows = _held_already(con, raw, landing if has_landed else None, columns, scope)
    if rows is None:
        names = quoted(*columns)
        restatement = Restatement(con, spec, table, scope, zone=context.business.time_zone)
        con.execute(f"delete from {raw} where {scope}")
        rows = 0
        if has_landed:
            rows = _count(
                con,
                f"insert into {raw} ({names}, _dlt_load_id, _loaded_at) "
                f"select {names}, ?, ? from {landing} where {scope}",
                [load_id, loaded_at],
            )
        restatement.write(seen_at=context.as_of, load_id=load_id)
    if table.window_column is not None:
        coverage.write(con, spec, table, covered, scope=scope, as_of=context.as_of)
    return rows


def _held_already(
    con: duckdb.DuckDBPyConnection, raw: str, landing: str | None, columns: list[str], scope: str
) -> int | None:
    """The number of rows when what landed is what raw holds in `scope`, in whatever order; else None."""
    held = _count(con, f"select count(*) from {raw} where {scope}", [])
    landed = _count(con, f"select count(*) from {landing} where {scope}", []) if landing else 0
    if held != landed:
        return None
    if held == 0:
        return 0
    kinds = dict(con.execute(f"select column_name, column_type from (describe {raw})").fetchall())
    if set(kinds) - set(columns) - {"_dlt_load_id", "_loaded_at"}:
        return None  # a column that no longer comes has to be emptied
    # A sum of 64-bit hashes: two sets of rows that differ have the same one once in 2^64.
    rows = ", ".join(f"cast({quoted(name)} as {kinds[name]})" for name in columns)
    same = con.execute(
        f"select (select sum(hash({rows})) from {raw} where {scope})"
        f" = (select sum(hash({rows})) from {landing} where {scope})"
    ).fetchone()
    return held if same and same[0] else None


def _undeclared(con: duckdb.DuckDBPyConnection, context: LoadContext, table: TableSpec) -> list[str]:
    """Columns that landed and that the TableSpec lacks; raw gets them too, as text."""
    landed = con.execute(
        "select column_name from duckdb_columns() where database_name = current_database() and schema_name = ? "
        "and table_name = ? and not starts_with(column_name, '_dlt_') order by column_index",
        [landing_schema(context.spec.name), table.name],
    ).fetchall()
    found = [name for (name,) in landed if name not in table.columns]
    for name in found:
        con.execute(
            f"alter table {raw_schema(context.spec.name)}.{table.name} add column if not exists {quoted(name)} varchar"
        )
        context.warn(
            f"{table.name}.{name} is new and kept as text; declare it in ingestion/{context.spec.name}/__init__.py"
        )
    return found


def _scope(table: TableSpec, coverage: list[Coverage]) -> str:
    """SQL for the rows of what was covered; days that follow each other are one stretch."""
    found = [entry for entry in coverage if entry.window is None]
    read: dict[str | None, list[Window]] = {}
    for entry in coverage:
        if entry.window is not None:
            read.setdefault(entry.account_id, []).append(entry.window)
    for account_id, windows in read.items():
        stretches: list[Window] = []
        for window in sorted(windows, key=lambda window: window.start):
            if stretches and window.start <= stretches[-1].end + timedelta(days=1):
                stretches[-1] = Window(stretches[-1].start, max(stretches[-1].end, window.end))
            else:
                stretches.append(window)
        found += [Coverage(table.name, account_id, stretch) for stretch in stretches]
    return " or ".join(_condition(table, entry) for entry in found) or "false"


def _condition(table: TableSpec, entry: Coverage) -> str:
    parts = []
    if entry.window is not None:
        parts.append(f"{table.window_column} between date '{entry.window.start}' and date '{entry.window.end}'")
    if entry.account_id is not None:
        parts.append(f"{table.account_column} = {_literal(entry.account_id)}")
    return f"({' and '.join(parts)})"


def _refuse_strays(
    con: duckdb.DuckDBPyConnection, context: LoadContext, table: TableSpec, landing: str, scope: str
) -> None:
    # A skipped account may have landed rows before it failed; they are dropped, not refused.
    skipped = ", ".join(_literal(account) for account in context.skipped)
    unless = f"and {table.account_column} not in ({skipped})" if skipped and table.account_column else ""
    where = table.window_column or table.account_column
    found = con.execute(
        f"select any_value({where})::varchar, count(*) from {landing} "
        f"where ({scope}) is not true {unless} having count(*) > 0"
    ).fetchone()
    if found:
        raise ConfigurationError(
            f"{context.spec.name}.{table.name}: {found[1]} rows came for {where} = {found[0]}, which was not asked for "
            "or not read to the end; nothing of this load was kept"
        )


def _exists(con: duckdb.DuckDBPyConnection, relation: str) -> bool:
    schema, name = relation.split(".")
    found = con.execute(
        "select 1 from duckdb_views() where database_name = current_database() and schema_name = ? and view_name = ?",
        [schema, name],
    ).fetchone()
    return found is not None


def _count(con: duckdb.DuckDBPyConnection, sql: str, values: list[object]) -> int:
    found = con.execute(sql, values).fetchone()
    return int(found[0]) if found else 0


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
