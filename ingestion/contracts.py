"""What is loaded is held to the TableSpec: its columns and types, one row a key, no day that was not asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.privacy import MAY_HOLD_EMAIL, hide_emails
from ingestion.spec import ColumnType, SourceSpec, TableSpec
from warehouse.errors import ConfigurationError

ARROW_TYPES: Mapping[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
SQL_TYPES: Mapping[ColumnType, str] = {
    "text": "varchar",
    "bigint": "bigint",
    "double": "double",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp with time zone",
}


SetAside = Callable[[str, str, Mapping[str, Any]], None]
"""Takes a row that does not parse: the column, the reason, and the row as it came."""

# Among this many rows one in ten may be broken; more of them are a vendor's change, not broken rows.
_ALWAYS_BEARABLE = 10


def conform(source: SourceSpec, table: TableSpec, set_aside: SetAside | None = None) -> Callable[..., pa.Table]:
    """A step of a dlt resource: dicts or Arrow in, Arrow with the TableSpec's columns and types out.

    A column that a row lacks is NULL. Dates and timestamps may be ISO text. An e-mail address in any text leaves as its
    keyed hash, whatever the vendor, a page's link or a campaign's name put there. A column that the TableSpec lacks is
    kept as text behind the others. A single row whose value is of another type is given to `set_aside` and left out.
    Where most or all values of a column are, or without `set_aside`, the step raises ConfigurationError that names
    source, table and column.
    """
    kinds = {name: ARROW_TYPES[kind] for name, kind in table.columns.items()}

    def step(item: Any, _meta: Any = None) -> pa.Table:
        came, size = _columns(item)
        broken: dict[int, str] = {}
        made: dict[str, Any] = {}
        for name, kind in kinds.items():
            if name not in came:
                made[name] = pa.nulls(size, kind)
                continue
            encoded = not isinstance(came[name], list) and pa.types.is_dictionary(came[name].type)
            values, wrong = _parsed(source, table, name, _plain(came[name]) if encoded else came[name])
            if wrong and set_aside is None:
                raise _flipped(source, table, name)
            broken |= {index: name for index in wrong if index not in broken}
            made[name] = values if encoded else _without_emails(values)
        for name in sorted(came.keys() - kinds.keys()):
            made[name] = _without_emails(_as_text(came[name]))
        for index, name in broken.items():
            row = {column: _one(values, index) for column, values in came.items()}
            if set_aside is not None:
                set_aside(name, f"is no {table.columns[name]}", row)
        found = pa.table(made)
        return found.filter(pa.array([index not in broken for index in range(size)])) if broken else found

    return step


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column whose values stand in a dictionary, written out; e-mail addresses are looked for once a value."""
    chunks = [_without_emails(chunk.dictionary).take(chunk.indices) for chunk in values.chunks]
    return pa.chunked_array(chunks, values.type.value_type)


def _columns(item: Any) -> tuple[dict[str, Any], int]:
    """The columns of an item and how many rows it has; lists of Python values, or Arrow."""
    if isinstance(item, pa.RecordBatch):
        item = pa.Table.from_batches([item])
    if isinstance(item, pa.Table):
        return {name: item.column(name) for name in item.column_names}, item.num_rows
    dicts = [item] if isinstance(item, Mapping) else item
    names = dict.fromkeys(name for row in dicts for name in row)
    return {name: [row.get(name) for row in dicts] for name in names}, len(dicts)


def _parsed(source: SourceSpec, table: TableSpec, name: str, values: Any) -> tuple[Any, list[int]]:
    """The values with the declared type, NULL where one has another, and the places of those."""
    kind = ARROW_TYPES[table.columns[name]]
    try:
        return _cast(values, kind), []
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        pass
    good: list[Any] = []
    wrong: list[int] = []
    for index, value in enumerate(values if isinstance(values, list) else values.to_pylist()):
        try:
            good.append(None if value is None else _cast([value], kind)[0].as_py())
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            good.append(None)
            wrong.append(index)
    parsed = sum(value is not None for value in good)
    if parsed == 0 or len(wrong) > max(_ALWAYS_BEARABLE, parsed // 10):
        raise _flipped(source, table, name)
    return pa.array(good, kind), wrong


def _cast(values: Any, kind: pa.DataType) -> Any:
    if isinstance(values, list):
        if not (pa.types.is_temporal(kind) and any(isinstance(value, str) for value in values)):
            return pa.array(values, kind)
        values = pa.array(values, pa.string())
    return values.cast(kind)


def _flipped(source: SourceSpec, table: TableSpec, name: str) -> ConfigurationError:
    # Arrow's own text quotes the value, which may be personal.
    return ConfigurationError(
        f"{source.name}.{table.name}.{name}: a value is no {table.columns[name]}; "
        f"the vendor has changed it, or ingestion/{source.name} reads it wrongly"
    )


def _as_text(values: Any) -> Any:
    found = values if isinstance(values, list) else values.to_pylist()
    return pa.array(
        [value if value is None or isinstance(value, str) else json.dumps(value, default=str) for value in found],
        pa.string(),
    )


def _one(values: Any, index: int) -> Any:
    return values[index] if isinstance(values, list) else values[index].as_py()


def _without_emails(values: Any) -> Any:
    if not pa.types.is_string(values.type) or not pc.any(pc.match_substring_regex(values, MAY_HOLD_EMAIL)).as_py():
        return values
    return pa.array([text and hide_emails(text) for text in values.to_pylist()], pa.string())


def refuse_duplicates(con: duckdb.DuckDBPyConnection, source: SourceSpec, table: TableSpec, relation: str) -> None:
    """Raises ConfigurationError when `relation` holds two rows of one primary key."""
    keys = quoted(*table.primary_key)
    found = con.execute(
        f"select {keys}, count(*) from {relation} group by {keys} having count(*) > 1 order by {keys} limit 1"
    ).fetchone()
    if found:
        key = ", ".join(f"{name}={value}" for name, value in zip(table.primary_key, found, strict=False))
        raise ConfigurationError(
            f"{source.name}.{table.name}: {found[-1]} rows came for the key ({key}); nothing of this load was kept; "
            f"the primary key in ingestion/{source.name}/__init__.py must match the rows' grain"
        )


def quoted(*names: str) -> str:
    """Column names for SQL, by comma; a vendor's field may be a word of SQL."""
    return ", ".join(f'"{name}"' for name in names)
