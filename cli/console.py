"""The terminal: one console, words beside colours, and results in the formats that programs read."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import click
from rich.console import Console

_PIPE_WIDTH = 120


def console() -> Console:
    """A console on the standard output; 120 wide where that is no terminal."""
    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


class Day(click.ParamType[date]):
    """An ISO date such as 2026-11-01."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date; write one such as 2026-11-01", param, ctx)


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as CSV to the standard output; NULL is empty, times are ISO in UTC."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_plain(value) for value in row] for row in rows)


def write_json(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as a JSON list of objects to the standard output; decimals are numbers, times ISO in UTC."""
    import orjson

    records = [dict(zip(columns, (_number(value) for value in row), strict=True)) for row in rows]
    click.echo(orjson.dumps(records, option=orjson.OPT_INDENT_2, default=str).decode())


def moment(value: datetime) -> str:
    """A time as people read it, in UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime | date) else value
