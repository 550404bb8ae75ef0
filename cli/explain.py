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


@click.command(name="explain")
@click.argument("kpi")
@click.option("--period", help="A month 2026-10, an ISO week 2026-W45 or a day 2026-11-03 [default: newest complete].")
@click.option("--segment", help='One part of a split, such as "channel=Paid Search" [default: the total].')
@click.option("--rows", default=5, show_default=True, type=click.IntRange(0, 1000), help="Source rows to show a fact.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(kpi: str, period: str | None, segment: str | None, rows: int, output: str) -> None:
    """Show what a value of a KPI or metric is made of.

    Its formula, numerator and denominator, target and status, the rows of the facts behind it, the sources and how far
    they reach, what vendors have changed of the period since, the checks that rest on it, and the SQL.

    \b
    Examples:
      kpi explain cost_per_lead
      kpi explain cost_per_lead --period 2026-W45
      kpi explain return_on_ad_spend --period 2026-10 --segment "channel=Paid Search" --format json
    """
    from transform.build import target_path
    from transform.kpi.explain import explain, parse_period
    from transform.kpi.registry import load_registry
    from warehouse.connection import publication_reader, reader
    from warehouse.settings import load_settings

    wanted = parse_period(period) if period else None
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
            limit=rows,
        )
    if output == "json":
        _json(found)
    else:
        _show(console(), found, registry.currency)


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


def _show(screen: Console, found: Explanation, currency: str) -> None:
    item, value = found.definition, found.value
    unit = item.unit
    part = f", {found.segment[0]} {found.segment[1]}" if found.segment else ""
    shown = format_value(value["value"], unit, currency)
    absent = value["null_reason"]
    reason = f" ({absent}: {describe_absence(absent, item.numerator, item.denominator)})" if absent else ""
    state = "final" if value["is_final"] else "provisional: a vendor may still restate it"
    if not value["is_complete"]:
        state = "so far: not every source has reached the last day"
    screen.print(f"[bold]{item.label}[/bold]  {found.period.grain} {found.period.start} to {found.period.end}{part}")
    screen.print(f"[bold]{shown}[/bold]{reason}, {state}\n")
    screen.print(item.description)
    screen.print(f"\n= {item.formula}")
    if item.denominator:
        screen.print(
            f"  {item.numerator} {_number(value['numerator'])} / {item.denominator} {_number(value['denominator'])}"
        )
    if found.unpublished is not None:
        screen.print(
            f"The warehouse holds {format_value(found.unpublished, unit, currency)} now; it is not published yet."
        )
    for line in _judgement(value, item, currency):
        screen.print(line, highlight=False)
    for fact in found.facts:
        total = "" if fact.total is None else f", {fact.aggregate} = {_number(fact.total)}"
        screen.print(f"\n[bold]{fact.metric}[/bold]: {fact.rows:,} rows of {fact.table}{total}")
        for row in found.origins:
            if row["metric"] == fact.metric:
                account = f", account {row['account_id']}" if row["account_id"] else ""
                screen.print(f"  of it {_number(row['value'])} from {row['source']}{account}")
        _table(screen, fact.columns, fact.sample)
    if found.sources:
        screen.print("\n[bold]Sources[/bold]")
    for row in found.sources:
        loaded = f", loaded {moment(row['last_loaded_at'])}" if row["last_loaded_at"] else ""
        again = f", restates {row['restatement_days']} days" if row["restatement_days"] else ""
        screen.print(f"  {row['title']}: data through {row['data_through'] or 'unknown'}{loaded}{again}")
    screen.print("\n[bold]Changed by vendors since first read[/bold]")
    columns = ("source", "table_name", "account_id", "measure", "days", "change")
    _table(screen, columns, [tuple(row[name] for name in columns) for row in found.restatements])
    screen.print("\n[bold]Checks[/bold]")
    for row in found.checks:
        verdict = "ok    " if row["passed"] else "FAILED"
        screen.print(f"  {verdict} {row['check_name']}: {row['value']} (allowed: {row['limit_text']})")
    screen.print(f"\n[bold]SQL[/bold]  defined in {item.file}")
    screen.print(found.sql, markup=False, soft_wrap=True)


def _judgement(value: dict[str, Any], item: Definition, currency: str) -> list[str]:
    """What the value is held against, a line each."""
    unit = item.unit

    def shown(number: float | None) -> str:
        return format_value(number, unit, currency)

    lines = []
    average = f"average of the {TRAILING[value['grain']]} {value['grain']}s before"
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
            f"rests on {value['sample_size']:,} {item.sample}"
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


def _number(value: float | None) -> str:
    if value is None:
        return "NULL"
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.6g}"
