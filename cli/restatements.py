"""`kpi restatements`: what vendors changed of a month after it was first read, and the month as it was reported."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import click

from cli.console import Day, console, write_csv, write_json
from warehouse.errors import ConfigurationError

MOVED = ("seen_on", "table", "account", "measure", "days", "first_day", "last_day", "change", "month_now")
REPORTED = ("table", "account", "measure", "reported", "now", "change")


class Month(click.ParamType[date]):
    """A month such as 2026-10, as its first day."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return datetime.strptime(value, "%Y-%m").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is no month; write one such as 2026-10", param, ctx)


@click.command(name="restatements")
@click.option("--source", required=True, help="The source, such as meta_ads.")
@click.option("--month", type=Month(), required=True, help="The month whose days are looked at, such as 2026-10.")
@click.option("--reported-on", type=Day(), help="Show the month as it was reported at the end of this day (UTC).")
@click.option("--table", "table_name", help="Only this raw table.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def command(source: str, month: date, reported_on: date | None, table_name: str | None, form: str) -> None:
    """Why did a month move? Every change that a later load brought to it, by the day on which it was seen.

    With --reported-on: the month's totals as they were known then, beside those of now.

    \b
    Examples:
      kpi restatements --source meta_ads --month 2026-10
      kpi restatements --source google_ads --month 2026-10 --reported-on 2026-11-02
    """
    from cli.records import read_ops
    from ingestion.catalog import get
    from ingestion.restatements import moves, reported
    from ingestion.spec import Window
    from warehouse.settings import load_settings

    zone = load_settings().business.time_zone
    window = Window(month, (month + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    spec = get(source).spec
    tables = [table for table in spec.tables if table.measured]
    if table_name:
        names = ", ".join(table.name for table in tables) or "none"
        tables = [table for table in tables if table.name == table_name]
        if not tables:
            raise ConfigurationError(
                f"--table {table_name!r}: {source} keeps no changes of it; it keeps those of {names}"
            )
    if not tables:
        raise ConfigurationError(f"--source {source}: no changes are kept of it: it has no measure by day")
    if reported_on:
        moment = datetime.combine(reported_on, time.max, UTC)
        columns: tuple[str, ...] = REPORTED
        rows = read_ops(lambda con: reported(con, spec, tables, window, moment, zone=zone), source)
    else:
        columns = MOVED
        rows = read_ops(lambda con: moves(con, spec, tables, window, zone=zone), source)
    if form == "table":
        _show(columns, rows, f"{source} {month:%Y-%m}", reported_on)
    else:
        (write_csv if form == "csv" else write_json)(columns, rows)


def _show(columns: tuple[str, ...], rows: list[tuple[Any, ...]], what: str, reported_on: date | None) -> None:
    from rich.table import Table

    screen = console()
    if not rows:
        screen.print(
            f"Nothing of {what} was loaded by the end of {reported_on}."
            if reported_on
            else f"Nothing of {what} has changed since it was first read."
        )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in columns:
        is_number = title in {"days", "change", "month_now", "reported", "now"}
        table.add_column(title.replace("_", " "), justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    screen.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
    return str(value)
