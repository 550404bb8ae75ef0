"""What a build that went on after a failed data test has left as it was, remembered until the next build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import orjson

from warehouse.layout import OPS

_TABLE = f"{OPS}.refused_tables"
_CREATE = f"create table if not exists {_TABLE} (table_name varchar, line varchar)"


@dataclass(frozen=True)
class Refused:
    """A table that a data test found wrong, or that was not built after it, and the line that a person reads."""

    table: str
    line: str


def refused_by(outcomes: Iterable[Any], lines: Mapping[str, str], target: Path) -> tuple[Refused, ...]:
    """The tables of dbt's `outcomes` that may not be relied on; `lines` are those of the failed tests, by their id.

    `target` is the folder of dbt's manifest.
    """
    manifest = orjson.loads((target / "manifest.json").read_bytes())
    places = manifest["nodes"] | manifest["sources"]
    first = next(iter(lines.values()), "")
    found: dict[str, str] = {}
    for outcome in outcomes:
        key = outcome.node.unique_id
        if key in lines:
            attached = places[key].get("attached_node")
            for parent in [attached] if attached else places[key]["depends_on"]["nodes"]:
                found[_table(places[parent])] = lines[key]
    for outcome in outcomes:
        # dbt leaves out whatever is made of what failed, also where no number rests on it
        node = places.get(outcome.node.unique_id, {})  # exposures have an outcome too, and no table
        if str(outcome.status) == "skipped" and node.get("resource_type") == "model":
            found.setdefault(_table(node), first)
    return tuple(Refused(table, line) for table, line in found.items())


def remember(connection: duckdb.DuckDBPyConnection, refused: Iterable[Refused]) -> None:
    """Keep what this build refused in place of what the one before did."""
    connection.execute(_CREATE)
    connection.execute("begin")
    connection.execute(f"delete from {_TABLE}")
    for found in refused:
        connection.execute(f"insert into {_TABLE} values (?, ?)", [found.table, found.line])
    connection.execute("commit")


def refused_tables(connection: duckdb.DuckDBPyConnection) -> list[Refused]:
    """What the last build refused; nothing where all was well or nothing was built yet."""
    connection.execute(_CREATE)
    return [Refused(*row) for row in connection.execute(f"from {_TABLE} order by all").fetchall()]


def _table(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node.get('alias') or node['identifier']}"
