"""One row a KPI: its newest complete period with all that is needed to judge it.

Status, from attainment (value / target for a KPI that should rise, target / value for one that should fall) and
the attainment expected by now on the straight way from baseline to target:

- not_enough_data: the value is NULL, it rests on fewer than `minimum_sample`, or it is provisional and its KPI is
  judged when it is final
- no_target: no target is in force on the period's last day
- on_track: attainment has reached what is expected by now; at_risk: it lies up to 0.10 below; off_track: further below
- band: on_track within, at_risk up to 10 % of the nearer limit outside, off_track further outside
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from transform.kpi.meta import STAGES, Target
from transform.kpi.periods import TRAILING, end_of, newest_complete, shift, year_ago
from transform.kpi.registry import Kpi

Status = Literal["on_track", "at_risk", "off_track", "no_target", "not_enough_data"]
AT_RISK = 0.10


@dataclass(frozen=True)
class Point:
    """A KPI's value for one period, as stored."""

    value: float | None
    numerator: float | None
    denominator: float | None
    sample_size: int | None
    null_reason: str | None
    is_final: bool
    interval_low: float | None = None
    interval_high: float | None = None


@dataclass(frozen=True)
class Series:
    """The values of a KPI at the grain of its scorecard, by start of period.

    `first_day`: the first day with data; an earlier start of a period means that the period is only partly covered.
    """

    points: Mapping[date, Point] = field(default_factory=dict)
    first_day: date | None = None


ABSENT = Point(None, None, None, None, "no_data", False)


def score(kpi: Kpi, series: Series, through: date, *, computed_at: datetime, run_id: str) -> dict[str, Any]:
    """The scorecard's row of `kpi`, by column name, in the order of the table: of the newest period up to a day."""
    start = newest_complete(through, kpi.grain)
    end = end_of(start, kpi.grain)
    point = series.points.get(start, ABSENT)
    previous = _value(series, shift(start, kpi.grain, -1))
    earlier = _value(series, year_ago(start, kpi.grain))
    target = kpi.target_on(end)
    reached, expected = attainments(kpi.direction, point.value, target, end)
    benchmark = kpi.benchmark
    return {
        "kpi": kpi.name,
        "label": kpi.label,
        "stage": kpi.stage,
        "cadence": kpi.cadence,
        "audience": ",".join(kpi.audience),
        "unit": kpi.unit,
        "direction": kpi.direction,
        "grain": kpi.grain,
        "period_start": start,
        "period_end": end,
        **{name: value for name, value in asdict(point).items() if name not in ("is_final", "null_reason")},
        "previous_value": previous,
        "change_absolute": _difference(point.value, previous),
        "change_relative": _relative(point.value, previous),
        "year_ago_value": earlier,
        "year_ago_change_relative": _relative(point.value, earlier),
        "trailing_average": trailing_average(kpi, series, start),
        "target_value": target.value if target else None,
        "target_baseline": target.baseline if target else None,
        "target_due": target.due if target else None,
        "target_owner": target.owner if target else None,
        "attainment": reached,
        "expected_attainment": expected,
        "status": status_of(kpi, point, target, reached, expected),
        "benchmark_value": benchmark.value if benchmark else None,
        "benchmark_low": benchmark.low if benchmark else None,
        "benchmark_high": benchmark.high if benchmark else None,
        "benchmark_source": benchmark.source if benchmark else None,
        "benchmark_as_of": benchmark.as_of if benchmark else None,
        "is_final": point.is_final,
        "null_reason": point.null_reason,
        "objective": kpi.objective,
        "description": kpi.description,
        "formula": kpi.formula,
        "owner": kpi.owner,
        "is_focus": kpi.is_focus,
        "stage_order": STAGES.index(kpi.stage) + 1,
        "computed_at": computed_at,
        "run_id": run_id,
        "target_low": target.low if target else None,
        "target_high": target.high if target else None,
        "target_start": target.start if target else None,
        "year_ago_change_absolute": _difference(point.value, earlier),
    }


def attainments(
    direction: str, value: float | None, target: Target | None, day: date
) -> tuple[float | None, float | None]:
    """(attainment, attainment expected by `day`); 1 means that the target is reached."""
    if target is None:
        return None, None
    expected_value = wanted_on(target, day)
    if target.value is None or expected_value is None:
        return _band_attainment(value, target), 1.0
    if direction == "up":
        return (None if value is None else value / target.value), expected_value / target.value
    expected = target.value / expected_value if expected_value > 0 else 1.0
    # Where less is better, nothing at all is as good as the target can be met.
    reached = None if value is None else target.value / value if value > 0 else max(1.0, expected)
    return reached, expected


def wanted_on(target: Target, day: date) -> float | None:
    """What `target` asks for by `day`, on the straight way from its baseline; None for a band."""
    if target.value is None or target.baseline is None:
        return target.value
    passed = (day - target.start).days / (target.due - target.start).days
    return target.baseline + (target.value - target.baseline) * min(max(passed, 0.0), 1.0)


def status_of(kpi: Kpi, point: Point, target: Target | None, reached: float | None, expected: float | None) -> Status:
    """The status by the rules at the head of this module."""
    too_few = point.sample_size is not None and point.sample_size < kpi.minimum_sample
    if point.value is None or too_few or (kpi.judged_when_final and not point.is_final):
        return "not_enough_data"
    if target is None or reached is None or expected is None:
        return "no_target"
    if reached >= expected:
        return "on_track"
    return "at_risk" if reached >= expected - AT_RISK else "off_track"


def trailing_average(kpi: Kpi, series: Series, start: date) -> float | None:
    """Of the periods before `start` (28 days, 8 weeks, 6 months): the mean, or for a ratio the ratio of sums."""
    starts = [shift(start, kpi.grain, -count) for count in range(1, TRAILING[kpi.grain] + 1)]
    points = [series.points[day] for day in starts if day in series.points and _is_whole(series, day)]
    known = [point for point in points if point.value is not None]
    if not known:
        return None
    if kpi.denominator is None:
        return sum(point.value or 0.0 for point in known) / len(known)
    # A period with cost and no result has no value of its own, yet its cost belongs to the average.
    sides = [point for point in points if point.numerator is not None and point.denominator is not None]
    total = sum(point.denominator or 0.0 for point in sides)
    return sum(point.numerator or 0.0 for point in sides) / total * kpi.scale if total else None


def _value(series: Series, start: date) -> float | None:
    return series.points.get(start, ABSENT).value if _is_whole(series, start) else None


def _is_whole(series: Series, start: date) -> bool:
    return series.first_day is None or start >= series.first_day


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _relative(value: float | None, other: float | None) -> float | None:
    return None if value is None or not other else (value - other) / abs(other)


def _band_attainment(value: float | None, target: Target) -> float | None:
    if value is None or target.low is None or target.high is None:
        return None
    if target.low <= value <= target.high:
        return 1.0
    limit = target.low if value < target.low else target.high
    return 1.0 - abs(value - limit) / abs(limit) if limit else 0.0
