"""GA4 events that somebody exported from BigQuery as files, one file or several a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contracts import quoted
from ingestion.ga4_export import EVENT_COLUMNS, RECORDS
from ingestion.ga4_export.flatten import (
    JSON_COLUMNS,
    NEEDED,
    PATHS,
    SET_AT,
    TOP,
    VALUE_KINDS,
    columns_of_json,
    event_table,
    items_text,
    name_of_new,
    new_text,
    params_expression,
    record_text,
)
from ingestion.privacy import hide_emails
from warehouse.errors import ConfigurationError

_BATCH = 20_000
_MISSHAPED = (TypeError, ValueError, KeyError, AttributeError)

Problem = tuple[str, str | None, str]
"""Field, value and what is wrong with it."""


@dataclass
class EventFiles:
    """The events of all files so far, in order, and the lines that were set aside."""

    property_id: str
    tables: list[pa.Table] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0

    def add(self, path: Path, name: str) -> None:
        """Read one file. Raises ConfigurationError naming it where it is unreadable or lacks a needed column."""
        read = self._jsonl if path.suffix.lower() == ".jsonl" else self._parquet
        for columns in read(path, name):
            self._keep(columns, name)

    def _keep(self, columns: dict[str, list[Any]], name: str) -> None:
        try:
            table = event_table(columns, self.property_id, first_row=self.rows)
        except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError):
            # Arrow's own text quotes the value, which may be personal.
            raise ConfigurationError(
                f"{name}: a number or date is none; export the file again in GA4's BigQuery schema"
            ) from None
        self.rows += table.num_rows
        self.tables.append(table.add_column(0, "file_name", pa.repeat(pa.scalar(name), table.num_rows)))

    def _jsonl(self, path: Path, name: str) -> Iterator[dict[str, list[Any]]]:
        with path.open("rb") as lines:
            numbered = enumerate(lines, start=1)
            while batch := list(islice(numbered, _BATCH)):
                found = ((number, self._event(name, number, line)) for number, line in batch)
                yield self._columns(name, [(number, event) for number, event in found if event is not None])

    def _columns(self, name: str, events: list[tuple[int, dict[str, Any]]]) -> dict[str, list[Any]]:
        """The events by column; an event whose fields have another shape than GA4's is set aside."""
        try:
            return columns_of_json([event for _, event in events])
        except _MISSHAPED:
            good = []
            for number, event in events:
                try:
                    columns_of_json([event])
                except _MISSHAPED:
                    self._set_aside(name, number, ("(line)", None, "is not in GA4's BigQuery schema; export it again"))
                else:
                    good.append(event)
            return columns_of_json(good)

    def _event(self, name: str, number: int, line: bytes) -> dict[str, Any] | None:
        if not line.strip():
            return None
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict):
            self._set_aside(name, number, ("(line)", None, "is no JSON object; write one event a line"))
            return None
        if problem := _problem(*(event.get(needed) for needed in NEEDED)):
            self._set_aside(name, number, problem)
            return None
        return event

    def _set_aside(self, name: str, number: int, problem: Problem) -> None:
        # An event may hold anything about a person, so its text is not kept; the line number finds it.
        what, value, reason = problem
        self.quarantine.append(
            {"file_name": name, "line_number": number, "field": what, "value": value, "reason": reason, "row": None}
        )

    def _parquet(self, path: Path, name: str) -> Iterator[dict[str, list[Any]]]:
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowInvalid, OSError):
            raise ConfigurationError(f"{name}: is no Parquet file; export it again") from None
        for needed in NEEDED:
            if needed not in schema.names:
                raise ConfigurationError(f"{name}: column '{needed}' is missing; export it in GA4's BigQuery schema")
        selected = ", ".join(f"{_expression(schema, source, name)} as {column}" for column, source in PATHS.items())
        new = [column for column in schema.names if column not in TOP]
        selected += "".join(f", {quoted(column)} as {quoted(name_of_new(column))}" for column in new)
        with duckdb.connect() as con:
            try:
                reader = con.execute(
                    f"select file_row_number + 1 as line_number, {selected} "
                    "from read_parquet(?, file_row_number = true)",
                    [str(path)],
                ).to_arrow_reader(_BATCH)
                for batch in reader:
                    yield self._checked(pa.Table.from_batches([batch]), name)
            except (duckdb.Error, OSError):
                # Their own text may quote a value.
                raise ConfigurationError(f"{name}: is damaged or cut off; export it again") from None

    def _checked(self, table: pa.Table, name: str) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = table.to_pydict()
        numbers = columns.pop("line_number")
        problems = map(_problem, *(columns[needed] for needed in NEEDED))
        bad = {index: problem for index, problem in enumerate(problems) if problem}
        for index, problem in bad.items():
            self._set_aside(name, numbers[index], problem)
        if bad:
            columns = {
                column: [value for index, value in enumerate(values) if index not in bad]
                for column, values in columns.items()
            }
        columns["items"] = [items_text(items) for items in columns["items"]]
        for column in RECORDS:
            columns[column] = [record_text(record) for record in columns[column]]
        for column in columns.keys() - EVENT_COLUMNS.keys():
            columns[column] = [new_text(value) for value in columns[column]]
        return columns


def _problem(event_date: Any, event_timestamp: Any, event_name: Any) -> Problem | None:
    """What is wrong with the fields that every event has."""
    for name, value in zip(NEEDED, (event_date, event_timestamp, event_name), strict=True):
        if value in (None, ""):
            return name, None, "is missing; export the file again with this field"
    if not _is_day(str(event_date)):
        return "event_date", hide_emails(str(event_date)), "is no day as GA4 writes it; write one such as 20261123"
    if not str(event_timestamp).isdigit():
        return "event_timestamp", hide_emails(str(event_timestamp)), "is no whole number of microseconds since 1970"
    return None


@lru_cache(maxsize=4096)
def _is_day(value: str) -> bool:
    try:
        return len(value) == 8 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _expression(schema: pa.Schema, path: str, name: str) -> str:
    """SQL that reads `path` in file `name`, or NULL where the file's schema does not have it."""
    kind: pa.DataType = pa.struct(list(schema))
    for part in path.split("."):
        if not pa.types.is_struct(kind) or kind.get_field_index(part) < 0:
            return "null"
        kind = kind.field(part).type
    read = ".".join(f'"{part}"' for part in path.split("."))
    if path in JSON_COLUMNS:
        value = _value_type(kind)
        if value is None:
            raise ConfigurationError(
                f"{name}: column '{path}' is no list of key and value; export it in GA4's BigQuery schema"
            )
        held = (*(kind for kind, _ in VALUE_KINDS), SET_AT)
        values = {one: f"p.value.{one}" for one in held if value.get_field_index(one) >= 0}
        return params_expression(read, "p.key", values)
    if path == "event_date" and pa.types.is_date(kind):
        return f"strftime({read}, '%Y%m%d')"
    return read


def _value_type(kind: pa.DataType) -> pa.DataType | None:
    """The record of an event parameter's values; None for a column that holds no parameters."""
    element = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else None
    if element is None or not pa.types.is_struct(element) or element.get_field_index("key") < 0:
        return None
    value = element.field("value").type if element.get_field_index("value") >= 0 else None
    return value if value is not None and pa.types.is_struct(value) else None
