"""`kpi why-moved --against`: why a KPI moved between two periods, by factors and segments."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cli.console import console, write_csv, write_json
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from transform.kpi.meta import Grain
    from warehouse.settings import Settings

COLUMNS = (
    "kpi", "grain", "period_start", "against", "against_start", "segment_dimension", "rank", "factor", "part",
    "segment_value", "effect_absolute", "effect_relative", "words",
)  # fmt: skip
NAMED = ("previous", "year-ago")
# The parts of a split that a terminal shows, the largest first.
_SHOWN = 8


def compare(settings: Settings, kpi: str, period: tuple[Grain, date], against: str, form: str) -> None:
    """Show why `kpi` moved from `against` (previous, year-ago or a period of the same length) to `period`.

    Raises ConfigurationError for a metric that is no KPI, for another length, and where one of the values is unknown.
    """
    from transform.kpi.drivers import Comparison, explain, read_values
    from transform.kpi.registry import load_registry
    from warehouse.connection import publication_reader

    registry = load_registry(settings)
    registry.kpi(kpi)
    grain, start = period
    name = against.replace("-", "_") if against in NAMED else against
    comparison = Comparison(kpi, grain, start, name, _start_of(against, grain, start))
    with publication_reader(settings.publication) as connection:
        rows = explain(registry, read_values(connection, registry, [comparison], "published.kpi_values"), comparison)
    if not rows:
        raise ConfigurationError(
            f"--against {against}: {kpi} is unknown in one of the two periods; compare periods that both have a value"
        )
    records = [tuple(row[name] for name in COLUMNS) for row in rows]
    if form == "table":
        _show(rows)
    else:
        (write_csv if form == "csv" else write_json)(COLUMNS, records)


def _start_of(against: str, grain: Grain, start: date) -> date:
    from transform.kpi.periods import parse_period, shift, year_ago

    if against in NAMED:
        return shift(start, grain, -1) if against == "previous" else year_ago(start, grain)
    try:
        other, found = parse_period(against)
    except ValueError:
        raise ConfigurationError(
            f"--against {against!r}: is no period; write previous, year-ago or one such as 2026-09"
        ) from None
    if other != grain:
        raise ConfigurationError(f"--against {against}: is a {other}, the period is a {grain}; compare the same length")
    return found


def _show(rows: list[dict[str, Any]]) -> None:
    """The sentence, then a table a split; the parts of each add up to the change."""
    from itertools import groupby

    from rich.table import Table

    screen = console()
    screen.print(rows[0]["words"])
    for dimension, parts in groupby(rows[1:], key=lambda row: str(row["segment_dimension"])):
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column(f"by {dimension.replace('_', ' ')}" if dimension else "by factor")
        words = [str(part["words"]) for part in parts]
        for line in words[:_SHOWN]:
            table.add_row(line)
        if len(words) > _SHOWN:
            table.add_row(f"and {len(words) - _SHOWN} smaller parts; `--format csv` has them all", style="dim")
        screen.print()
        screen.print(table)
