"""`kpi bi`: what BI tools import, made from the publication and its KPI registry."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(name="bi")
def command() -> None:
    """Write what BI tools import, made from the publication and its KPI registry.

    \b
    Example:
      kpi bi superset --out kpi-superset.zip
    """


@command.command(name="superset")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("kpi-superset.zip"), show_default=True,
    help="A zip, or a folder for the files of it.",
)  # fmt: skip
@click.option("--uri", help="Where Superset finds the numbers [default: the publication's file, read-only].")
def superset(out: Path, uri: str | None) -> None:
    """Write a bundle for Superset 6.1: datasets, metrics, charts and a dashboard an audience.

    Import it on Superset's page of dashboards, or by its API, which overwrites what an earlier import brought
    (docs/bi/superset.md). It holds no password: for Postgres, Superset asks for it.

    \b
    Examples:
      kpi bi superset
      kpi bi superset --out bundle/ --uri duckdb:////data/serving/kpi.duckdb
      kpi bi superset --uri postgresql+psycopg2://superset@db.example.com:5432/bi
    """
    from bi.contents import read
    from bi.superset import bundle, charts_of, write
    from dashboards.cards import AUDIENCES
    from warehouse.settings import load_settings

    publication = load_settings().publication
    contents = read(publication)
    files = bundle(contents, uri or f"duckdb:///{publication.absolute()}")
    write(files, out)
    charts = {chart.name for audience in AUDIENCES for chart in charts_of(contents, audience)}
    click.echo(f"{out}: {len(AUDIENCES)} dashboards, {len(charts)} charts; import it on Superset's page of dashboards")
