"""Days of a time zone as seconds, fast: a world holds some hundred thousand moments."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


class DayClock:
    """The midnights of a zone from `first` on, for `days` days."""

    def __init__(self, zone: str, first: date, days: int) -> None:
        local = ZoneInfo(zone)
        self.first = first
        self.days = [first + timedelta(days=n) for n in range(days)]
        self.midnights = [int(datetime.combine(day, time.min, local).timestamp()) for day in self.days]

    def index(self, moment: int) -> int:
        """The number of the local day of `moment`; -1 before the first."""
        return bisect_right(self.midnights, moment) - 1

    def day(self, moment: int) -> date:
        """The local day of `moment` (seconds since the epoch)."""
        return self.days[self.index(moment)]


@lru_cache(maxsize=16)
def day_clock(zone: str, first: date, days: int) -> DayClock:
    """A shared clock."""
    return DayClock(zone, first, days)


def utc(moment: int) -> datetime:
    """Seconds since the epoch as an aware datetime."""
    return datetime.fromtimestamp(moment, UTC)


def midnight(day: date, zone: str) -> datetime:
    """The start of `day` in `zone`, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
