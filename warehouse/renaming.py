"""Other names in place of the identifiers of a person, wherever they stand in a DuckDB file.

An identifier is renamed to the same name everywhere, so what was joined stays joined and what was counted stays
counted. Which tables hold one is found out by looking: every text column of every table is searched, and a table that
is new tomorrow is searched tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

# A shorter identifier (a contact's number in a small CRM) also stands for other things: it is looked for in columns of
# identifiers only, and as a whole value there.
DISTINCT_LENGTH = 9
_IDENTIFIERS = re.compile(
    r"(^|_)(contacts?|leads?|persons?|client|pseudo|user|click|gclid|wbraid|gbraid|fbclid|msclkid|ttclid|li_fat"
    r"|identifier|node|label|merged|entity|email)(_|$)"
)


@dataclass(frozen=True)
class Names:
    """Old name to new name: `everywhere`, and of contacts by the source whose raw tables have them as `bare` ids.

    Outside of the raw tables the contacts of `prefixed` sources stand with the source's name before them.
    """

    everywhere: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    prefixed: frozenset[str] = frozenset()
    wholes: Mapping[str, str] = field(default_factory=dict)
    """Names that stand, if at all, as whole values of columns of identifiers; there may be hundreds."""

    def long(self) -> dict[str, str]:
        """The names that are searched as a part of any text; the longest first, since one may contain another."""
        found = {old: new for old, new in self.everywhere.items() if len(old) >= DISTINCT_LENGTH}
        found |= {self._outside(key): new for key, new in self.contacts.items() if len(key[1]) >= DISTINCT_LENGTH}
        found |= {key[1]: new for key, new in self.contacts.items() if len(key[1]) >= DISTINCT_LENGTH}
        return dict(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))

    def short(self, schema: str) -> dict[str, str]:
        """The names that are searched as whole values of columns of identifiers in `schema`."""
        found = {old: new for old, new in self.everywhere.items() if len(old) < DISTINCT_LENGTH}
        for (source, contact), new in self.contacts.items():
            is_raw = schema.startswith(("raw_", "landing_"))
            if len(contact) < DISTINCT_LENGTH and (not is_raw or schema.endswith(f"_{source}")):
                found[contact if is_raw else self._outside((source, contact))] = new
        return found

    def _outside(self, key: tuple[str, str]) -> str:
        source, contact = key
        return f"{source}:{contact}" if source in self.prefixed else contact


@dataclass(frozen=True)
class Hit:
    """A column of a table in which a name stands, in so many rows; SQL for those rows, and for the text without."""

    schema: str
    table: str
    column: str
    rows: int
    test: str
    renamed: str


def find(
    connection: duckdb.DuckDBPyConnection, catalog: str, names: Names, schemas: Collection[str] | None = None
) -> list[Hit]:
    """Every column of the tables of `catalog`, or of its `schemas` alone, in which one of the names stands."""
    columns = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = ? and data_type like '%VARCHAR%' "
        "and table_oid in (select table_oid from duckdb_tables() where database_name = ?) order by all",
        [catalog, catalog],
    ).fetchall()
    tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in columns:
        if schemas is None or schema in schemas:
            tables.setdefault((schema, table), []).append((column, kind))
    return [
        hit
        for (schema, table), held in tables.items()
        for hit in _find(connection, (catalog, schema, table), held, names)
    ]


def _find(
    connection: duckdb.DuckDBPyConnection,
    place: tuple[str, str, str],
    columns: list[tuple[str, str]],
    names: Names,
) -> list[Hit]:
    catalog, schema, table = place
    long, short = names.long(), names.short(schema)
    tests, replaced = [], []
    for column, kind in columns:
        text = _name(column) if kind == "VARCHAR" else f"cast({_name(column)} as varchar)"
        whole = short if _IDENTIFIERS.search(column) else {}
        patterns = [_any_of(long)] * bool(long) + [_whole(_any_of(whole))] * bool(whole)
        wholes = names.wholes if _IDENTIFIERS.search(column) and kind == "VARCHAR" else {}
        if not patterns and not wholes:
            continue
        parts = [f"regexp_matches({text}, {sql_text(pattern)})" for pattern in patterns]
        expression = text
        for old, new in long.items():
            expression = f"replace({expression}, {sql_text(old)}, {sql_text(new)})"
        for old, new in whole.items():
            with_ends = sql_text(rf"\1{new}\2")
            expression = f"regexp_replace({expression}, {sql_text(_whole(re.escape(old)))}, {with_ends}, 'g')"
        if wholes:
            parts.append(f"{text} in ({', '.join(map(sql_text, wholes))})")
            cases = " ".join(f"when {sql_text(old)} then {sql_text(new)}" for old, new in wholes.items())
            expression = f"case {text} {cases} else {expression} end"
        tests.append(" or ".join(parts))
        replaced.append((column, expression if kind == "VARCHAR" else f"cast({expression} as {kind})"))
    if not tests:
        return []
    counts = ", ".join(f"count_if({test})" for test in tests)
    found = connection.execute(f"select {counts} from {_name(catalog)}.{_name(schema)}.{_name(table)}").fetchone() or ()
    return [
        Hit(schema, table, column, rows, test, expression)
        for rows, test, (column, expression) in zip(found, tests, replaced, strict=True)
        if rows
    ]


def rename(connection: duckdb.DuckDBPyConnection, catalog: str, hits: list[Hit]) -> dict[str, int]:
    """Write the new names over the old ones. Returns the rows by table in which any stood."""
    by_table: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        by_table.setdefault((hit.schema, hit.table), []).append(hit)
    for (schema, table), held in by_table.items():
        news = ", ".join(f"{_name(hit.column)} = {hit.renamed}" for hit in held)
        connection.execute(
            f"update {_name(catalog)}.{_name(schema)}.{_name(table)} set {news} "
            f"where {' or '.join(hit.test for hit in held)}"
        )
    return {f"{schema}.{table}": max(hit.rows for hit in held) for (schema, table), held in by_table.items()}


def copy(source: Path, target: Path, *, catalog: str, storage_version: str | None = None) -> None:
    """A new file with all that `source` holds and nothing of what it held before: no freed block, no log.

    `catalog` is the name that the views of the file know it by.
    """
    target.unlink(missing_ok=True)
    options = f" (storage_version '{storage_version}')" if storage_version else ""
    with duckdb.connect() as connection:
        connection.execute(f"attach {sql_text(str(source))} as {_name(catalog)} (read_only)")
        connection.execute(f"attach {sql_text(str(target))} as fresh{options}")
        connection.execute(f"copy from database {_name(catalog)} to fresh")
        connection.execute("checkpoint fresh")


def _any_of(names: Mapping[str, str]) -> str:
    return "|".join(re.escape(name) for name in names)


def _whole(pattern: str) -> str:
    """A value of its own, one of a list, or a node of the graph of identifiers, which has its kind before it."""
    return rf"(^(?:[0-9a-z]:)?|[;,|])(?:{pattern})([;,|]|$)"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def sql_text(text: str) -> str:
    """`text` as a SQL string."""
    return "'" + text.replace("'", "''") + "'"
