"""`kpi sql`: read-only queries on the publication."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.console import console, write_csv, write_json
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    import duckdb
    from rich.console import Console


@click.command(name="sql")
@click.argument("query")
@click.option("--format", "output", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def command(query: str, output: str) -> None:
    """Run a query on the publication. It is read-only: nothing can be changed and no file can be read or written.

    Tables need no schema: kpi_values, kpi_scorecard, dim_kpi, channel_daily, campaign_daily, funnel, ...

    \b
    Examples:
      kpi sql "select kpi, value from kpi_scorecard"
      kpi sql --format csv "select * from channel_daily where date_day >= '2026-11-01'"
    """
    from warehouse.settings import load_settings

    columns, rows = select(load_settings().publication, query)
    if output == "csv":
        write_csv(columns, rows)
    elif output == "json":
        write_json(columns, rows)
    else:
        _show(console(), columns, rows)


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


def select(publication: Path, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and rows of one SELECT on the publication.

    Raises ConfigurationError for anything else than one SELECT, and for a query that DuckDB refuses.
    """
    import duckdb

    from warehouse.connection import reader
    from warehouse.layout import PUBLISHED

    with reader(publication) as connection:
        connection.execute(f"set search_path = '{PUBLISHED}'")
        # A query may come from anywhere: it sees the publication, no other file and no address.
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type not in {
                duckdb.StatementType.SELECT,
                duckdb.StatementType.EXPLAIN,
            }:
                raise ConfigurationError("the query: takes one SELECT; the publication is read-only and never changes")
            result = connection.execute(statements[0])
            return [column[0] for column in result.description or []], result.fetchall()
        except duckdb.Error as error:
            raise ConfigurationError(f"the query: {_explain(connection, error)}") from None


def _explain(connection: duckdb.DuckDBPyConnection, error: duckdb.Error) -> str:
    """DuckDB's message without the drawing of the query below it; for an unknown table with the tables there are."""
    text = " ".join(str(error).split("\n\nLINE", 1)[0].split())
    unknown = re.match(r"Catalog Error: Table with name (\S+) does not exist!", text)
    if not unknown:
        return text
    from refresh.names import near
    from warehouse.layout import PUBLISHED

    tables = connection.execute("select table_name from duckdb_tables() where schema_name = ?", [PUBLISHED]).fetchall()
    return f"there is no table {unknown[1]}; {near(unknown[1], (name for (name,) in tables))}"
