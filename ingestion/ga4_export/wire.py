"""tabledata.list replies to Arrow: rows are positional, every scalar is text, and a page holds megabytes.

DuckDB takes the JSON apart; the same done with Python objects costs several times the CPU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from ingestion.contracts import SQL_TYPES
from ingestion.ga4_export import EVENT_COLUMNS
from ingestion.ga4_export.flatten import (
    JSON_COLUMNS,
    PATHS,
    Field,
    finished,
    items_text,
    params_expression,
)
from warehouse.errors import ConfigurationError

# As a bare constant the planner would take the page apart several times over.
_PAGE = "from (select unnest([?]) as page)"


class WireDecoder:
    """Reads the pages of one table by its schema: the columns of `selected_fields` in the schema's order."""

    def __init__(self, schema: Sequence[Field]) -> None:
        self._fields = _prune(schema, {tuple(path.split(".")) for path in PATHS.values()})
        self.selected_fields = ",".join(_leaves(self._fields))
        self._sql = self._query()
        self._con = duckdb.connect(config={"threads": 1})  # a page is no work for several

    def table(self, content: bytes, property_id: str, first_row: int = 0) -> tuple[pa.Table, int, str | None]:
        """The page's events, how many rows the whole table has, and the next page's token.

        `row_index` counts on from `first_row`; what the table has no field for is NULL. Raises ConfigurationError
        for a page that is not what was asked for.
        """
        try:
            page = content.decode()
            head = self._con.execute(
                f"select json_extract_string(page, ['$.totalRows', '$.pageToken']) {_PAGE}", [page]
            )
            total, token = (head.fetchone() or ((None, None),))[0]
            table = _compact(self._con.execute(self._sql, [page]).to_arrow_table())
        except (duckdb.Error, UnicodeDecodeError):
            # DuckDB's own text quotes the value, which may be personal.
            raise ConfigurationError(
                "ga4_export: BigQuery sent a page that does not fit the table's schema; try again later"
            ) from None
        items = [None if text in (None, "[]") else self._items(text) for text in table["items"].to_pylist()]
        return finished(table, items, property_id, first_row), int(total or 0), token

    def _query(self) -> str:
        places = {column: self._place(path.split(".")) for column, path in PATHS.items()}
        found = [place for place in places.values() if place is not None]
        columns: list[str] = []
        for column, place in places.items():
            read = "null" if place is None else f"c[{found.index(place) + 1}]"
            if column in JSON_COLUMNS and place is not None:
                read = self._params(column, read)
            elif EVENT_COLUMNS[column] == "date":
                read = f"strptime({read}, '%Y%m%d')"
            columns.append(f"cast({read} as {SQL_TYPES[EVENT_COLUMNS[column]]}) as {column}")
        # Materialised, or every column would take the whole row apart again.
        extracted = ", ".join(f"'{place}'" for place in found)
        return (
            f"""with wire as (select unnest(from_json(json_extract(page, '$.rows'), '["JSON"]')) as r {_PAGE}), """
            f"cells as materialized (select case when json_array_length(r, '$.f') = {len(self._fields)} "
            f"then json_extract_string(r, [{extracted}]) else error('width') end as c from wire) "
            f"select {', '.join(columns)} from cells"
        )

    def _place(self, path: list[str]) -> str | None:
        """The JSON path of a field in a row; None where the table does not have it."""
        place, fields = "$", self._fields
        for name in path:
            index = next((n for n, field in enumerate(fields) if field["name"] == name), None)
            if index is None:
                return None
            place, fields = f"{place}.f[{index}].v", fields[index].get("fields", [])
        return place

    def _params(self, column: str, read: str) -> str:
        key, value = "$.v." + _at(self._fields, column, "key"), "$.v." + _at(self._fields, column, "value")
        held = next(field for field in self._fields if field["name"] == column)["fields"]
        inner = [part["name"] for part in next(part for part in held if part["name"] == "value")["fields"]]
        paths = ", ".join([f"'{key}'", *(f"'{value}.f[{n}].v'" for n in range(len(inner)))])
        params = f"""list_transform(from_json({read}, '["JSON"]'), lambda e: json_extract_string(e, [{paths}]))"""
        return params_expression(params, "p[1]", {name: f"p[{n}]" for n, name in enumerate(inner, start=2)})

    def _items(self, text: str) -> str | None:
        fields = next(field for field in self._fields if field["name"] == "items")["fields"]
        return items_text([_record(fields, item["v"]) for item in orjson.loads(text)])


def _compact(table: pa.Table) -> pa.Table:
    """A copy in buffers of its own: DuckDB's are ten times what they hold, and go back only as a whole."""
    return table.take(pa.array(range(table.num_rows), pa.int64()))


def _at(fields: Sequence[Field], column: str, name: str) -> str:
    parts = next(field for field in fields if field["name"] == column)["fields"]
    return f"f[{[part['name'] for part in parts].index(name)}].v"


def _prune(fields: Sequence[Field], wanted: set[tuple[str, ...]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for field in fields:
        below = {path[1:] for path in wanted if path[0] == field["name"]}
        if () in below:
            kept.append(dict(field))
        elif below and (inner := _prune(field.get("fields", []), below)):
            kept.append({**field, "fields": inner, "is_partial": True})
    return kept


def _leaves(fields: Sequence[Field]) -> list[str]:
    found: list[str] = []
    for field in fields:
        inner = _leaves(field["fields"]) if field.get("is_partial") else []
        found += [f"{field['name']}.{leaf}" for leaf in inner] or [field["name"]]
    return found


def _record(fields: Sequence[Field], value: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, part in zip(fields, value["f"], strict=True):
        content = part["v"]
        if content is not None and field.get("mode") == "REPEATED":
            content = [_record(field["fields"], one["v"]) if "fields" in field else one["v"] for one in content]
        elif content is not None and "fields" in field:
            content = _record(field["fields"], content)
        found[field["name"]] = content
    return found
