"""What is loaded is held to the TableSpec: its columns and types, one row a key, no day that was not asked for."""

from __future__ import annotations

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


def conform(source: SourceSpec, table: TableSpec) -> Callable[..., pa.Table]:
    """A step of a dlt resource: dicts or Arrow in, Arrow with exactly the TableSpec's columns and types out.

    A column that a row lacks is NULL. Dates and timestamps may be ISO text. An e-mail address in any text leaves as its
    keyed hash, whatever the vendor, a page's link or a campaign's name put there. The step raises ConfigurationError
    that names source, table and column for one that the TableSpec lacks, and for a value of another type.
    """
    schema = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in table.columns.items()])

    def step(item: Any, _meta: Any = None) -> pa.Table:
        if isinstance(item, pa.RecordBatch):
            item = pa.Table.from_batches([item])
        if isinstance(item, pa.Table):
            known = set(item.column_names)
            columns = {name: item.column(name) for name in known}
            rows = item.num_rows
        else:
            dicts = [item] if isinstance(item, Mapping) else item
            known = set().union(*dicts) if dicts else set()
            columns = {name: [row.get(name) for row in dicts] for name in schema.names if name in known}
            rows = len(dicts)
        for name in sorted(known - set(schema.names)):
            raise ConfigurationError(
                f"{source.name}.{table.name}.{name}: the column is not in the contract; "
                f"add it to the SPEC in ingestion/{source.name}/__init__.py or drop it where it is read"
            )
        return pa.table(
            [
                _without_emails(_column(source, table, column, columns[column.name]))
                if column.name in known
                else pa.nulls(rows, column.type)
                for column in schema
            ],
            schema=schema,
        )

    return step


def _column(source: SourceSpec, table: TableSpec, column: pa.Field, values: Any) -> Any:
    try:
        if isinstance(values, list):
            is_time = pa.types.is_temporal(column.type)
            if not (is_time and any(isinstance(value, str) for value in values)):
                return pa.array(values, column.type)
            values = pa.array(values, pa.string())
        return values.cast(column.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        # Arrow's own text quotes the value, which may be personal.
        raise ConfigurationError(
            f"{source.name}.{table.name}.{column.name}: a value is no {table.columns[column.name]}; "
            f"the vendor has changed it, or ingestion/{source.name} reads it wrongly"
        ) from None


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
