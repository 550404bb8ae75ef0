"""`kpi publish`: a publication from the present warehouse, and what one does with the versions that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.console import console
from warehouse.errors import CheckFailed, ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from warehouse.settings import Settings

NEWEST = CONFIGURED = "-"


@click.command(name="publish")
@click.option("--as-of", "as_of", help="Take this date or time (UTC) for now.")
@click.option(
    "--rollback",
    is_flag=False,
    flag_value=NEWEST,
    metavar="[RUN_ID]",
    help="Publish nothing anew: go back to the version before, or to that of this run.",
)
@click.option("--verify", is_flag=True, help="Publish nothing: hold every kept version against its checksums.")
@click.option(
    "--to",
    "to",
    is_flag=False,
    flag_value=CONFIGURED,
    metavar="[URL]",
    help="Publish nothing anew: copy the publication to this Postgres database, or to that of .dlt/secrets.toml.",
)
def command(as_of: str | None, rollback: str | None, verify: bool, to: str | None) -> int:
    """Run the checks again on the warehouse as it is, and publish it; nothing is loaded or built.

    Each version has its database, Parquet, CSV, a workbook and a manifest with checksums in serving/<run_id>/.
    keep_publications says how many stay. After --rollback readers have the older numbers; the warehouse is as it
    was, and the next refresh publishes from it.

    --to makes schema published of a Postgres database hold the publication, in one transaction; role kpi_reader may
    read it. Leave the password to PGPASSWORD or ~/.pgpass: other users of a machine see the arguments of a command.
    With mirror.postgres in .dlt/secrets.toml each publication is copied there by itself (docs/postgres.md).

    \b
    Examples:
      kpi publish
      kpi publish --rollback
      kpi publish --rollback 20261123T093555Z-1a298b
      kpi publish --verify
      kpi publish --to postgresql://kpi@db.example.com/bi
    """
    from warehouse.settings import load_settings

    if sum((rollback is not None, verify, as_of is not None, to is not None)) > 1:
        raise ConfigurationError("--as-of, --rollback, --verify and --to: ask for one of them")
    screen, settings = console(), load_settings()
    if verify:
        _verify(screen, settings)
    elif rollback is not None:
        _go_back(screen, settings, None if rollback == NEWEST else rollback)
    elif to is not None:
        _copy(screen, settings, to)
    else:
        return _publish(screen, settings, as_of)
    return 0


def _publish(screen: Console, settings: Settings, as_of: str | None) -> int:
    from cli.progress import Lines
    from cli.refresh import exit_code, show_report
    from refresh.plan import RefreshPlan, new_run_id
    from refresh.run import run
    from warehouse.settings import as_of_now

    if not settings.warehouse.exists():
        raise ConfigurationError(f"{settings.warehouse}: there is no warehouse yet; run `kpi refresh` first")
    plan = RefreshPlan(new_run_id(), as_of_now(as_of), None, {}, settings)
    screen.print(f"Publish {plan.run_id} as of {plan.as_of:%Y-%m-%d %H:%M} UTC")
    report = run(plan, Lines(screen), stages=("checks", "publish"))
    show_report(screen, report)
    return exit_code(report)


def _go_back(screen: Console, settings: Settings, run_id: str | None) -> None:
    from dashboards.build import go_back
    from refresh.mirror import copy_publication
    from warehouse.connection import reader
    from warehouse.versions import current_version, rollback

    left = current_version(settings.publication)
    version = rollback(settings, run_id)
    with reader(version) as connection:
        row = connection.execute("select run_id, published_at, data_through from published.publication").fetchone()
    assert row
    pages = go_back(settings, str(row[0]))
    screen.print(f"{version.name} is current again: published {row[1]:%Y-%m-%d %H:%M} UTC, data through {row[2]}")
    screen.print(f"{left} is kept; the next refresh publishes a newer one")
    screen.print(f"Page: {pages[0]}", soft_wrap=True)
    copied = copy_publication(settings)
    if copied.detail:
        screen.print(f"Copied to {copied.detail}", soft_wrap=True)
    for warning in copied.warnings:
        screen.print(f"warning: {warning}", soft_wrap=True)


def _copy(screen: Console, settings: Settings, url: str) -> None:
    from refresh.mirror import configured
    from warehouse.postgres import mirror

    address = configured() if url == CONFIGURED else url
    if address is None:
        raise ConfigurationError(
            "--to: names no database, and .dlt/secrets.toml has no mirror.postgres; write "
            "--to postgresql://user@host:5432/database"
        )
    mirrored = mirror(settings.publication, address)
    rows = sum(mirrored.rows.values())
    screen.print(f"{mirrored.place} has {mirrored.run_id}: {len(mirrored.rows)} tables, {rows:,} rows", soft_wrap=True)
    if mirrored.note:
        screen.print(f"warning: {mirrored.note}", soft_wrap=True)


def _verify(screen: Console, settings: Settings) -> None:
    from warehouse.manifest import MANIFEST
    from warehouse.versions import current_version, exports_of, verify, versions

    kept, current = versions(settings), current_version(settings.publication)
    if not kept:
        raise ConfigurationError(f"{settings.serving}: there is no publication yet; run `kpi refresh` first")
    failed = []
    for version in kept:
        mark = " (current)" if version.name == current else ""
        try:
            verify(version)
        except (CheckFailed, ConfigurationError) as error:
            failed.append(version)
            screen.print(f"[red]FAILED[/red]  {version.name}{mark}: {error}", soft_wrap=True)
        else:
            told = "" if (exports_of(version) / MANIFEST).exists() else ": can be read; it has no manifest"
            screen.print(f"[green]ok[/green]      {version.name}{mark}{told}", soft_wrap=True)
    if failed:
        raise CheckFailed(f"{len(failed)} of {len(kept)} versions are not what was published; see the lines above")
