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
from ingestion.ga4_export import EVENT_COLUMNS, RECORDS
from ingestion.ga4_export.flatten import (
    JSON_COLUMNS,
    PATHS,
    Field,
    finished,
    items_text,
    params_expression,
    record_text,
)
from warehouse.errors import ConfigurationError

# As a bare constant the planner would take the page apart several times over.
_PAGE = "from (select unnest([?]) as page)"
_TOP = {path.split(".")[0] for path in PATHS.values()}


class WireDecoder:
    """Reads the pages of one table by its schema: all fields, in the schema's order."""

    def __init__(self, schema: Sequence[Field]) -> None:
        self._fields = list(schema)
        self._records = {field["name"]: field["fields"] for field in schema if field["name"] in RECORDS}
        # What Google has added since: kept as text or JSON under its own name.
        self._new = {field["name"]: field for field in schema if field["name"] not in _TOP}
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
            wire = self._con.execute(self._sql, [page]).to_arrow_table()
        except (duckdb.Error, UnicodeDecodeError):
            # DuckDB's own text quotes the value, which may be personal.
            raise ConfigurationError(
                "ga4_export: BigQuery sent a page that does not fit the table's schema; try again later"
            ) from None
        columns: dict[str, Any] = {}
        for name in wire.column_names:
            if name in RECORDS:
                columns |= self._taken_apart(name, wire[name])
            elif name == "items":
                texts = [None if text in (None, "[]") else self._items(text) for text in wire[name].to_pylist()]
                columns[name] = pa.array(texts, pa.string())
            elif name in self._new:
                columns[name if name not in EVENT_COLUMNS else f"export_{name}"] = self._as_text(name, wire[name])
            else:
                columns[name] = _compact(wire[name])
        return finished(columns, property_id, first_row), int(total or 0), token

    def _taken_apart(self, name: str, column: pa.ChunkedArray) -> dict[str, Any]:
        """A record's column and those that are taken out of it. Events share their records: each is read once."""
        encoded = column.combine_chunks().dictionary_encode()
        fields = self._records.get(name, [])
        records = [text and _record(fields, orjson.loads(text)) for text in encoded.dictionary.to_pylist()]
        values = {name: [record_text(record) for record in records]}
        for flat, path in PATHS.items():
            first, *rest = path.split(".")
            if first == name and rest:
                values[flat] = [_at(record, rest) for record in records]
        return {
            flat: pa.DictionaryArray.from_arrays(encoded.indices, pa.array(held, pa.string()))
            for flat, held in values.items()
        }

    def _query(self) -> str:
        places = {field["name"]: number for number, field in enumerate(self._fields, start=1)}
        columns: list[str] = []
        for name in sorted(_TOP | self._new.keys()):
            read = f"c[{places[name]}].v" if name in places else "null"
            kind = SQL_TYPES[EVENT_COLUMNS[name]] if name in EVENT_COLUMNS and name not in self._new else "varchar"
            if name in JSON_COLUMNS and name in places:
                read = self._params(name, read)
            elif name == "event_date":
                read = f"strptime({read}, '%Y%m%d')"
            columns.append(f'cast({read} as {kind}) as "{name}"')
        # Materialised, or every column would take the whole page apart again.
        shape = '{"rows":[{"f":[{"v":"VARCHAR"}]}]}'
        return (
            f"with wire as (select unnest(from_json(page, '{shape}').rows) as r {_PAGE}), "
            f"cells as materialized (select case when len(r.f) = {len(self._fields)} then r.f else error('width') end "
            f"as c from wire) select {', '.join(columns)} from cells"
        )

    def _params(self, column: str, read: str) -> str:
        parts = next(field for field in self._fields if field["name"] == column)["fields"]
        names = [part["name"] for part in parts]
        key, value = f"$.v.f[{names.index('key')}].v", f"$.v.f[{names.index('value')}].v"
        inner = [part["name"] for part in parts[names.index("value")]["fields"]]
        paths = ", ".join([f"'{key}'", *(f"'{value}.f[{n}].v'" for n in range(len(inner)))])
        params = f"""list_transform(from_json({read}, '["JSON"]'), lambda e: json_extract_string(e, [{paths}]))"""
        return params_expression(params, "p[1]", {name: f"p[{n}]" for n, name in enumerate(inner, start=2)})

    def _items(self, text: str) -> str | None:
        fields = next(field for field in self._fields if field["name"] == "items")["fields"]
        return items_text([_record(fields, item["v"]) for item in orjson.loads(text)])

    def _as_text(self, name: str, column: pa.ChunkedArray) -> pa.Array:
        field = self._new[name]
        texts = column.to_pylist()
        if "fields" in field:
            whole = [{**field, "name": name}]
            texts = [
                text and record_text(_record(whole, {"f": [{"v": orjson.loads(text)}]}).get(name)) for text in texts
            ]
        return pa.array(texts, pa.string())


def _compact(column: pa.ChunkedArray) -> pa.Array:
    """A copy in buffers of its own: DuckDB's are ten times what they hold, and go back only as a whole."""
    return column.combine_chunks().take(pa.array(range(len(column)), pa.int64()))


def _at(record: Any, path: Sequence[str]) -> Any:
    for name in path:
        record = record.get(name) if record else None
    return record


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
