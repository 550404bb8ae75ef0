"""`kpi explain`: everything behind one value."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cli.console import console, moment
from transform.kpi.format import describe_absence, describe_change, format_value
from transform.kpi.periods import TRAILING
from transform.kpi.registry import Definition, Kpi
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from transform.kpi.explain import Explanation
    from transform.kpi.registry import Registry

# Those of transform.kpi.meta and transform.kpi.trailing, which a command's --help must not wait for.
GRAINS = ("day", "week", "month", "trailing_3_months", "trailing_12_months")


@click.command(name="explain")
@click.argument("kpi")
@click.option("--period", help="A month 2026-10, an ISO week 2026-W45 or a day 2026-11-03 [default: newest complete].")
@click.option(
    "--grain",
    type=click.Choice(GRAINS),
    help="day, week or month, or a window of months that ends with --period [default: as the KPI is read].",
)
@click.option("--segment", help='One part of a split, such as "channel=Paid Search" [default: the total].')
@click.option("--rows", default=5, show_default=True, type=click.IntRange(0, 1000), help="Source rows to show a fact.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(kpi: str, *, period: str | None, grain: str | None, segment: str | None, rows: int, output: str) -> None:
    """Show what a value of a KPI or metric is made of.

    Its formula, numerator and denominator, target and status, the rows of the facts behind it, the sources and how far
    they reach, what vendors have changed of the period since, the checks that rest on it, and the SQL.

    KPIs of which one month holds few cases have windows of 3 and 12 whole months too: name the month that the window
    ends with as --period, and the window as --grain. A campaign is told by its id or its name.

    \b
    Examples:
      kpi explain cost_per_lead
      kpi explain cost_per_lead --period 2026-W45
      kpi explain customer_acquisition_cost --period 2026-10 --grain trailing_3_months
      kpi explain cost_per_click --grain week --segment "campaign=Brand DE"
      kpi explain return_on_ad_spend --period 2026-10 --segment "channel=Paid Search" --format json
    """
    from transform.build import target_path
    from transform.kpi.asked import parse_period
    from transform.kpi.explain import explain
    from transform.kpi.registry import load_registry
    from warehouse.connection import publication_reader, reader
    from warehouse.settings import load_settings

    wanted = parse_period(period, grain) if period else None
    part = _segment(segment) if segment else None
    settings = load_settings()
    registry = load_registry(settings)
    with publication_reader(settings.publication) as publication, reader(settings.warehouse) as warehouse:
        found = explain(
            warehouse,
            publication,
            registry,
            name=kpi,
            period=wanted,
            segment=part,
            target=target_path(settings),
            cache=settings.home / "cache",
            grain=grain,
            limit=rows,
        )
    if output == "json":
        _json(found)
    else:
        _show(console(), found, registry)


def _segment(text: str) -> tuple[str, str]:
    dimension, equals, part = text.partition("=")
    if not equals or not dimension.strip() or not part.strip():
        raise ConfigurationError(f"--segment {text!r}: write a dimension and its part, such as channel=Paid Search")
    return dimension.strip(), part.strip()


def _json(found: Explanation) -> None:
    import orjson

    item = found.definition
    record: dict[str, Any] = {
        "kpi": item.name,
        "label": item.label,
        "description": item.description,
        "formula": item.formula,
        "numerator_name": item.numerator,
        "denominator_name": item.denominator,
        "period": {"grain": found.period.grain, "start": found.period.start, "end": found.period.end},
        "names": found.names,
        "defined_in": item.file,
        "value": found.value,
        "unpublished_value": found.unpublished,
        "facts": [asdict(fact) for fact in found.facts],
        "origins": found.origins,
        "sources": found.sources,
        "restatements": found.restatements,
        "checks": found.checks,
        "sql": found.sql,
    }
    click.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2, default=str).decode())


def _show(screen: Console, found: Explanation, registry: Registry) -> None:
    item, value, names, currency = found.definition, found.value, found.names, registry.currency
    part = ""
    if found.segment:
        dimension, name = found.segment
        part = f", {dimension} {names['campaign'].get(name, name) if dimension == 'campaign' else name}"
    shown = format_value(value["value"], item.unit, currency)
    absent = value["null_reason"]
    sides = [names["metric"][side] for side in found.sides]
    above, below = sides if len(sides) > 1 else (None, None)
    reason = f" ({absent}: {describe_absence(absent, above, below)})" if absent else ""
    state = "final" if value["is_final"] else "provisional: a vendor may still restate it"
    if not value["is_complete"]:
        state = "so far: not every source has reached the last day"
    screen.print(f"[bold]{item.label}[/bold]  {found.period.words} {found.period.start} to {found.period.end}{part}")
    screen.print(f"[bold]{shown}[/bold]{reason}, {state}\n")
    screen.print(item.description)
    screen.print(f"\n= {item.formula}")
    if item.denominator:
        amounts = [
            f"{names['metric'][side]} {_amount(value[column], side, registry)}"
            for column, side in zip(("numerator", "denominator"), found.sides, strict=True)
        ]
        screen.print(f"  {' / '.join(amounts)}")
    if found.unpublished is not None:
        screen.print(
            f"The warehouse holds {format_value(found.unpublished, item.unit, currency)} now; it is not published yet."
        )
    for line in _judgement(value, item, names["metric"], currency):
        screen.print(line, highlight=False)
    for fact in found.facts:
        total = "" if fact.total is None else f", {fact.aggregate} = {_number(fact.total)}"
        screen.print(f"\n[bold]{names['metric'][fact.metric]}[/bold]: {fact.rows:,} rows of {fact.table}{total}")
        for row in found.origins:
            if row["metric"] == fact.metric:
                account = f", account {row['account_id']}" if row["account_id"] else ""
                source = names["source"].get(row["source"], row["source"])
                screen.print(f"  of it {_amount(row['value'], fact.metric, registry)} from {source}{account}")
        _table(screen, fact.columns, [_named(fact.columns, row, names["campaign"]) for row in fact.sample])
    if found.sources:
        screen.print("\n[bold]Sources[/bold]")
    for row in found.sources:
        loaded = f", loaded {moment(row['last_loaded_at'])}" if row["last_loaded_at"] else ""
        again = f", restates {row['restatement_days']} days" if row["restatement_days"] else ""
        screen.print(f"  {row['title']}: data through {row['data_through'] or 'unknown'}{loaded}{again}")
    screen.print("\n[bold]Changed by vendors since first read[/bold]")
    columns = ("source", "table_name", "account_id", "measure", "days", "change")
    changes = [row | {"source": names["source"].get(row["source"], row["source"])} for row in found.restatements]
    _table(screen, columns, [tuple(row[name] for name in columns) for row in changes])
    screen.print("\n[bold]Checks[/bold]")
    for row in found.checks:
        verdict = "ok    " if row["passed"] else "FAILED"
        screen.print(f"  {verdict} {row['check_name']}: {row['value']} (allowed: {row['limit_text']})")
    screen.print(f"\n[bold]SQL[/bold]  defined in {item.file}")
    screen.print(found.sql, markup=False, soft_wrap=True)


def _judgement(value: dict[str, Any], item: Definition, names: dict[str, str], currency: str) -> list[str]:
    """What the value is held against, a line each."""
    unit = item.unit

    def shown(number: float | None) -> str:
        return format_value(number, unit, currency)

    lines = []
    average = f"average of the {TRAILING.get(value['grain'])} {value['grain']}s before"
    for title, name in (
        ("before", "previous_value"),
        ("a year ago", "year_ago_value"),
        (average, "trailing_average"),
    ):
        if value[name] is not None:
            # half a period against a whole one is no change
            now = value["value"] if value["is_complete"] else None
            told = describe_change(now, value[name], unit, item.direction, currency)
            lines.append(" ".join([f"{title} {shown(value[name])}", *(part for part in told if part)]))
    if isinstance(item, Kpi) and item.sample and value["sample_size"] is not None:
        few = f", fewer than the {item.minimum_sample} that a status asks for"
        lines.append(
            f"rests on {value['sample_size']:,} {names.get(item.sample, item.sample)}"
            f"{few if value['sample_size'] < item.minimum_sample else ''}"
        )
    if value["interval_low"] is not None:
        lines.append(f"95 % interval {shown(value['interval_low'])} to {shown(value['interval_high'])}")
    if value["target_due"] is not None:
        goal = shown(value["target_value"])
        if value["target_value"] is None:
            goal = f"{shown(value['target_low'])} to {shown(value['target_high'])}"
        start = "since" if value["target_baseline"] is None else f"from {shown(value['target_baseline'])} on"
        reached = "" if value["attainment"] is None else f", {value['attainment'] * 100:.0f} % reached"
        due = ""
        if value["expected_attainment"] is not None:
            due = f" ({value['expected_attainment'] * 100:.0f} % expected by then)"
        lines.append(
            f"target {goal} by {value['target_due']} ({start} {value['target_start']}), {value['target_owner']}"
            f"{reached}{due}: {value['status']}"
        )
    if value["projected_value"] is not None:
        lines.append(
            f"{value['period_elapsed'] * 100:.0f} % of the period is over; at this pace it ends at "
            f"{shown(value['projected_value'])}"
        )
    if value["benchmark_source"] is not None:
        others = shown(value["benchmark_value"])
        if value["benchmark_value"] is None:
            others = f"{shown(value['benchmark_low'])} to {shown(value['benchmark_high'])}"
        lines.append(f"others {others} ({value['benchmark_source']}, {value['benchmark_as_of']})")
    return [f"  {line}" for line in lines]


def _table(screen: Console, columns: tuple[str, ...], rows: Any) -> None:
    from rich.table import Table

    if not rows:
        screen.print("  none", style="dim")
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    screen.print(table)


def _named(columns: tuple[str, ...], row: tuple[Any, ...], campaigns: dict[str, str]) -> tuple[Any, ...]:
    """The row with the names of campaigns in place of their ids."""
    return tuple(
        campaigns.get(cell, cell) if column == "campaign" else cell for column, cell in zip(columns, row, strict=True)
    )


def _amount(value: float | None, metric: str, registry: Registry) -> str:
    """What a metric came to: money with its currency, and of a count that is shared out its fraction too."""
    is_money = registry.definitions[metric].unit == "currency"
    return format_value(value, "currency", registry.currency) if is_money and value is not None else _number(value)


def _number(value: float | None) -> str:
    if value is None:
        return "NULL"
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.6g}"
