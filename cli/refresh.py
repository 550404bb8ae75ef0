"""`kpi refresh`: the whole path from the vendors to the publication."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from cli.console import Day, console
from cli.progress import Lines
from warehouse.errors import CheckFailed, KpiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from alerts.message import Told
    from refresh.plan import Cadence, RefreshPlan
    from refresh.run import RefreshReport
    from warehouse.settings import Settings


@click.command(name="refresh")
@click.option(
    "--cadence", type=click.Choice(["daily", "weekly", "monthly"]), help="Re-read what this cadence re-reads."
)
@click.option("--source", "sources", multiple=True, help="Only this source; may be given more than once.")
@click.option("--from", "start", type=Day(), help="First day to read again (default: what may have changed).")
@click.option("--to", "end", type=Day(), help="Last day to read (default: the newest complete day).")
@click.option("--as-of", "as_of", help="Take this date or time (UTC) for now.")
@click.option("--full-rebuild", is_flag=True, help="Build every model from the whole history, not only what changed.")
def command(
    *,
    cadence: Cadence | None,
    sources: tuple[str, ...],
    start: date | None,
    end: date | None,
    as_of: str | None,
    full_rebuild: bool,
) -> int:
    """Load the sources, build the models, compute and check the KPIs, and publish them.

    KPIs that rest on a source that cannot be loaded, or on numbers that a check refuses, keep their last good values
    and are marked stale, with the reason; the others are published. Exit code 0: all is new; 1: something is held, or
    everything is and the last publication stays as it is; 2: settings, credentials or environment, nothing was done.

    \b
    Examples:
      kpi refresh
      kpi refresh --cadence weekly
      kpi refresh --source google_ads --from 2026-10-01 --to 2026-10-31
    """
    from refresh.plan import make_plan
    from warehouse.settings import as_of_now, load_settings

    now = as_of_now(as_of)
    settings = load_settings()
    plan = partial(
        make_plan,
        settings,
        cadence=cadence,
        sources=sources,
        start=start,
        end=end,
        as_of=now,
        is_past_meant=as_of is not None,
        full_rebuild=full_rebuild,
    )
    screen = console()
    # Who asks for some sources or days sits there, and reads in the terminal that the question was wrong.
    is_unattended = not (sources or start or end)
    report = _run_and_tell(settings, now, plan, screen, is_unattended=is_unattended)
    show_report(screen, report)
    return exit_code(report)


def _run_and_tell(
    settings: Settings, now: datetime, make: Callable[[], RefreshPlan], screen: Console, *, is_unattended: bool
) -> RefreshReport:
    """Plan and run, and tell the services of [alerts] how it went; that they cannot be told never fails a refresh."""
    from alerts import tell
    from refresh.run import run

    tell.require(settings)
    plan = None
    try:
        plan = make()
        screen.print(f"Refresh {plan.run_id} as of {plan.as_of:%Y-%m-%d %H:%M} UTC")
        report = run(plan, Lines(screen))
    except Exception as error:
        # The text of an unforeseen error may hold anything, so it is only named.
        unforeseen = f"unforeseen {type(error).__name__}; `kpi refresh` in a terminal says where its details are"
        line = str(error) if isinstance(error, KpiError) else unforeseen
        if plan or is_unattended:
            _note(screen, lambda: tell.after_failure(settings, line, now))
        raise
    _note(screen, lambda: tell.after_refresh(settings, now))
    return report


def _note(screen: Console, telling: Callable[[], list[Told]]) -> None:
    try:
        problems = [told.problem for told in telling() if told.problem]
    except KpiError as error:
        problems = [str(error)]
    for problem in problems:
        screen.print(f"warning: {problem}", style="yellow", markup=False)


def exit_code(report: RefreshReport) -> int:
    """0 where all was published anew, that of a failed check where something was held back."""
    return CheckFailed.exit_code if report.held else 0


def show_report(screen: Console, report: RefreshReport) -> None:
    """The stages of a refresh as a table, its warnings, and where the result is."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("stage", "seconds", "CPU s", "rows", "peak MB"):
        table.add_column(title, justify="left" if title == "stage" else "right", min_width=9)
    for stage in report.stages:
        table.add_row(
            stage.stage,
            f"{stage.seconds:.1f}",
            f"{stage.cpu_seconds:.1f}",
            f"{stage.rows:,}",
            f"{stage.peak_memory_mb:,.0f}",
        )
    total = sum(stage.seconds for stage in report.stages)
    used = sum(stage.cpu_seconds for stage in report.stages)
    table.add_row(
        "total", f"{total:.1f}", f"{used:.1f}", "", f"{max(stage.peak_memory_mb for stage in report.stages):,.0f}"
    )
    screen.print()
    screen.print(table)
    for warning in report.warnings:
        screen.print(f"warning: {warning}", style="yellow", markup=False)
    for line in report.held:
        screen.print(f"held: {line}", style="red", markup=False)
    publication = report.published.publication
    screen.print(
        f"\nPublished {publication.run_id}: {publication.checks_passed}/{publication.checks_total} checks passed, "
        f"data through {publication.data_through}"
    )
    screen.print(f"  {publication.path}", soft_wrap=True)
    for page in report.published.pages[:1]:
        screen.print(f"  {page}", soft_wrap=True)
