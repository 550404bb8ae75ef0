"""tabledata.list replies to Arrow: rows are positional, every scalar is text, and a page holds megabytes.

DuckDB takes the JSON apart; the same done with Python objects costs several times the CPU.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import orjson
import pyarrow as pa

from ingestion.contracts import SQL_TYPES
from ingestion.ga4_export import EVENT_COLUMNS, RECORDS
from ingestion.ga4_export.flatten import (
    JSON_COLUMNS,
    PATHS,
    TOP,
    VALUE_KINDS,
    Field,
    finished,
    items_text,
    name_of_new,
    params_expression,
    record_text,
)
from warehouse.errors import ConfigurationError

# As a bare constant the planner would take the page apart several times over.
_PAGES = "from (select unnest($1::varchar[]) as page, generate_subscripts($1::varchar[], 1) as number)"
_TAKEN = {
    name: {flat: path.split(".")[1:] for flat, path in PATHS.items() if path.startswith(f"{name}.")} for name in RECORDS
}
"""Of each record, the columns that are taken out of it, and where they stand in it."""
# Records that are remembered of each name, from page to page: a kilobyte each.
_REMEMBERED = 4_000
_HEAD = {name: re.compile(rb'"%b"\s*:\s*"([^"\\]*)"' % name) for name in (b"totalRows", b"pageToken")}


def head(content: bytes) -> tuple[int, str | None]:
    """How many rows the whole table has, and the next page's token.

    A quote within a text is escaped, so nothing but the key itself looks like it: megabytes of rows need no parsing.
    """
    total, token = (_after(content, name) for name in _HEAD)
    return int(total or 0), token


def _after(content: bytes, name: bytes) -> str | None:
    begin = -1
    while (begin := content.find(b'"%b"' % name, begin + 1)) >= 0:
        if found := _HEAD[name].match(content, begin):
            return found[1].decode()
    return None


class WireDecoder:
    """Reads the pages of one table by its schema: all fields, in the schema's order."""

    def __init__(self, schema: Sequence[Field]) -> None:
        self._fields = list(schema)
        self._records = {field["name"]: field["fields"] for field in schema if field["name"] in RECORDS}
        # What Google has added since: kept as text or JSON under its own name.
        self._new = {field["name"]: field for field in schema if field["name"] not in TOP}
        self._known: dict[str, dict[str | None, tuple[str | None, ...]]] = {name: {} for name in RECORDS}
        self._sql = self._query()
        self._con = duckdb.connect(config={"threads": 1})  # a page is no work for several

    def table(self, content: bytes, property_id: str, first_row: int = 0) -> tuple[pa.Table, int, str | None]:
        """One page's events, how many rows the whole table has, and the next page's token; see `tables`.

        `row_index` counts on from `first_row`.
        """
        columns, numbers = self._columns([content])
        return finished(columns, property_id, range(first_row, first_row + len(numbers))), *head(content)

    def tables(self, contents: Sequence[bytes], property_id: str) -> tuple[pa.Table, list[int]]:
        """The events of several tables that have a page each, and how many each has; takes calls of several threads.

        `row_index` counts from 0 in each; what a table has no field for is NULL. Raises ConfigurationError for a page
        that is not what was asked for.
        """
        columns, numbers = self._columns(contents)
        sizes: list[int] = np.bincount(numbers, minlength=len(contents) + 1)[1:].tolist()
        return finished(columns, property_id, [row for size in sizes for row in range(size)]), sizes

    def _columns(self, contents: Sequence[bytes]) -> tuple[dict[str, Any], Any]:
        """The columns of all pages, and of each row the number of its page."""
        try:
            pages = [content.decode() for content in contents]
            wire = self._con.cursor().execute(self._sql, [pages]).to_arrow_table()
        except (duckdb.Error, UnicodeDecodeError):
            # DuckDB's own text quotes the value, which may be personal.
            raise ConfigurationError(
                "ga4_export: BigQuery sent a page that does not fit the table's schema; try again later"
            ) from None
        numbers = wire["number"].to_numpy()
        columns: dict[str, Any] = {}
        for name in wire.column_names[1:]:
            if name in RECORDS:
                columns |= self._taken_apart(name, wire[name])
            elif name == "items":
                texts = [None if text in (None, "[]") else self._items(text) for text in wire[name].to_pylist()]
                columns[name] = pa.array(texts, pa.string())
            elif name in self._new:
                columns[name_of_new(name)] = self._as_text(name, wire[name])
            else:
                columns[name] = _compact(wire[name])
        return columns, numbers

    def _taken_apart(self, name: str, column: pa.ChunkedArray) -> dict[str, Any]:
        """A record's column and those that are taken out of it. Events share their records: each is read once."""
        encoded = column.combine_chunks().dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        if len(self._known[name]) > _REMEMBERED:
            self._known[name] = {}  # another thread may read the old one
        known = self._known[name]
        for text in texts:
            if text not in known:
                record = text and _record(self._records[name], orjson.loads(text))
                known[text] = (record_text(record), *(_at(record, path) for path in _TAKEN[name].values()))
        held = [known[text] for text in texts]
        return {
            flat: pa.DictionaryArray.from_arrays(encoded.indices, pa.array([one[n] for one in held], pa.string()))
            for n, flat in enumerate((name, *_TAKEN[name]))
        }

    def _query(self) -> str:
        places = {field["name"]: number for number, field in enumerate(self._fields, start=1)}
        columns: list[str] = []
        parts: list[str] = []
        for name in sorted(TOP | self._new.keys()):
            read = f"c[{places[name]}].v" if name in places else "null"
            kind = SQL_TYPES[EVENT_COLUMNS[name]] if name in EVENT_COLUMNS and name not in self._new else "varchar"
            if name in JSON_COLUMNS and name in places:
                read, needed = self._params(name, read)
                parts += needed
            elif name == "event_date":
                read = f"strptime({read}, '%Y%m%d')"
            columns.append(f'cast({read} as {kind}) as "{name}"')
        shape = '{"rows":[{"f":[{"v":"VARCHAR"}]}]}'
        cells = f"case when len(r.f) = {len(self._fields)} then r.f else error('width') end as c"
        return (
            f"with wire as (select number, unnest(from_json(page, '{shape}').rows) as r {_PAGES}), "
            f"cells as (select number, {cells} from wire), "
            f"parts as (select {', '.join(['number', 'c', *parts])} from cells) "
            f"select number, {', '.join(columns)} from parts"
        )

    def _params(self, column: str, read: str) -> tuple[str, list[str]]:
        """What `params_expression` makes, and the columns that it needs.

        Where all kinds of value are known, it is put together from the wire's own JSON.
        """
        parts = next(field for field in self._fields if field["name"] == column)["fields"]
        names = [part["name"] for part in parts]
        key, value = names.index("key"), names.index("value")
        inner = [part["name"] for part in parts[value]["fields"]]
        if not set(inner) <= dict(VALUE_KINDS).keys():
            return _params_by_path(read, key, value, inner), []
        held = f"e.v.f[{value + 1}].v.f"
        cases = " ".join(
            f"when {held}[{inner.index(kind) + 1}].v is not null then "
            + _pair(name, f"{held}[{inner.index(kind) + 1}].v", is_number=name == "double_value")
            for kind, name in VALUE_KINDS
            if kind in inner
        )
        keys, params = f"{column}_keys", f"{column}_values"
        made = f"list_transform({params}, lambda e, n: {keys}[n] || ':' || case {cases} else '{{}}' end)"
        shape = '[{"v":{"f":[{"v":{"f":[{"v":"JSON"}]}}]}}]'
        return f"case when len({params}) > 0 then '{{' || array_to_string({made}, ',') || '}}' end", [
            f"json_extract({read}, '$[*].v.f[{key}].v') as {keys}",
            f"from_json({read}, '{shape}') as {params}",
        ]

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


def _params_by_path(read: str, key: int, value: int, inner: Sequence[str]) -> str:
    paths = ", ".join([f"'$.v.f[{key}].v'", *(f"'$.v.f[{value}].v.f[{n}].v'" for n in range(len(inner)))])
    params = f"""list_transform(from_json({read}, '["JSON"]'), lambda e: json_extract_string(e, [{paths}]))"""
    return params_expression(params, "p[1]", {name: f"p[{n}]" for n, name in enumerate(inner, start=2)})


def _pair(name: str, value: str, *, is_number: bool) -> str:
    """SQL for a JSON object of one field, from JSON: the text as it came, or the number in it."""
    text = f"cast(cast({value} ->> '$' as double) as json)" if is_number else value
    return f"""'{{"{name}":' || {text} || '}}'"""


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
