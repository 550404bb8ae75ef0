"""What a KPI should have reached by now within a period that is still running.

The share of the period that is over is counted in weekdays' weights, not in days: a business that sells nothing at
weekends is not behind on a Sunday. A weekday weighs what it brought of the KPI's numerator in the 56 days (8 weeks)
before the period. Where these are not all known, or brought nothing, each day weighs the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from transform.kpi.periods import end_of
from transform.kpi.registry import Kpi, Registry
from transform.kpi.scorecard import Point, Status, attainments, status_of, wanted_on

WEEKS = 8
EVEN = (1 / 7,) * 7


@dataclass(frozen=True)
class Pace:
    """A running period: `elapsed` is the share that is over (0..1), `value_to_date` that of its complete days.

    `expected_value` is what the target asks for by now: of a sum the share that is over, of a ratio or stock all of it.
    `projected_value` is where a sum ends that goes on as it began.
    """

    kpi: str
    start: date
    end: date
    elapsed: float
    value_to_date: float | None
    expected_value: float | None
    projected_value: float | None
    attainment: float | None
    expected_attainment: float | None
    status: Status


def weekday_profile(days: Mapping[date, float | None], before: date) -> tuple[float, ...]:
    """The share of a week that falls on each weekday, Monday first, by the 56 days before `before`; sums to 1."""
    window = [before - timedelta(days=count) for count in range(1, 7 * WEEKS + 1)]
    if not days or min(days) > window[-1]:
        return EVEN
    weights = [0.0] * 7
    for day in window:
        weights[day.weekday()] += days.get(day) or 0.0
    total = sum(weights)
    # A weekday that lost more than it brought (money that was paid back) has no share that could be told.
    if total <= 0 or min(weights) < 0:
        return EVEN
    return tuple(weight / total for weight in weights)


def elapsed_share(profile: tuple[float, ...], start: date, end: date, through: date) -> float:
    """The share of the period from `start` to `end` that is over when the day `through` is, 0..1."""
    if through >= end:
        return 1.0
    total = sum(profile[day.weekday()] for day in _days(start, end))
    gone = sum(profile[day.weekday()] for day in _days(start, through))
    return min(gone / total, 1.0) if total else 0.0


def pace_of(
    kpi: Kpi,
    days: Mapping[date, float | None],
    point: Point,
    *,
    start: date,
    through: date,
    is_additive: bool,
) -> Pace:
    """The pace of `kpi` in the running period whose value so far is `point`; its days up to `through` are complete.

    `days`: the daily numerators, by which weekdays are weighed. Attainment of a sum that should rise is what is
    reached so far against what should be by now; of any other KPI it is that of where the pace leads, and a period
    none of whose days is complete, or a number of distinct people, has not enough data for one.
    """
    end = end_of(start, kpi.grain)
    elapsed = elapsed_share(weekday_profile(days, start), start, end, through)
    target = kpi.target_on(end)
    wanted = wanted_on(target, end) if target else None
    if elapsed == 0.0 or not (is_additive or _is_level(kpi)):
        return Pace(kpi.name, start, end, elapsed, None, None, None, None, None, "not_enough_data")
    if not is_additive:
        reached, expected = attainments(kpi.direction, point.value, target, end)
        status = status_of(kpi, point, target, reached, expected)
        return Pace(kpi.name, start, end, elapsed, point.value, wanted, None, reached, expected, status)
    so_far = sum(days.get(day) or 0.0 for day in _days(start, through))
    projected = so_far / elapsed
    reached, expected = attainments(kpi.direction, projected, target, end)
    status = status_of(kpi, Point(projected, None, None, point.sample_size, None, False), target, reached, expected)
    if kpi.direction == "up" and reached is not None and expected is not None:
        reached, expected = reached * elapsed, expected * elapsed
    by_now = None if wanted is None else wanted * elapsed
    return Pace(kpi.name, start, end, elapsed, so_far, by_now, projected, reached, expected, status)


def describe_running(pace: Pace | None) -> dict[str, Any]:
    """The columns of a scorecard's row that tell of the running period; NULL where there is none."""
    return {
        f"running_{column}": getattr(pace, name, None)
        for column, name in (
            ("start", "start"),
            ("end", "end"),
            ("elapsed", "elapsed"),
            ("value", "value_to_date"),
            ("expected_value", "expected_value"),
            ("projected_value", "projected_value"),
            ("status", "status"),
        )
    }


def is_additive(kpi: Kpi, registry: Registry) -> bool:
    """Whether the days of a period add up to it: a sum straight from a fact, and no stock."""
    return kpi.denominator is None and not kpi.is_stock and registry.definitions[kpi.name].adds_up


def _is_level(kpi: Kpi) -> bool:
    """Whether the value of half a period is as high as that of the whole: ratios, medians and stocks."""
    return kpi.denominator is not None or kpi.is_stock or kpi.unit not in ("count", "currency")


def _days(start: date, end: date) -> Iterable[date]:
    return (start + timedelta(days=count) for count in range((end - start).days + 1))
