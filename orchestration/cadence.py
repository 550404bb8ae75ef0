"""When each cadence runs, and until when its numbers must be there: the only cron strings of the project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

Cadence = Literal["daily", "weekly", "monthly"]
CADENCES: tuple[Cadence, ...] = get_args(Cadence)


@dataclass(frozen=True)
class Timing:
    """A cadence's start and deadline, in the business's time zone, and how long a run may take before it is late."""

    starts: str
    deadline: str
    lead: timedelta


TIMINGS: dict[Cadence, Timing] = {
    "daily": Timing("0 6 * * *", "0 8 * * *", timedelta(hours=3)),
    "weekly": Timing("0 7 * * 1", "0 9 * * 1", timedelta(hours=3)),
    "monthly": Timing("0 8 1 * *", "0 10 1 * *", timedelta(hours=3)),
}


def reported_by(cadence: Cadence) -> tuple[Cadence, ...]:
    """The cadences whose KPIs a run of `cadence` reports: its own and every quicker one."""
    return CADENCES[: CADENCES.index(cadence) + 1]


def in_use(cadences: Iterable[Cadence]) -> tuple[Cadence, ...]:
    """The cadences that some KPI has, quickest first."""
    wanted = set(cadences)
    return tuple(cadence for cadence in CADENCES if cadence in wanted)
