"""`kpi sql`: read-only queries on the publication, one at a time or in DuckDB's own shell."""

from __future__ import annotations

import contextlib
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.console import console, write_csv, write_json

if TYPE_CHECKING:
    from rich.console import Console

_FORMATS = ("table", "csv", "json", "parquet")


@click.command(name="sql")
@click.argument("query", required=False)
@click.option("-c", "--command", "also", metavar="QUERY", help="The query, as other shells take it.")
@click.option("--format", "output", type=click.Choice(_FORMATS), help="[default: by the file's name, else table]")
@click.option(
    "-o", "--output", "path", type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file; a .csv, .json or .parquet says the format.",
)  # fmt: skip
@click.option("--timeout", type=click.IntRange(min=1), metavar="SECONDS", help="[default: sql.timeout_seconds, 60]")
@click.option("--memory", metavar="SIZE", help="Such as 500MB or 2GB. [default: sql.memory_limit, 2GB]")
def command(  # noqa: PLR0917  (click passes them by name)
    query: str | None, also: str | None, output: str | None, path: Path | None, timeout: int | None, memory: str | None
) -> int:
    """Query the publication. It is read-only: nothing in it can be changed.

    With a query, run it and end; it sees the publication, and no other file. Without one, open DuckDB's shell on the
    publication, with history, completion and export (docs/bi/sql.md). Both are held to a limit of time and memory.

    Tables need no schema: kpi_values, kpi_scorecard, dim_kpi, channel_daily, campaign_daily, funnel, ...

    \b
    Examples:
      kpi sql
      kpi sql "select kpi, value from kpi_scorecard"
      kpi sql --format csv "select * from channel_daily where date_day >= '2026-11-01'"
      kpi sql -c "from kpi_values where grain = 'month'" -o months.parquet
    """
    from cli.selecting import limits, select, select_table
    from warehouse.settings import load_settings

    settings = load_settings()
    bounds = limits(settings, timeout, memory)
    text = query or also
    if query and also:
        raise click.UsageError("the query stands there twice, as argument and after -c; write it once")
    if text is None:
        return _open_shell(settings.publication, bounds, path or output)
    form = output or _by_name(path)
    if form == "parquet":
        import pyarrow.parquet as pq

        if path is None:
            raise click.UsageError("--format parquet needs a file: -o result.parquet")
        pq.write_table(select_table(settings.publication, text, bounds), path)
        return 0
    columns, rows = select(settings.publication, text, bounds)
    with contextlib.ExitStack() as stack:
        if path:
            stack.enter_context(contextlib.redirect_stdout(stack.enter_context(path.open("w", encoding="utf-8"))))
        if form == "csv":
            write_csv(columns, rows)
        elif form == "json":
            write_json(columns, rows)
        else:
            _show(console(), columns, rows)
    return 0


def _open_shell(publication: Path, bounds: Any, wanted: object) -> int:
    if wanted or not sys.stdin.isatty():
        raise click.UsageError("Missing argument 'QUERY': without one a shell opens, which needs a terminal")
    from cli.shell import open_shell

    return open_shell(publication, bounds)


def _by_name(path: Path | None) -> str:
    suffix = path.suffix.removeprefix(".") if path else ""
    return suffix if suffix in _FORMATS else "table"


def _show(screen: Console, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """The rows as a table; one below the other, a line a column, where they are wider than the screen."""
    from rich.markup import escape
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False)
    for position, name in enumerate(columns):
        is_number = any(isinstance(row[position], int | float | Decimal) for row in rows[:20])
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    for row in texts:
        table.add_row(*(escape(text) for text in row))
    wide = screen.options.update(width=100_000)
    if Measurement.get(screen, wide, table).maximum <= screen.width or not rows:
        screen.print(table)
    else:
        width = max(len(name) for name in columns)
        for number, row in enumerate(texts, 1):
            screen.print(f"row {number:,}", style="bold")
            for name, text in zip(columns, row, strict=True):
                screen.print(f"  {name:<{width}}  {text}", markup=False, soft_wrap=True)
    screen.print("1 row" if len(rows) == 1 else f"{len(rows):,} rows", style="dim")
