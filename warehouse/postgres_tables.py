"""The tables of a publication as tables of Postgres: their columns, rows and comments."""

from __future__ import annotations

from typing import Any

import duckdb
import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.layout import PUBLISHED

_BLOCK = 5_000
_TYPES = {
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "TINYINT": "smallint",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time without time zone",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}


def tables_of(version: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The tables of the publication, each with its columns and their types in Postgres."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in version.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = ? "
        "order by table_name, column_index",
        [PUBLISHED],
    ).fetchall():
        found.setdefault(table, {})[column] = _TYPES.get(kind) or kind.replace("DECIMAL", "numeric").replace(" ", "")
    return found


def shape(cursor: psycopg.Cursor, place: str, table: str, columns: dict[str, str], *, is_ours: bool) -> None:
    """Create the table, or give the one that is there the columns that it has now.

    Raises ConfigurationError when a table of this name is there that is not ours.
    """
    held = dict(
        fetch(
            cursor,
            SQL(
                "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute as a "
                "join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace "
                "where n.nspname = {} and c.relname = {} and a.attnum > 0 and not a.attisdropped"
            ).format(Literal(PUBLISHED), Literal(table)),
        )
    )
    if held and not is_ours:
        raise ConfigurationError(
            f"{place}: {PUBLISHED}.{table} is there and was not made by `kpi publish --to`; rename it, or use "
            "another database"
        )
    if not held:
        listed = SQL(", ").join(SQL("{} {}").format(Identifier(name), SQL(kind)) for name, kind in columns.items())
        cursor.execute(SQL("create table {} ({})").format(name_of(table), listed))
        return
    for name, kind in columns.items():
        if name not in held:
            cursor.execute(SQL("alter table {} add column {} {}").format(name_of(table), Identifier(name), SQL(kind)))
        elif held[name] != kind:
            # a type that a view uses cannot change; a column that it uses can neither go, and Postgres names the view
            cursor.execute(SQL("alter table {} drop column {}").format(name_of(table), Identifier(name)))
            cursor.execute(SQL("alter table {} add column {} {}").format(name_of(table), Identifier(name), SQL(kind)))
    for name in held:
        if name not in columns:
            cursor.execute(SQL("alter table {} drop column {}").format(name_of(table), Identifier(name)))


def fill(
    version: duckdb.DuckDBPyConnection, cursor: psycopg.Cursor, place: str, table: str, columns: dict[str, str]
) -> int:
    """Replace the rows; their number. Raises CheckFailed when Postgres has another number than the publication."""
    cursor.execute(SQL("delete from {}").format(name_of(table)))
    listed = SQL(", ").join(Identifier(name) for name in columns)
    # Lines of Postgres' text format are made by the engine: a line costs Python one string, not one value a column.
    line = ", ".join(_text(name, kind) for name, kind in columns.items())
    lines = version.execute(f'select concat_ws(chr(9), {line}) from {PUBLISHED}."{table}"')
    with cursor.copy(SQL("copy {} ({}) from stdin").format(name_of(table), listed)) as copy:
        while block := lines.fetchmany(_BLOCK):
            copy.write("\n".join(line for (line,) in block) + "\n")
    expected = one(version, f'select count(*) from {PUBLISHED}."{table}"')
    ((found,),) = fetch(cursor, SQL("select count(*) from {}").format(name_of(table)))
    if found != expected:
        raise CheckFailed(f"{place}: {table} took {found} of {expected} rows; nothing was changed there")
    return int(found)


def _text(column: str, kind: str) -> str:
    """A column as a field of Postgres' text format. NUL, which Postgres has no place for, is left out."""
    text = f'"{column}"::varchar'
    if kind == "text":
        for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
            text = f"replace({text}, chr({ord(plain)}), '{escaped}')"
        text = f"replace({text}, chr(0), '')"
    return f"coalesce({text}, '\\N')"


def describe(version: duckdb.DuckDBPyConnection, cursor: psycopg.Cursor, table: str) -> None:
    """Give the table and its columns the comments that they have in the publication."""
    wanted = version.execute(
        "select column_name, coalesce(comment, '') from duckdb_columns() where schema_name = $1 and table_name = $2 "
        "union all select '', coalesce(comment, '') from duckdb_tables() where schema_name = $1 and table_name = $2",
        [PUBLISHED, table],
    ).fetchall()
    held = {
        (name or "", text)
        for name, text in fetch(
            cursor,
            SQL(
                "select a.attname, d.description from pg_description as d "
                "join pg_class as c on c.oid = d.objoid join pg_namespace as n on n.oid = c.relnamespace "
                "left join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0 "
                "where d.classoid = 'pg_class'::regclass and n.nspname = {} and c.relname = {}"
            ).format(Literal(PUBLISHED), Literal(table)),
        )
    }
    for column, text in wanted:
        if text and (column, text) not in held:
            subject = SQL("column {}.{}").format(name_of(table), Identifier(column)) if column else None
            cursor.execute(
                SQL("comment on {} is {}").format(subject or SQL("table {}").format(name_of(table)), Literal(text))
            )


def name_of(table: str) -> Composed:
    """The table's name in schema `published`, quoted."""
    return SQL("{}.{}").format(Identifier(PUBLISHED), Identifier(table))


def fetch(cursor: psycopg.Cursor, query: Composed) -> list[tuple[Any, ...]]:
    """All rows of a query on Postgres."""
    return cursor.execute(query).fetchall()


def one(version: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The one value of a query on the publication."""
    row = version.execute(query).fetchone()
    assert row
    return row[0]
