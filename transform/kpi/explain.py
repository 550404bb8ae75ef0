"""Everything behind one value: what it says, what it is made of, and what may still change it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from transform.kpi import trailing
from transform.kpi.asked import WINDOWS, Period, grain_for, part_for
from transform.kpi.changes import Facts
from transform.kpi.compiler import compile_requests, request_for
from transform.kpi.fact_rows import FactRows, facts_behind
from transform.kpi.near import nearest
from transform.kpi.registry import Definition, Kpi, Registry
from warehouse.errors import ConfigurationError
from warehouse.layout import OPS, PUBLISHED, SEMANTIC
from warehouse.tables import KPI_CONTRIBUTIONS

Row = dict[str, Any]


@dataclass(frozen=True)
class Explanation:
    """One value with all that it rests on. `value` is the row of `published.kpi_values`."""

    definition: Definition
    period: Period
    segment: tuple[str, str] | None
    sides: tuple[str, ...]
    """The metrics above and below the line; of what is no ratio the one that is counted."""
    value: Row
    unpublished: float | None
    """What the warehouse holds for it now, where that differs from what is published."""
    sql: str
    facts: list[FactRows]
    origins: list[Row]
    """What each account of each source adds to the metrics behind the value, where that is known; of totals only."""
    sources: list[Row]
    restatements: list[Row]
    checks: list[Row]
    names: dict[str, dict[str, str]]
    """What people call it, by id: of each `metric` behind the value, `source` and `campaign`."""


def explain(
    warehouse: duckdb.DuckDBPyConnection,
    publication: duckdb.DuckDBPyConnection,
    registry: Registry,
    *,
    name: str,
    period: Period | None,
    segment: tuple[str, str] | None,
    target: Path,
    cache: Path,
    grain: str | None = None,
    limit: int = 5,
) -> Explanation:
    """Explain the value of KPI or metric `name`; by default that of its newest complete period of `grain`, in total.

    `target` is dbt's folder, `cache` that of compiled SQL. Raises ConfigurationError for a name, period or segment
    that has no value, with the nearest one that has.
    """
    definition = registry.definitions.get(name)
    if definition is None:
        raise ConfigurationError(f"{name!r}: no such KPI or metric; {nearest(name, sorted(registry.definitions))}")
    grain = grain_for(definition, period, grain)
    dimension, part = part_for(publication, definition, segment)
    segment = (dimension, part) if segment else None
    value = _value(publication, name, grain, period, (dimension, part))
    period = Period(grain, value["period_start"])
    counted = _counted(definition, dimension)
    sides = tuple(side for side in (counted or definition.numerator, definition.denominator) if side) or (name,)
    days = (period.start, period.end)
    facts = facts_behind(
        warehouse, registry, sides, target=target, grain=period.counted, period=days, segment=segment, limit=limit
    )
    now = _records(
        warehouse,
        f"select value from {SEMANTIC}.kpi_values where kpi = ? and grain = ? and period_start = ? "
        "and segment_dimension = ? and segment_value = ?",
        [name, grain, period.start, dimension, part],
    )
    held = now[0]["value"] if now else None
    sources = _sources(warehouse, publication, name)
    return Explanation(
        definition=definition,
        period=period,
        segment=segment,
        sides=sides,
        value=value,
        unpublished=held if now and held != value["value"] else None,
        sql=_sql(registry.definitions[counted or name], period, dimension, target, cache),
        facts=facts,
        origins=[] if segment else _origins(warehouse, [fact.metric for fact in facts], days),
        sources=sources,
        restatements=_restatements(warehouse, [row["source"] for row in sources], days),
        checks=_checks(publication, name, [fact.table for fact in facts], [row["source"] for row in sources]),
        names={
            "metric": _labels(registry, (*sides, definition.sample, *(fact.metric for fact in facts))),
            "source": {row["source"]: row["title"] for row in sources},
            "campaign": _campaigns(publication),
        },
    )


def _counted(definition: Definition, dimension: str) -> str | None:
    """The metric above the line of parts that overlap; None of the total, and of parts that add up."""
    overlapping = definition.overlapping_segments if isinstance(definition, Kpi) else {}
    return next((metric for segment, metric in overlapping.items() if segment == dimension), None)


def _sql(definition: Definition, period: Period, dimension: str, target: Path, cache: Path) -> str:
    request = request_for(definition, period.counted, dimension)
    sql = compile_requests([request], target, cache)[request]
    if period.grain not in WINDOWS:
        return sql
    return trailing.widened(sql, [definition], Facts.read(target).days, WINDOWS[period.grain], period.end)


def _value(
    publication: duckdb.DuckDBPyConnection,
    name: str,
    grain: str,
    period: Period | None,
    segment: tuple[str, str],
) -> Row:
    series = f"from {PUBLISHED}.kpi_values where kpi = ? and grain = ? and segment_dimension = ? and segment_value = ?"
    key = [name, grain, *segment]
    if period is None:
        found = _records(publication, f"select * {series} and is_complete order by period_start desc limit 1", key)
    else:
        found = _records(publication, f"select * {series} and period_start = ?", [*key, period.start])
    if found:
        return found[0]
    (known,) = _records(publication, f"select min(period_start) as first, max(period_start) as last {series}", key)
    asked = Period(grain, period.start).name if period else f"a complete {grain}"
    held = "of no such period"
    if grain in WINDOWS and segment[0]:
        held = "of windows in total only"
    elif known["first"]:
        first, last = (Period(grain, known[end]).name for end in ("first", "last"))
        held = f"from {first} to {last}" if grain not in WINDOWS else f"of {first} up to {last}"
    raise ConfigurationError(
        f"{name}: no value of {asked}{f' for {segment[1]}' if segment[1] else ''}; it has values {held}"
    )


def _sources(warehouse: duckdb.DuckDBPyConnection, publication: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    found = _records(publication, f"select sources from {PUBLISHED}.dim_kpi where kpi = ?", [name])
    names = [source for row in found for source in row["sources"].split(",") if source]
    return _records(
        warehouse,
        "select source, title, newest_data_day as data_through, last_loaded_at, restatement_days "
        f"from {OPS}.sources where list_contains(?, source) order by source",
        [names],
    )


def _origins(warehouse: duckdb.DuckDBPyConnection, metrics: list[str], days: tuple[date, date]) -> list[Row]:
    try:
        return _records(
            warehouse,
            "select metric, source, account_id, cast(sum(value) as double) as value "
            f"from {KPI_CONTRIBUTIONS.relation} where list_contains(?, metric) and date_day between ? and ? "
            "group by all order by metric, value desc, source, account_id",
            [metrics, *days],
        )
    except duckdb.CatalogException:  # computed before contributions were kept
        return []


def _restatements(warehouse: duckdb.DuckDBPyConnection, sources: list[str], days: tuple[date, date]) -> list[Row]:
    try:
        return _records(
            warehouse,
            "select source, table_name, account_id, measure, count(distinct date_day) as days, "
            "cast(sum(new_value - old_value) as double) as change, max(seen_at) as last_seen_at "
            f"from {OPS}.restatements where list_contains(?, source) and date_day between ? and ? "
            "group by all order by source, table_name, account_id, measure",
            [sources, *days],
        )
    except duckdb.CatalogException:  # no source has restated anything yet
        return []


def _checks(publication: duckdb.DuckDBPyConnection, name: str, tables: list[str], sources: list[str]) -> list[Row]:
    try:
        return _records(
            publication,
            "select check_name, table_name, severity, passed, value, limit_text "
            f"from {PUBLISHED}.check_results where starts_with(check_name, ?) or list_contains(?, table_name) "
            "or list_contains(?, split_part(table_name, '.', 1)) order by passed, check_name",
            [f"kpi_{name}_", tables, [f"raw_{source}" for source in sources]],
        )
    except duckdb.CatalogException:  # published without a gate
        return []


def _labels(registry: Registry, metrics: Iterable[str | None]) -> dict[str, str]:
    return {name: registry.definitions[name].label for name in dict.fromkeys(metrics) if name}


def _campaigns(publication: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = _records(
        publication,
        f"select distinct segment_value as id, segment_label as name from {PUBLISHED}.kpi_values "
        "where segment_dimension = ?",
        ["campaign"],
    )
    return {row["id"]: row["name"] for row in rows}


def _records(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> list[Row]:
    result = connection.execute(query, values)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
