"""`kpi scorecard`: the KPIs of the publication, as a table that a CEO can read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from cli.console import Day, console, moment, write_csv, write_json
from cli.stale import STALE, show_stale
from transform.kpi.format import describe_change, format_value
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    import duckdb
    from rich.console import Console
    from rich.table import Table

    from warehouse.settings import Settings
    from warehouse.stale import Stale

STAGES = {
    "awareness": "AWARENESS  do the right people find us?",
    "consideration": "CONSIDERATION  do they care?",
    "conversion": "CONVERSION  do they buy, and at what cost?",
    "loyalty": "LOYALTY  do they stay?",
}
STATUS = {
    "on_track": ("on track", "green"),
    "at_risk": ("at risk", "yellow"),
    "off_track": ("OFF TRACK", "red"),
    "no_target": ("no target", "dim"),
    "not_enough_data": ("not enough data", "dim"),
}


SEVERITY = {"critical": "red", "warning": "yellow", "info": "cyan"}
ADVICE_SHOWN = 3


@dataclass(frozen=True)
class Scorecard:
    """The scorecard's columns and rows as published, and what the publication says about itself."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    bands: dict[str, tuple[float, float]]
    """The target of each KPI that is to stay in a band."""
    run_id: str
    published_at: datetime
    data_through: date | None
    checks_passed: int
    checks_total: int
    business_name: str
    currency: str
    as_reported_on: date | None = None
    advice: tuple[tuple[str, str, str], ...] = ()
    """The most urgent: severity, title and evidence."""
    stale: tuple[Stale, ...] = ()
    """The KPIs among the rows that keep their last good values."""

    def records(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@click.command(name="scorecard")
@click.option("--audience", help="Only the KPIs of this audience, such as ceo.")
@click.option("--format", "output", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--as-reported-on", type=Day(), help="As it was published by the end of this day, such as 2026-11-03.")
def command(audience: str | None, output: str, as_reported_on: date | None) -> None:
    """Show each KPI of the publication: its newest complete period, the change, the target and the status.

    A KPI of which one side comes late (the gap between platforms and CRM) stands there with its newest final period.

    With --as-reported-on: what the last publication of that day said (in the time zone of the business), whatever
    vendors, settings or targets have changed since.

    \b
    Examples:
      kpi scorecard
      kpi scorecard --audience ceo
      kpi scorecard --as-reported-on 2026-11-03
      kpi scorecard --format json
    """
    from warehouse.settings import load_settings

    settings = load_settings()
    card = read(settings, audience, as_reported_on)
    if output == "csv":
        write_csv(card.columns, card.rows)
    elif output == "json":
        write_json(card.columns, card.rows)
    else:
        show(console(), card)


def read(settings: Settings, audience: str | None, as_reported_on: date | None = None) -> Scorecard:
    """The published scorecard by stage, or that of the end of a day.

    Raises ConfigurationError without a publication (by then), and for an unknown audience.
    """
    from warehouse.connection import publication_reader
    from warehouse.reported import publication_as_reported
    from warehouse.stale import stale_kpis

    path = settings.publication
    with publication_as_reported(path, as_reported_on) if as_reported_on else publication_reader(path) as connection:
        result = connection.execute("select * from published.kpi_scorecard order by stage_order, is_focus desc, label")
        columns = [column[0] for column in result.description or []]
        rows = result.fetchall()
        advice = _advice(connection, audience)
        stale = [] if as_reported_on else stale_kpis(connection)
        bands = connection.execute(
            "select kpi, target_low, target_high from published.dim_kpi "
            "where target_low is not null and target_high is not null"
        ).fetchall()
        about = connection.execute(
            "select run_id, published_at, data_through, checks_passed, checks_total, name, reporting_currency "
            "from published.publication, published.dim_business"
        ).fetchone()
    if about is None:
        raise ConfigurationError(f"{settings.publication}: holds no publication line; run `kpi refresh` again")
    if audience:
        place = columns.index("audience")
        audiences = {row: {name.strip() for name in str(row[place]).split(",")} for row in rows}
        known = set().union(*audiences.values())
        if audience not in known:
            from refresh.names import near

            raise ConfigurationError(f"--audience {audience!r}: no KPI has this audience; {near(audience, known)}")
        rows = [row for row in rows if audience in audiences[row]]
    card = Scorecard(columns, rows, {kpi: (low, high) for kpi, low, high in bands}, *about)
    shown = {row[columns.index("kpi")] for row in rows}
    return replace(
        card, as_reported_on=as_reported_on, advice=advice, stale=tuple(one for one in stale if one.kpi in shown)
    )


def _advice(connection: duckdb.DuckDBPyConnection, audience: str | None) -> tuple[tuple[str, str, str], ...]:
    """The most urgent advice on the KPIs of the audience; a publication from before there was advice has none."""
    from duckdb import CatalogException

    try:
        rows = connection.execute(
            "select advice.severity, advice.title, advice.evidence from published.kpi_advice as advice "
            "inner join published.kpi_scorecard as card on advice.kpi = card.kpi "
            "where ? is null or list_contains(string_split(card.audience, ','), ?) order by advice.rank limit ?",
            [audience, audience, ADVICE_SHOWN],
        ).fetchall()
    except CatalogException:
        return ()
    return tuple((severity, title, evidence) for severity, title, evidence in rows)


def show(screen: Console, card: Scorecard) -> None:
    """The scorecard as a table, with the publication's line below it; narrower where the screen is narrow."""
    from rich.measure import Measurement

    table = _table(card, is_narrow=False)
    if Measurement.get(screen, screen.options.update(width=1_000), table).maximum > screen.width:
        table = _table(card, is_narrow=True)
    screen.print(f"[bold]{card.business_name}[/bold]  marketing scorecard\n")
    screen.print(table)
    if any(not record["is_final"] for record in card.records()):
        screen.print("* provisional: the sources may still restate this period", style="dim")
    if card.stale:
        show_stale(screen, card.stale)
    if card.advice:
        from rich.markup import escape

        screen.print("[bold]What to do[/bold]")
        for severity, title, evidence in card.advice:
            screen.print(
                f"[{SEVERITY.get(severity, 'default')}]{escape(title)}[/]: {escape(evidence)}", highlight=False
            )
        screen.print()
    then = f"As reported on {card.as_reported_on}. " if card.as_reported_on else ""
    screen.print(
        f"{then}Data through {card.data_through}. Published {moment(card.published_at)}, run {card.run_id}, "
        f"{card.checks_passed}/{card.checks_total} checks passed."
    )


def _table(card: Scorecard, *, is_narrow: bool) -> Table:
    """A line a KPI; on a narrow screen its name may take two, so that no number is ever cut."""
    from rich.padding import Padding
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for title in ("KPI", "period", "value", "change", "target", "status"):
        is_number = title in {"value", "target"}
        table.add_column(title, justify="right" if is_number else "left", no_wrap=not is_narrow or title != "KPI")
    for stage, records in groupby(card.records(), key=lambda record: str(record["stage"])):
        table.add_row(f"[bold]{STAGES.get(stage, stage.upper()).split('  ')[0]}[/bold]")
        for record in records:
            when = period(record["grain"], record["period_start"], record["period_end"])
            label = Padding(str(record["label"]), (0, 0, 0, 2))
            table.add_row(label, when.split(",")[0] if is_narrow else when, *_row(record, card, is_narrow))
        table.add_row()
    return table


def _row(record: dict[str, Any], card: Scorecard, is_narrow: bool) -> list[str]:
    unit, currency = str(record["unit"]), card.currency
    word, colour = STATUS.get(str(record["status"]), (str(record["status"]), "default"))
    mark = "" if record["is_final"] else "*"
    if any(one.kpi == record["kpi"] for one in card.stale):
        mark += STALE
    value = format_value(record["value"], unit, currency)
    goals = card.bands.get(str(record["kpi"])) or [goal for goal in (record["target_value"],) if goal is not None]
    # A band is as wide as two columns.
    target = (" to\n" if is_narrow else " to ").join(format_value(goal, unit, currency) for goal in goals)
    return [value + mark, change(record, currency), target, f"[{colour}]{word}[/{colour}]"]


def change(record: dict[str, Any], currency: str) -> str:
    """The change against the period before, with an arrow, and in words whether that is good."""
    told = describe_change(
        record["value"], record["previous_value"], str(record["unit"]), str(record["direction"]), currency
    )
    colour = {"better": "green", "worse": "red"}.get(told.verdict, "default")
    text = " ".join(part for part in told if part)
    return f"[{colour}]{text}[/{colour}]" if text else ""


def period(grain: str, start: date, end: date) -> str:
    """A period as people name it."""
    if grain == "day":
        return f"{start:%a %d %b}"
    if grain == "week":
        return f"week {start:%V}, to {end:%d %b}"
    return f"{start:%b %Y}"
