"""`kpi status`: what is published, how fresh the sources are, and how the last run ended."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from cli.console import console, moment
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from warehouse.settings import Settings


@click.command(name="status")
def command() -> None:
    """Show the publication, each source's newest day against its limit, how its last load ended and what was set
    aside, the last run and the checks that failed.

    \b
    Example:
      kpi status
    """
    from warehouse.settings import load_settings

    settings = load_settings()
    screen = console()
    _publication(screen, settings)
    _loads(screen, settings)
    _last_run(screen, settings)
    _failed_checks(screen, settings)


def _publication(screen: Console, settings: Settings) -> None:
    from rich.table import Table

    from cli.stale import show_stale
    from warehouse.connection import publication_reader
    from warehouse.stale import stale_kpis
    from warehouse.versions import newer_version

    if not settings.publication.exists():
        screen.print("Publication  none yet; run `kpi refresh`")
        return
    with publication_reader(settings.publication) as connection:
        row = connection.execute(
            "select run_id, published_at, data_through, checks_passed, checks_total from published.publication"
        ).fetchone()
        sources = connection.execute(
            "select source, newest_data_day, data_age_hours, max_data_age_hours, is_fresh, rows "
            "from published.source_status where is_enabled order by source"
        ).fetchall()
        stale = stale_kpis(connection)
    if row:
        screen.print(
            f"Publication  {row[0]}, published {moment(row[1])}, data through {row[2]}, {row[3]}/{row[4]} checks passed"
        )
        screen.print(f"             {settings.publication.resolve()}", soft_wrap=True)
        if newer := newer_version(settings):
            screen.print(
                f"             [yellow]a rollback holds[/yellow]: {newer} is newer and kept; the next refresh "
                f"publishes again, `kpi publish --rollback {newer}` goes back to that one",
                soft_wrap=True,
            )
        screen.print()
    if stale:
        show_stale(screen, stale)
        screen.print()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("source", "newest day", "age h", "limit h", "state", "rows"):
        table.add_column(title, justify="right" if title in {"age h", "limit h", "rows"} else "left")
    for source, newest, age, limit, is_fresh, rows in sources:
        state = "[green]fresh[/green]" if is_fresh else "[red]LATE[/red]"
        hours = "" if age is None else f"{age:.0f}"
        table.add_row(source, str(newest or "never"), hours, str(limit), state, f"{rows or 0:,}")
    screen.print(table)


def _loads(screen: Console, settings: Settings) -> None:
    import duckdb
    from rich.table import Table

    from ingestion.records import last_loads
    from warehouse.connection import reader

    if not settings.warehouse.exists():
        return
    try:
        with reader(settings.warehouse) as connection:
            loads = last_loads(connection)
    except ConfigurationError as error:
        screen.print(f"\nLoads        cannot be read now: {error}", markup=False)
        return
    except duckdb.Error:  # made by an older version: the next refresh brings it up to date
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("source", "last load", "result", "rows", "requests", "waited s", "seconds", "set aside"):
        table.add_column(title, justify="left" if title in {"source", "last load", "result"} else "right")
    for load in loads:
        result = "[green]ok[/green]" if load.outcome == "ok" else f"[red]{load.outcome.upper()}[/red]"
        numbers = (load.rows, load.requests, load.wait_seconds, load.seconds, load.set_aside)
        table.add_row(load.source, moment(load.started_at), result, *(f"{number:,.0f}" for number in numbers))
    screen.print()
    screen.print(table)
    for load in loads:
        if load.line:
            screen.print(f"  {load.line}", style="red", markup=False)
    if any(load.set_aside for load in loads):
        screen.print("  Rows that do not parse are set aside; `kpi quarantine` shows them.")


def _last_run(screen: Console, settings: Settings) -> None:
    logs = sorted(settings.logs.glob("*Z-*.json"))
    if not logs:
        screen.print("\nLast run     none yet")
        return
    record: dict[str, Any] = json.loads(logs[-1].read_text(encoding="utf-8"))
    started, ended = (datetime.fromisoformat(record[key]) for key in ("started_at", "ended_at"))
    seconds = (ended - started).total_seconds()
    screen.print(f"\nLast run     {record['run_id']}, {record['status']}, {moment(ended)}, {seconds:.0f} s")
    if record["error"]:
        screen.print(f"             {record['error']}", style="red", markup=False)


def _failed_checks(screen: Console, settings: Settings) -> None:
    import duckdb

    from warehouse.connection import reader

    if not settings.warehouse.exists():
        screen.print("\nChecks       none were run yet")
        return
    try:
        with reader(settings.warehouse) as connection:
            rows = connection.execute(
                "select check_name, table_name, value, limit_text, mend, severity from ops.check_results "
                "where run_id = (select max(run_id) from ops.check_results) and not passed order by all"
            ).fetchall()
    except ConfigurationError as error:
        screen.print(f"\nChecks       cannot be read now: {error}", markup=False)
        return
    except duckdb.CatalogException:
        screen.print("\nChecks       none were run yet")
        return
    screen.print(
        f"\nChecks       {len(rows)} failed in the last run of the gate" if rows else "\nChecks       all passed"
    )
    for name, table, value, limit, mend, severity in rows:
        screen.print(f"  {severity}: {table}: {name}: value {value}, limit {limit}; {mend}", markup=False)
