"""A reply of searchStream to an Arrow table with a table's columns: parsed by DuckDB, no row is walked in Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import duckdb
import fsspec  # type: ignore[import-untyped]
import orjson
import pyarrow as pa

from ingestion.google_ads.tables import ACCOUNT, Report, kind_of
from ingestion.http import TooMuchData
from warehouse.errors import ConfigurationError

# One element of the array is a chunk of up to 10,000 rows; DuckDB sets aside twice this for each thread.
_LARGEST_CHUNK = 32 * 1024 * 1024
_EXPRESSIONS = {"click_view.ad_group_ad": "nullif(split_part({}, '~', 2), '')"}
"""The ad's resource name ends with its number."""

Tree = dict[str, Any]


class Replies:
    """Reads replies, held in memory only."""

    def __init__(self) -> None:
        self._con = duckdb.connect()
        self._files = fsspec.filesystem("memory")
        self._con.register_filesystem(self._files)

    def table(self, report: Report, customer_id: str, body: bytes) -> pa.Table:
        """The rows of `body` with the columns of `report`.

        Raises TooMuchData when the reply ends before its closing bracket, and ConfigurationError for a value of
        another type than the vendor documents.
        """
        text = body.strip()
        if not text.endswith(b"]"):
            raise TooMuchData(_told(customer_id, "the stream broke off; try again later"))
        path = f"/google-ads-{uuid4().hex}.json"
        self._files.pipe_file(path, text)
        try:
            found = self._con.execute(_sql(report), [f"memory://{path}"]).to_arrow_table()
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            # DuckDB's own text quotes the value.
            if _is_json(text):
                raise ConfigurationError(
                    _told(
                        customer_id,
                        f"{report.name}: a value in the reply is not of the documented type; check "
                        "sources.google_ads.api_version, or mend ingestion/google_ads/tables.py",
                    )
                ) from None
            raise TooMuchData(_told(customer_id, "the stream broke off; try again later")) from None
        finally:
            self._files.rm_file(path)
        if report.table.account_column is None:
            return found
        return found.append_column(ACCOUNT, pa.repeat(customer_id, found.num_rows))


def _told(customer_id: str, what: str) -> str:
    return f"google_ads: account {customer_id}: {what}"


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _sql(report: Report) -> str:
    tree: Tree = {}
    columns = []
    required = ""
    for column, field in report.fields.items():
        path = [_camel(step) for step in field.split(".")]
        _grow(tree, path, "double" if kind_of(field) == "double" else _WIRE.get(kind_of(field), "varchar"))
        value = _EXPRESSIONS.get(field, "{}").format(".".join(["r", *(f'"{step}"' for step in path)]))
        columns.append(f'{_typed(value, field)} as "{column}"')
        if column == report.required:
            required = f"where {value} is not null"
    chunk = f"{{'results': '{_struct(tree)}[]'}}"
    return (
        f"select {', '.join(columns)} from (select unnest(results) as r from read_json($1, format='array', "
        f"columns={chunk}, maximum_object_size={_LARGEST_CHUNK})) {required}"
    )


_WIRE: Mapping[str, str] = {"bool": "boolean"}


def _typed(value: str, field: str) -> str:
    match kind_of(field):
        case "date":
            return f"cast({value} as date)"
        case "bigint":
            return f"cast({value} as bigint)"
        case "bool":  # What is false may be left out on the wire.
            return f"coalesce({value}, false)"
    return value


def _grow(tree: Tree, path: list[str], kind: str) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = kind


def _struct(tree: Tree) -> str:
    parts = (f'"{name}" {_struct(kind) if isinstance(kind, dict) else kind}' for name, kind in tree.items())
    return f"struct({', '.join(parts)})"


def _camel(name: str) -> str:
    head, *words = name.split("_")
    return head + "".join(word.capitalize() for word in words)
