"""The tables of a publication, copied out of the warehouse into a file of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import duckdb

from warehouse.carried import LAST, Hold, attach_last, columns_of
from warehouse.errors import ConfigurationError
from warehouse.history import publish_history
from warehouse.integrity import KEYS
from warehouse.layout import CATALOG, MARTS, OPS, PUBLISHED, SEMANTIC
from warehouse.status_tables import KPI_STATUS, TABLE_STATUS
from warehouse.tables import PUBLICATION

KPI_TABLES = (
    "kpi_values",
    "kpi_scorecard",
    "kpi_drivers",
    "kpi_anomalies",
    "kpi_advice",
    "kpi_targets",
    "kpi_status",
    "dim_kpi",
    "dim_business",
)
# Clients of DuckDB 1.x and the drivers of BI tools read this format; the newest one they do not.
STORAGE_VERSION = "v1.0.0"
# Types that some driver of a BI tool cannot read, and the plain type that takes their place.
_PLAIN_TYPES = {
    "HUGEINT": "BIGINT",
    "UHUGEINT": "BIGINT",
    "UBIGINT": "BIGINT",
    "UINTEGER": "BIGINT",
    "USMALLINT": "INTEGER",
    "UTINYINT": "INTEGER",
    "FLOAT": "DOUBLE",
    "UUID": "VARCHAR",
    "JSON": "VARCHAR",
    "INTERVAL": "VARCHAR",
}


def materialise(
    warehouse: Path,
    target: Path,
    header: tuple[str, datetime, date | None, int, int],
    held: Mapping[str, Hold],
    last: Path,
) -> dict[str, int]:
    """Write the tables of a publication, and its one line `header`, to a new file at `target`.

    Views become tables (in another file they would name a database that is not there), types become plain ones that
    every driver reads. Tables that are `held` have the rows that they have in the publication `last`. Returns the rows
    that each table has where it comes from. Raises ConfigurationError when the warehouse is missing, locked or
    incomplete.
    """
    if not warehouse.exists():
        raise ConfigurationError(f"{warehouse}: there is no warehouse yet; run `kpi refresh` first")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        try:
            # dbt's views name the catalogue, so the file is attached under that very name.
            connection.execute(f"attach '{_quoted(warehouse)}' as {CATALOG} (read_only)")
        except duckdb.Error as error:
            raise ConfigurationError(
                f"{warehouse}: cannot be read while another connection holds it: {_line(error)}; "
                "wait for that run to end, then try again"
            ) from None
        connection.execute(f"attach '{_quoted(target)}' as target (storage_version '{STORAGE_VERSION}')")
        if held:
            attach_last(connection, last)
        # One transaction: six hundred comments that are each put to the disk take two seconds.
        connection.execute("begin")
        connection.execute(f"create schema target.{PUBLISHED}")
        relations = _relations(connection)
        missing = sorted(
            set(KEYS) - {table for _, table in relations} - {"publication", "kpi_reported", "table_status"}
        )
        if missing:
            raise ConfigurationError(
                f"{warehouse}: {', '.join(missing)} missing; run `kpi refresh` to build every table, then publish"
            )
        rows = {
            table: _copy_last(connection, schema, table)
            if schema == PUBLISHED and table in held
            else _copy(connection, schema, table)
            for schema, table in relations
        }
        if _has_check_results(connection):
            own = f"where run_id = '{header[0]}'"
            rows["check_results"] = _copy(connection, OPS, "check_results", own)
        _copy_comments(connection)
        rows |= publish_history(connection)
        rows[TABLE_STATUS.name] = _table_status(connection, relations, held)
        PUBLICATION.create(connection, catalog="target")
        connection.execute(f"insert into target.{PUBLISHED}.publication values (?, ?, ?, ?, ?)", list(header))
        connection.execute("commit")
        connection.execute("checkpoint target")
        connection.execute("detach target")
    return rows | {"publication": 1}


def _relations(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = ? "
        "and (table_schema = ? or (table_schema = ? and list_contains(?, table_name))) order by all",
        [CATALOG, PUBLISHED, SEMANTIC, list(KPI_TABLES)],
    ).fetchall()
    # A view that adds to a table of the same name takes its place.
    return list(
        {table: (schema, table) for schema, table in sorted(found, key=lambda row: row[0] == PUBLISHED)}.values()
    )


def _has_check_results(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "select 1 from information_schema.tables "
        "where table_catalog = ? and table_schema = ? and table_name = 'check_results'",
        [CATALOG, OPS],
    ).fetchone()
    return found is not None


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, table: str, condition: str = "") -> int:
    relation, target = f'{CATALOG}.{schema}."{table}"', f'target.{PUBLISHED}."{table}"'
    columns = connection.execute(f"describe {relation}").fetchall()
    selected = ", ".join(f'cast("{name}" as {_plain(kind)}) as "{name}"' for name, kind, *_ in columns)
    order = ", ".join(f'"{column}" nulls last' for column in KEYS.get(table, ())) or "all"
    try:
        connection.execute(f"create table {target} as select {selected} from {relation} {condition} order by {order}")
    except duckdb.Error as error:
        raise ConfigurationError(f"{schema}.{table}: cannot be published: {_line(error)}") from None
    counted = connection.execute(f"select count(*) from {relation} {condition}").fetchone()
    return int(counted[0]) if counted else 0


def _copy_last(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    """The table as it was published last, in the columns of today; one that was not published yet is empty."""
    _copy(connection, schema, table, "where false")
    known = columns_of(connection, f'{LAST}.{PUBLISHED}."{table}"')
    shared = [f'"{name}"' for name in columns_of(connection, f'target.{PUBLISHED}."{table}"') if name in known]
    if not shared:
        return 0
    source = f'{LAST}.{PUBLISHED}."{table}"'
    connection.execute(
        f'insert into target.{PUBLISHED}."{table}" by name select {", ".join(shared)} from {source} order by rowid'
    )
    counted = connection.execute(f"select count(*) from {source}").fetchone()
    return int(counted[0]) if counted else 0


def _table_status(
    connection: duckdb.DuckDBPyConnection, relations: list[tuple[str, str]], held: Mapping[str, Hold]
) -> int:
    """A row for each table that comes from a mart; what is held is as of when it was in the publication before."""
    TABLE_STATUS.create(connection, catalog="target")
    tables = [table for schema, table in relations if schema == PUBLISHED and table not in KPI_TABLES]
    built = connection.execute(
        f"select max(as_of), any_value(run_id) from {CATALOG}.{KPI_STATUS.relation} where not is_stale"
    ).fetchone()
    before: dict[str, tuple[datetime, str]] = {}
    if held:
        # a version from before there was a table_status was new as a whole
        known = columns_of(connection, f"{LAST}.{TABLE_STATUS.relation}")
        found = connection.execute(
            f"select table_name, as_of, run_id from {LAST}.{TABLE_STATUS.relation}"
            if known
            else f"select table_name, published_at, run_id from {LAST}.{PUBLICATION.relation}, "
            f"(select table_name from duckdb_tables() where database_name = '{LAST}' and schema_name = '{PUBLISHED}')"
        ).fetchall()
        before = {table: (as_of, run_id) for table, as_of, run_id in found}
    rows = [
        [table, *before.get(table, (None, None)), True, held[table].reason, held[table].mend]
        if table in held
        else [table, *(built or (None, None)), False, None, None]
        for table in tables
    ]
    if rows:
        connection.executemany(f"insert into target.{TABLE_STATUS.relation} values (?, ?, ?, ?, ?, ?)", rows)
    return len(rows)


def _copy_comments(connection: duckdb.DuckDBPyConnection) -> None:
    """Comments of tables and columns; a published view that has none takes those of the mart of its name."""
    found = connection.execute(
        f"""
        with comments as (
            select schema_name, table_name, '' as column_name, comment from duckdb_tables()
            where database_name = '{CATALOG}'
            union all
            select schema_name, view_name, '', comment from duckdb_views() where database_name = '{CATALOG}'
            union all
            select schema_name, table_name, column_name, comment from duckdb_columns()
            where database_name = '{CATALOG}'
        ),
        places as (
            select table_name, column_name from duckdb_columns() where database_name = 'target'
            union
            select table_name, '' from duckdb_tables() where database_name = 'target'
        )
        select table_name, column_name, max_by(comment, schema_name <> '{MARTS}')
        from comments join places using (table_name, column_name)
        where comment <> '' and schema_name in ('{MARTS}', '{PUBLISHED}', '{SEMANTIC}', '{OPS}')
        group by all order by all
        """
    ).fetchall()
    for table, column, comment in found:
        place = f'target.{PUBLISHED}."{table}"'
        subject = f'column {place}."{column}"' if column else f"table {place}"
        text = comment.replace("'", "''")
        connection.execute(f"comment on {subject} is '{text}'")


def _plain(kind: str) -> str:
    if kind.startswith("ENUM") or kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return "VARCHAR"
    return _PLAIN_TYPES.get(kind, kind)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _line(error: Exception) -> str:
    return str(error).splitlines()[0]
