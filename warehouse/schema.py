"""The version of the published tables' columns, held against a file that is committed.

`published_schema.json` has the tables, their columns and types, and a number that goes up with each change of them.
`python -m warehouse.document` writes it anew; the changelog then has to name the number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from warehouse.layout import PUBLISHED

SCHEMA = Path(__file__).with_name("published_schema.json")
Tables = Mapping[str, Mapping[str, str]]


def tables_of(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The tables of schema `published`, each with its columns in order and their types."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = ? "
        "order by table_name, column_index",
        [PUBLISHED],
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def committed(path: Path = SCHEMA) -> dict[str, Any]:
    """The committed file: `version`, `tables`, and `digests`, one of each version so far."""
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def committed_version() -> int:
    """The version of the published tables' columns that this program writes."""
    return int(committed()["version"])


def digest(tables: Tables) -> str:
    """A fingerprint of tables, columns, their order and types."""
    return hashlib.sha256(
        json.dumps({name: list(tables[name].items()) for name in sorted(tables)}).encode()
    ).hexdigest()


def renew(tables: Tables, path: Path = SCHEMA) -> int:
    """Write the file for these tables; a change of them takes the next number. Returns the version."""
    known = committed(path) if path.exists() else {"version": 0, "tables": {}, "digests": {}}
    if digest(known["tables"]) != digest(tables):
        version = known["version"] + 1
        known = {
            "version": version,
            "digests": known["digests"] | {str(version): digest(tables)},
            "tables": {name: dict(tables[name]) for name in sorted(tables)},
        }
        path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return int(known["version"])


def objections(tables: Tables, changelog: str, path: Path = SCHEMA) -> list[str]:
    """Why the columns of `tables` may not go out as they are, a line each; none where all is declared.

    A difference from the committed file, a file that was edited without a new number, and a number that the changelog
    does not have.
    """
    known = committed(path)
    found = []
    for table in sorted({*known["tables"], *tables}):
        before, now = known["tables"].get(table, {}), dict(tables.get(table, {}))
        if list(before.items()) == list(now.items()):
            continue
        gone, new = [name for name in before if name not in now], [name for name in now if name not in before]
        turned = [
            f"{name} {before[name]} -> {now[name]}" for name in now if name in before and before[name] != now[name]
        ]
        what = "; ".join(
            f"{label} {', '.join(names)}"
            for label, names in (("without", gone), ("new", new), ("other type", turned))
            if names
        )
        found.append(f"{table}: {what or 'columns in another order'}; run `python -m warehouse.document`")
    version = str(known["version"])
    if known["digests"].get(version) != digest(known["tables"]):
        found.append(f"{path.name}: was edited without a new version; run `python -m warehouse.document`")
    if f"Published schema {version}:" not in changelog:
        found.append(f"CHANGELOG.md: has no line 'Published schema {version}: ...' that says what changed")
    return found
