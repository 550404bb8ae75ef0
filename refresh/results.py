"""What a step of a refresh has left in the warehouse: rows, what remains of a vendor's quota, and the newest values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from refresh.plan import RefreshPlan
from warehouse.connection import writer
from warehouse.layout import OPS
from warehouse.tables import KPI_SCORECARD, KPI_VALUES

# What vendors call that which is left (the least of a load counts), and that which is used (the most).
_LEFT, _USED = re.compile("remaining"), re.compile("util_pct|call_count")
_PERIODS = 13


@dataclass(frozen=True)
class KpiResult:
    """A KPI's row of the scorecard, the rows of its values, and its last values up to that period, oldest first."""

    value: float | None
    unit: str
    period_start: date
    period_end: date
    status: str
    null_reason: str | None
    rows: int
    history: tuple[float | None, ...]


def table_rows(plan: RefreshPlan) -> dict[str, int]:
    """The rows of every table of the warehouse, by schema.table."""
    with writer(plan.settings) as connection:
        found = connection.execute(
            "select schema_name || '.' || table_name, estimated_size from duckdb_tables() where not internal"
        ).fetchall()
    return dict(found)


def quota_left(plan: RefreshPlan, load_id: str) -> dict[str, float]:
    """What the vendor said of its quotas in the replies to a load, by the vendor's names; empty for most vendors."""
    with writer(plan.settings) as connection:
        found = connection.execute(
            f"select metadata from {OPS}.requests where load_id = ? and metadata is not null", [load_id]
        ).fetchall()
    return read_quotas(text for (text,) in found)


def read_quotas(replies: Iterable[str]) -> dict[str, float]:
    """The least that is left of each quota, and the most that is used, in the JSON `replies`."""
    found: dict[str, float] = {}
    for reply in replies:
        for name, value in _numbers("", json.loads(reply)):
            if _LEFT.search(name):
                found[name] = min(value, found.get(name, value))
            elif _USED.search(name):
                found[name] = max(value, found.get(name, value))
    return found


def _numbers(name: str, value: Any) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(name, inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, float(value)


def kpi_results(plan: RefreshPlan) -> dict[str, KpiResult]:
    """What the scorecard says of each KPI."""
    with writer(plan.settings) as connection:
        rows = connection.execute(f"""
            with counted as (select kpi, count(*) as row_count from {KPI_VALUES.relation} group by kpi),
            recent as (
                select series.kpi, list(series.value order by series.period_start) as history
                from {KPI_VALUES.relation} as series
                inner join {KPI_SCORECARD.relation} as card on series.kpi = card.kpi and series.grain = card.grain
                where series.segment_dimension = '' and series.period_start <= card.period_start
                group by series.kpi
            )
            select card.kpi, card.value, card.unit, card.period_start, card.period_end, card.status, card.null_reason,
                counted.row_count, recent.history
            from {KPI_SCORECARD.relation} as card
            inner join counted on card.kpi = counted.kpi
            inner join recent on card.kpi = recent.kpi
        """).fetchall()
    found = {}
    for kpi, *told, history in rows:
        value, unit, start, end, status, reason, count = told
        found[kpi] = KpiResult(value, unit, start, end, status, reason, count, tuple(history[-_PERIODS:]))
    return found
