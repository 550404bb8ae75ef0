"""`kpi quarantine`: the rows that were set aside, with their reasons."""

from __future__ import annotations

import click

from cli.console import console, moment, write_csv, write_json


@click.command(name="quarantine")
@click.option("--source", help="Only this source; money for the amounts of all sources without an exchange rate.")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="Rows of the table; csv and json have all."
)
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def command(source: str | None, limit: int, form: str) -> None:
    """Show the rows of vendors and files that do not parse: they were set aside, and the others were loaded.

    Amounts that no exchange rate covers are among them: they are loaded, and in no mart until they have one.

    \b
    Examples:
      kpi quarantine
      kpi quarantine --source money
      kpi quarantine --source file_drop --format csv
    """
    from rich.markup import escape
    from rich.table import Table

    from cli.records import read_ops
    from ingestion.records import MONEY, SET_ASIDE_COLUMNS, set_aside

    rows = read_ops(lambda connection: set_aside(connection, source), source, beside=(MONEY,))
    if form != "table":
        (write_csv if form == "csv" else write_json)(SET_ASIDE_COLUMNS, rows)
        return
    screen = console()
    if not rows:
        screen.print("No row is set aside.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("seen", *SET_ASIDE_COLUMNS[1:]):
        table.add_column(title, overflow="fold")
    for seen_at, *rest in rows[:limit]:
        table.add_row(moment(seen_at), *(escape(str(value)) for value in rest))
    screen.print(table)
    more = f" of {len(rows)}; --limit shows more" if len(rows) > limit else ""
    screen.print(
        f"\n{min(len(rows), limit)} rows{more}. Mended at the vendor or in the file, the next load takes them."
    )
