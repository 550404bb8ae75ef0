"""The unusual periods of every KPI: the rows of `semantic.kpi_anomalies`, from `semantic.kpi_values`.

All of them are judged anew in each run, so a value that was restated is judged as it stands now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb
import numpy as np

from transform.kpi.anomalies import PACES, Array, Measure, judge, missing
from transform.kpi.meta import Grain
from transform.kpi.periods import shift
from transform.kpi.registry import Kpi, Registry
from warehouse.anomalies import Anomalies
from warehouse.tables import KPI_SCORECARD, KPI_VALUES

# Of the false alarms that are accepted for a KPI, the share that its total may take; its segments share the rest.
_TOTAL_SHARE = 0.5
# A sum of the month so far says nothing of its first days.
_FIRST_DAYS = 7
_MAJOR, _CRITICAL = 1.5, 2.5
# Why a value is missing because data is; a rate of no cases is not missing, there were none.
_LOST = ("no_data", "missing_numerator", "missing_denominator")

_ROWS = f"""
with
first_days as (
    select kpi, min(period_start) as first_day
    from {KPI_VALUES.relation}
    where grain = 'day' and segment_dimension = ''
    group by kpi
)
select
    series.kpi, series.grain, series.segment_dimension, series.segment_value, series.period_start, series.value,
    series.sample_size, coalesce(series.sample_size, abs(series.denominator), abs(series.value)) as size,
    series.is_final, coalesce(series.null_reason in {_LOST}, false) as is_lost
from {KPI_VALUES.relation} as series
inner join {KPI_SCORECARD.relation} as card on series.kpi = card.kpi
left join first_days on series.kpi = first_days.kpi
where series.segment_dimension in ('', 'channel') and series.period_end <= card.period_end
    and series.period_start >= coalesce(first_days.first_day, series.period_start)
    and (series.grain = card.grain or (series.grain = 'day' and series.segment_dimension = ''))
"""


@dataclass
class Series:
    """The total and the segments of a KPI at one grain, as they were read."""

    points: dict[tuple[str, str], dict[date, tuple[float | None, int | None, float | None, bool]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    final: dict[date, bool] = field(default_factory=dict)

    @property
    def starts(self) -> list[date]:
        return sorted(self.final)

    @property
    def keys(self) -> list[tuple[str, str]]:
        """(dimension, segment), the total first."""
        return sorted(self.points)


def of_scorecard(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    settings: Anomalies,
    *,
    computed_at: datetime,
    run_id: str,
) -> list[dict[str, Any]]:
    """Every flagged period of every KPI of the scorecard, complete ones only, the oldest first."""
    found: dict[tuple[str, str], Series] = defaultdict(Series)
    for kpi, grain, dimension, segment, start, value, cases, size, is_final, is_lost in connection.execute(
        _ROWS
    ).fetchall():
        series = found[kpi, grain]
        series.points[dimension, segment][start] = (value, cases, size, is_lost)
        if not dimension:
            series.final[start] = is_final
    rows = []
    for (name, grain), series in sorted(found.items()):
        kpi = registry.kpi(name)
        if grain == kpi.grain:
            rows += flagged(kpi, series, settings.false_alarms_per_year)
        else:
            rows += lost_days(kpi, series)
    about = {"computed_at": computed_at, "run_id": run_id}
    ordered = sorted(rows, key=lambda row: (row["kpi"], row["period_start"], row["grain"], row["segment_value"]))
    return [row | about for row in ordered]


def flagged(kpi: Kpi, series: Series, false_alarms: float) -> list[dict[str, Any]]:
    """The periods of the KPI that lie outside of the expected range, or have lost their value."""
    starts = _unbroken(series.starts, kpi.grain)
    values, cases, sizes, known = _arrays(series, starts)
    if kpi.is_stock and kpi.grain == "day":
        values[:, [start.day <= _FIRST_DAYS for start in starts]] = np.nan
    values[cases < kpi.minimum_sample] = np.nan
    chance = _chance(values, false_alarms / PACES[kpi.grain].per_year)
    judged = judge(values, cases, starts, grain=kpi.grain, measure=measure_of(kpi), chance=chance)
    with np.errstate(invalid="ignore"):
        outside = np.abs(judged.score) > judged.limit
    gone = missing(known, sizes, grain=kpi.grain)
    rows = []
    for place, period in zip(*np.nonzero(outside | gone), strict=True):
        dimension, segment = series.keys[place]
        at = (place, period)
        is_gone = bool(gone[at])
        row = _row(kpi, kpi.grain, starts[period], is_final=series.final.get(starts[period], False))
        row |= {"segment_dimension": dimension, "segment_value": segment}
        if not is_gone:
            row |= {
                "value": float(values[at]),
                "expected": float(judged.expected[at]),
                "expected_low": float(judged.low[at]),
                "expected_high": float(judged.high[at]),
                "score": float(judged.score[at]),
                "side": "high" if judged.score[at] > 0 else "low",
                "severity": _severity(abs(float(judged.score[at] / judged.limit[at]))),
            }
            row["verdict"] = _verdict(kpi, row["side"])
        rows.append(row)
    return rows


def lost_days(kpi: Kpi, series: Series) -> list[dict[str, Any]]:
    """Single days without data of a KPI that is read by week or month, where one day less may stay within its range."""
    starts = _unbroken(series.starts, "day")
    _, _, sizes, known = _arrays(series, starts)
    gone = missing(known, sizes, grain="day")[0]
    return [
        _row(kpi, "day", start, is_final=series.final.get(start, False))
        for start, is_gone in zip(starts, gone, strict=True)
        if is_gone
    ]


def measure_of(kpi: Kpi) -> Measure:
    """On which scale the KPI is judged, by what its block says of it."""
    if kpi.is_proportion:
        return "proportion"
    if kpi.valid_range.min is None or kpi.valid_range.min < 0:
        return "signed"
    return "price" if kpi.sample or kpi.unit in ("currency", "per_mille_currency") else "amount"


def _arrays(series: Series, starts: Sequence[date]) -> tuple[Array, Array, Array, Array]:
    """Values; cases that are counted; the size of each period by whatever tells it; 1 where data is known.

    A rate of nothing is known: there was nothing. NaN elsewhere.
    """
    values, cases, sizes, known = (np.full((len(series.keys), len(starts)), np.nan) for _ in range(4))
    places = {start: place for place, start in enumerate(starts)}
    for row, key in enumerate(series.keys):
        for start, (value, count, size, is_lost) in series.points[key].items():
            at = (row, places[start])
            values[at] = np.nan if value is None else value
            cases[at] = np.nan if count is None else count
            sizes[at] = np.nan if size is None else size
            known[at] = np.nan if is_lost else 1.0
    return values, cases, sizes, known


def _unbroken(starts: Sequence[date], grain: Grain) -> list[date]:
    """Every period from the first to the last."""
    found = list(starts[:1])
    while found and found[-1] < starts[-1]:
        found.append(shift(found[-1], grain, 1))
    return found


def _chance(values: Array, of_all: float) -> Array:
    segments = max(1, int(np.sum(np.isfinite(values[1:]).any(axis=1))))
    chance = np.full(values.shape[0], of_all * (1 - _TOTAL_SHARE) / segments)
    chance[0] = of_all * (_TOTAL_SHARE if values.shape[0] > 1 else 1.0)
    return np.asarray(np.minimum(chance, 0.5), dtype=np.float64)


def _row(kpi: Kpi, grain: str, start: date, *, is_final: bool) -> dict[str, Any]:
    """A period whose value is missing."""
    return {
        "kpi": kpi.name,
        "grain": grain,
        "period_start": start,
        "segment_dimension": "",
        "segment_value": "",
        "value": None,
        "expected": None,
        "expected_low": None,
        "expected_high": None,
        "score": None,
        "side": "missing",
        "verdict": "worse",
        "severity": "major",
        "state": "anomaly" if is_final else "held_back",
    }


def _verdict(kpi: Kpi, side: str) -> str:
    if kpi.direction == "band":
        return "different"
    return "better" if (side == "high") == (kpi.direction == "up") else "worse"


def _severity(excess: float) -> str:
    return "critical" if excess >= _CRITICAL else "major" if excess >= _MAJOR else "minor"
