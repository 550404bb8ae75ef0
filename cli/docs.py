"""`kpi docs`: a page a KPI in plain language, written from its block."""

from __future__ import annotations

from pathlib import Path

import click

from warehouse.errors import CheckFailed


@click.command(name="docs")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a page is stale.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="Where the pages are [default: docs/metrics]."
)
def command(check: bool, folder: Path | None) -> None:
    """Write a page for each KPI, and an index by stage, audience and cadence.

    A page says what the KPI tells, what moves it, where it is wrong, what to do when it is off, and how it is worked
    out. Edit the KPI's block in transform/models/semantic, never the page.

    \b
    Examples:
      kpi docs
      kpi docs --check
    """
    from transform.kpi.pages import PAGES, stale, write
    from transform.kpi.registry import load_registry
    from warehouse.settings import load_settings

    registry = load_registry(load_settings())
    place = folder or PAGES
    if not check:
        click.echo(f"{place}: {len(write(registry, place))} pages written")
        return
    found = stale(registry, place)
    if found:
        names = ", ".join(path.name for path in found)
        raise CheckFailed(f"{place}: {len(found)} stale: {names}; run `kpi docs` and commit the folder")
    click.echo(f"{place}: {len(registry.kpis) + 1} pages are up to date")
