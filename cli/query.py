"""`kpi sql`: read-only queries on the publication."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.console import console, write_csv, write_json
from warehouse.errors import ConfigurationError


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
        from rich.table import Table

        table = Table(header_style="bold", box=None, pad_edge=False)
        for position, name in enumerate(columns):
            is_number = any(isinstance(row[position], int | float) for row in rows[:20])
            table.add_column(name, justify="right" if is_number else "left", overflow="fold")
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row))
        screen = console()
        screen.print(table, markup=False)
        screen.print(f"{len(rows):,} rows", style="dim")


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
                raise ConfigurationError("kpi sql: takes one SELECT; the publication is read-only and never changes")
            result = connection.execute(statements[0])
            return [column[0] for column in result.description or []], result.fetchall()
        except duckdb.Error as error:
            raise ConfigurationError(f"kpi sql: {_plain(str(error))}") from None


def _plain(text: str) -> str:
    """DuckDB's message without the drawing of the query below it."""
    return " ".join(text.split("\n\nLINE", 1)[0].split())
