"""`kpi publish`: a publication from the present warehouse, without loading anything."""

from __future__ import annotations

import click

from cli.console import console
from warehouse.errors import ConfigurationError


@click.command(name="publish")
@click.option("--as-of", "as_of", help="Take this date or time (UTC) for now.")
def command(as_of: str | None) -> None:
    """Run the checks again on the warehouse as it is, and publish it; nothing is loaded or built.

    \b
    Example:
      kpi publish
    """
    from cli.progress import Lines
    from cli.refresh import show_report
    from refresh.plan import RefreshPlan, new_run_id
    from refresh.run import run
    from warehouse.settings import as_of_now, load_settings

    screen = console()
    settings = load_settings()
    if not settings.warehouse.exists():
        raise ConfigurationError(f"{settings.warehouse}: there is no warehouse yet; run `kpi refresh` first")
    plan = RefreshPlan(new_run_id(), as_of_now(as_of), None, {}, settings)
    screen.print(f"Publish {plan.run_id} as of {plan.as_of:%Y-%m-%d %H:%M} UTC")
    show_report(screen, run(plan, Lines(screen), stages=("checks", "publish")))
