"""Replies of searchStream to Arrow tables with a table's columns: parsed by DuckDB, no row is walked in Python."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import orjson
import pyarrow as pa

from ingestion.google_ads.report import ACCOUNT, Report, kind_of
from warehouse.errors import ConfigurationError

_EXPRESSIONS = {"click_view.ad_group_ad": "nullif(split_part({}, '~', 2), '')"}
"""The ad's resource name ends with its number."""
_NUMBER = "reply_number"
# How a stream ends: what follows the rows of its last part, and the bracket.
_LAST_PART = re.compile(rb'"(?:fieldMask|requestId|queryResourceConsumption)":\s*"[^"\\]*"\s*\}\s*\]\s*\Z')
_LONGEST_END = 8_000

Tree = dict[str, Any]


class Replies:
    """Reads replies; they are held in memory only."""

    def __init__(self) -> None:
        self._con = duckdb.connect()

    def is_whole(self, body: bytes) -> bool:
        """Whether the reply is an array up to its closing bracket."""
        # A row holds none of these names, so that nothing but the end of the last part reads like this; to parse the
        # whole reply in order to know it took a tenth of a load.
        if _LAST_PART.search(body, max(0, len(body) - _LONGEST_END)):
            return True
        try:
            return isinstance(orjson.loads(body), list)
        except orjson.JSONDecodeError:
            return False

    def table(self, report: Report, replies: Sequence[tuple[str, bytes]]) -> tuple[pa.Table, list[int]]:
        """The rows of all replies with the columns of `report`, and how many each reply has.

        A reply is an account and a body that is whole. Give small ones together: a statement costs 3 ms of CPU, and a
        row 3 microseconds. Raises ConfigurationError for a value of another type than the vendor documents.
        """
        accounts, bodies = [account for account, _ in replies], [body.decode() for _, body in replies]
        try:
            found = self._con.execute(_sql(report), [bodies, accounts, len(replies)]).to_arrow_table()
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            for reply in replies if len(replies) > 1 else ():
                self.table(report, [reply])  # Which of them it is.
            # DuckDB's own text quotes the value.
            raise ConfigurationError(
                f"google_ads: account {accounts[0]}: {report.name}: a value in the reply is not of the documented "
                "type; check sources.google_ads.api_version, or mend ingestion/google_ads/tables.py"
            ) from None
        sizes = np.bincount(found[_NUMBER], minlength=len(replies)).tolist()
        return found.drop_columns(_NUMBER), sizes


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
    if report.table.account_column is not None:
        columns.append(ACCOUNT)
    structure = json.dumps([{"results": [tree]}])
    # Out of a list, since DuckDB takes a bare parameter for a constant and works out all of its rows beforehand, one
    # value at a time: that took 3 to 5 times as long, and 10 bytes of memory for each byte of the reply.
    return (
        f"select {', '.join(columns)}, {_NUMBER} from (select *, unnest(chunk.results) as r from ("
        f"select {ACCOUNT}, {_NUMBER}, unnest(from_json(body, '{structure}')) as chunk from ("
        f"select unnest($1::varchar[]) as body, unnest($2::varchar[]) as {ACCOUNT}, unnest(range($3)) as {_NUMBER}"
        f"))) {required}"
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
