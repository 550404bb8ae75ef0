"""`kpi doctor`: one line for each credential and account, with the mend, and how many rows are set aside."""

from __future__ import annotations

from pathlib import Path

import click

from cli.console import console
from warehouse.errors import ConfigurationError


@click.command(name="doctor")
@click.option("--source", "sources", multiple=True, help="Only this source; may be given more than once.")
def command(sources: tuple[str, ...]) -> int:
    """Test each credential and account of the enabled sources with one cheap call, and say how to mend it.

    Rows that earlier loads set aside are counted too; they fail nothing. The addresses of [alerts] are looked at.

    \b
    Examples:
      kpi doctor
      kpi sandbox run -- kpi doctor --source google_ads
    """
    from rich.markup import escape
    from rich.table import Table

    from alerts.services import unusable
    from ingestion.catalog import discover
    from ingestion.pipeline import probe
    from refresh.names import near
    from refresh.source_names import check_source_names
    from warehouse.settings import as_of_now, load_settings

    settings, as_of = load_settings(), as_of_now()
    known = discover()
    for name in sources:
        if name not in known:
            raise ConfigurationError(f"--source {name!r}: no such source; {near(name, known)}")
    check_source_names(settings)
    names = sorted(set(sources)) or settings.enabled_sources()
    if not names:
        raise ConfigurationError(
            "config/local.toml: no source is enabled; set enabled = true under a [sources.*] table"
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("source", "verdict", "subject", "what was seen", "mend"):
        table.add_column(title, overflow="fold")
    failed, screen = 0, console()
    for name in names:
        with screen.status(f"asking {known[name].spec.title}"):
            verdicts = probe(known[name], settings=settings, as_of=as_of)
        for verdict in verdicts:
            failed += not verdict.ok
            word = "[green]ok[/green]" if verdict.ok else "[red]FAILS[/red]"
            seen = (verdict.message, verdict.mend) if verdict.ok or verdict.mend else split(name, verdict.message)
            table.add_row(name, word, *(escape(text) for text in (verdict.subject, *seen)))
    if not sources:
        for name, problem in unusable(settings).items():
            failed += problem is not None
            word = "[green]ok[/green]" if problem is None else "[red]FAILS[/red]"
            told = (escape(problem or "its address can be used"), "`kpi alerts test` sends it a message")
            table.add_row("alerts", word, name, *told)
    counted, unknown = rows_set_aside(settings.warehouse)
    for name in names:
        if number := counted.get(name):
            rows = "1 row is" if number == 1 else f"{number:,} rows are"
            mend = f"`kpi quarantine --source {name}` has each row and its reason; mend them where they come from"
            table.add_row(name, "[yellow]look[/yellow]", "quarantine", f"{rows} set aside", mend)
    screen.print(table)
    if unknown:
        screen.print(f"\nWhether rows are set aside is not known: {escape(unknown)}")
    screen.print(
        f"\n{'1 line needs' if failed == 1 else f'{failed} lines need'} mending." if failed else "\nEverything answers."
    )
    return 2 if failed else 0


def rows_set_aside(warehouse: Path) -> tuple[dict[str, int], str]:
    """Rows by source, none where nothing was loaded yet, and why they are not known where another process writes."""
    import duckdb

    from ingestion.records import set_aside_by_source
    from warehouse.connection import reader

    if not warehouse.exists():
        return {}, ""
    try:
        with reader(warehouse) as connection:
            return set_aside_by_source(connection), ""
    except duckdb.CatalogException:
        return {}, ""
    except ConfigurationError as error:
        return {}, str(error)


def split(source: str, line: str) -> tuple[str, str]:
    """What was seen and the mend, of an error's one line; the source has a column of its own."""
    seen, _, mend = line.removeprefix(f"{source}: ").partition("; ")
    return seen, mend
