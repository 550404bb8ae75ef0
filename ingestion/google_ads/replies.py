"""A reply of searchStream to an Arrow table with a table's columns: parsed by DuckDB, no row is walked in Python."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from ingestion.google_ads.report import ACCOUNT, Report, kind_of
from ingestion.http import TooMuchData
from warehouse.errors import ConfigurationError

_EXPRESSIONS = {"click_view.ad_group_ad": "nullif(split_part({}, '~', 2), '')"}
"""The ad's resource name ends with its number."""

Tree = dict[str, Any]


class Replies:
    """Reads replies; they are held in memory only."""

    def __init__(self) -> None:
        self._con = duckdb.connect()

    def table(self, report: Report, customer_id: str, body: bytes) -> pa.Table:
        """The rows of `body` with the columns of `report`.

        Raises TooMuchData when the reply ends before its closing bracket, and ConfigurationError for a value of
        another type than the vendor documents.
        """
        if not body.lstrip().startswith(b"["):
            raise TooMuchData(_told(customer_id, _BROKEN))
        try:
            # A cursor of its own, since several threads read replies.
            found = self._con.cursor().execute(_sql(report), [[body.decode()]]).to_arrow_table()
        except UnicodeDecodeError:
            raise TooMuchData(_told(customer_id, _BROKEN)) from None
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            if not _is_json(body):
                raise TooMuchData(_told(customer_id, _BROKEN)) from None
            # DuckDB's own text quotes the value.
            what = (
                f"{report.name}: a value in the reply is not of the documented type; check "
                "sources.google_ads.api_version, or mend ingestion/google_ads/tables.py"
            )
            raise ConfigurationError(_told(customer_id, what)) from None
        if report.table.account_column is None:
            return found
        return found.append_column(ACCOUNT, pa.repeat(customer_id, found.num_rows))


_BROKEN = "the stream broke off; try again later"


def _told(customer_id: str, what: str) -> str:
    return f"google_ads: account {customer_id}: {what}"


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def _sql(report: Report) -> str:
    """Every value is taken as text and cast where it has another type: what does not fit fails, and is not NULL."""
    tree: Tree = {}
    columns = []
    required = ""
    for column, field in report.fields.items():
        path = [_camel(step) for step in field.split(".")]
        _grow(tree, path)
        value = _EXPRESSIONS.get(field, "{}").format(".".join(["r", *(f'"{step}"' for step in path)]))
        columns.append(f'{_typed(value, field)} as "{column}"')
        if column == report.required:
            required = f"where {value} is not null"
    structure = json.dumps([{"results": [tree]}])
    # Out of a list, since DuckDB takes a bare parameter for a constant and works out all of its rows beforehand, one
    # value at a time: that took 3 to 5 times as long, and 10 bytes of memory for each byte of the reply.
    return (
        f"select {', '.join(columns)} from (select unnest(chunk.results) as r from ("
        f"select unnest(from_json(body, '{structure}')) as chunk from (select unnest($1::varchar[]) as body)"
        f")) {required}"
    )


def _typed(value: str, field: str) -> str:
    match kind_of(field):
        case "text":
            return value
        case "bool":  # What is false may be left out on the wire.
            return f"coalesce(cast({value} as boolean), false)"
        case kind:
            return f"cast({value} as {kind})"


def _grow(tree: Tree, path: list[str]) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = "VARCHAR"


def _camel(name: str) -> str:
    head, *words = name.split("_")
    return head + "".join(word.capitalize() for word in words)
