"""What an ad platform shows of its days at a moment of the virtual clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ingestion.sandbox.model import AdDay

CENT_MICROS = 10_000


def local_day(now: datetime, time_zone: str) -> date:
    """The date at `now` in an account's time zone."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def delivered(days: Iterable[AdDay], now: datetime, time_zone: str, last_day: date) -> Iterator[AdDay]:
    """The delivery that is known at `now`: days to come are hidden, a day under way shows its elapsed part.

    The world's own `last_day` is under way by nature and is shown as it stands. Costs stay whole cents.
    """
    local = now.astimezone(ZoneInfo(time_zone))
    today = local.date()
    elapsed = (local.hour * 60 + local.minute) / 1440
    for day in days:
        if day.day < today or (day.day == today == last_day):
            yield day
        elif day.day == today:
            yield replace(
                day,
                impressions=int(day.impressions * elapsed),
                clicks=int(day.clicks * elapsed),
                cost_micros=int(day.cost_micros * elapsed) // CENT_MICROS * CENT_MICROS,
                reach=int(day.reach * elapsed),
            )
