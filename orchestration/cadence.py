"""When each cadence runs, and until when its numbers must be there: the only cron strings of the project."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from warehouse.workdays import Workdays

Cadence = Literal["daily", "weekly", "monthly"]
CADENCES: tuple[Cadence, ...] = get_args(Cadence)
EARLIEST_HOUR = 6
"""No run starts before: an hour after the business's own midnight a vendor still counts."""
_LAST_HOUR = 23
# The latest first working day of a month where nothing but week-ends is free.
_THIRD = 3
# A vendor's first numbers of a day come a while after its end.
_AFTER_CLOSE = 1


@dataclass(frozen=True)
class Timing:
    """A cadence's start and deadline, in the business's time zone, and how long a run may take before it is late.

    The monthly start is asked on the days that may be the first working day of a month; `is_due` picks one of them.
    """

    starts: str
    deadline: str
    lead: timedelta


def timings(hour: int = EARLIEST_HOUR, latest_first: int = _THIRD) -> dict[Cadence, Timing]:
    """The timing of each cadence when the daily run starts at `hour`; the others wait in line behind it.

    `latest_first` is the latest day of a month that is its first working day.
    """
    late = min(hour + 2, _LAST_HOUR)
    return {
        "daily": Timing(f"0 {hour} * * *", f"55 {late} * * *", timedelta(hours=4)),
        "weekly": Timing(f"20 {hour} * * 1", f"55 {late} * * 1", timedelta(hours=4)),
        # asked on each of these days; who runs on the first is not late until the last of them
        "monthly": Timing(
            f"40 {hour} 1-{latest_first} * *",
            f"55 {late} {latest_first} * *",
            timedelta(days=latest_first - 1, hours=4),
        ),
    }


def start_hour(zones: Iterable[str], business: ZoneInfo, year: int) -> int:
    """The hour of the business's day at which a daily run may start, so that yesterday is over in each of `zones`.

    That of the latest day of `year`: clocks change on other days elsewhere.
    """
    return min(max(EARLIEST_HOUR, *(_closing_hour(ZoneInfo(zone), business, year) for zone in zones), 0), _LAST_HOUR)


def is_due(cadence: Cadence, day: date, workdays: Workdays) -> bool:
    """Whether a run of `cadence` belongs to `day`: any day, a Monday, the first of `workdays` in a month."""
    if cadence == "monthly":
        return day == workdays.first_of(day)
    return cadence == "daily" or day.weekday() == 0


def reported_by(cadence: Cadence) -> tuple[Cadence, ...]:
    """The cadences whose KPIs a run of `cadence` reports: its own and every quicker one."""
    return CADENCES[: CADENCES.index(cadence) + 1]


def in_use(cadences: Iterable[Cadence]) -> tuple[Cadence, ...]:
    """The cadences that some KPI or source has, quickest first."""
    wanted = set(cadences)
    return tuple(cadence for cadence in CADENCES if cadence in wanted)


def _closing_hour(zone: ZoneInfo, business: ZoneInfo, year: int) -> int:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    hours = []
    for day in days:
        ended = datetime.combine(day, time(), zone).astimezone(business).replace(tzinfo=None)
        hours.append((ended - datetime.combine(day, time())) / timedelta(hours=1))
    return math.ceil(max(hours)) + _AFTER_CLOSE
