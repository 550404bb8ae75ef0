"""Days, ISO weeks (Monday to Sunday) and calendar months, in the time zone of the business."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from transform.kpi.meta import Grain

# Periods before the one that is read, for a trailing average: four weeks of days, eight weeks, half a year.
TRAILING: dict[Grain, int] = {"day": 28, "week": 8, "month": 6}


def start_of(day: date, grain: Grain) -> date:
    """The first day of the period that `day` falls into."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def end_of(start: date, grain: Grain) -> date:
    """The last day (inclusive) of the period that starts on `start`."""
    return shift(start, grain, 1) - timedelta(days=1)


def shift(start: date, grain: Grain, periods: int) -> date:
    """The start of the period that lies `periods` after the one starting on `start` (before it, when negative)."""
    if grain == "month":
        years, month = divmod(start.year * 12 + start.month - 1 + periods, 12)
        return date(years, month + 1, 1)
    return start + timedelta(days=periods * (7 if grain == "week" else 1))


def year_ago(start: date, grain: Grain) -> date:
    """The start of the comparable period a year earlier.

    The same calendar month; for days and weeks 364 days earlier, so that Mondays are compared with Mondays.
    """
    return shift(start, grain, -12) if grain == "month" else start - timedelta(days=364)


def newest_complete(through: date, grain: Grain) -> date:
    """The start of the newest period that ended on or before `through`."""
    running = start_of(through + timedelta(days=1), grain)
    return shift(running, grain, -1)


def last_complete_day(as_of: datetime, zone: ZoneInfo) -> date:
    """The last day that was over in `zone` at `as_of`."""
    return as_of.astimezone(zone).date() - timedelta(days=1)


def period_name(grain: Grain, start: date) -> str:
    """A period as it is written on the command line: 2026-11-03, 2026-W45 or 2026-11."""
    if grain == "week":
        return f"{start:%G-W%V}"
    return f"{start:%Y-%m}" if grain == "month" else start.isoformat()


def parse_period(text: str) -> tuple[Grain, date]:
    """Grain and first day of a period written as 2026-11-03, 2026-W45 or 2026-11. Raises ValueError for other texts."""
    if found := re.fullmatch(r"(\d{4})-?W(\d{1,2})", text):
        return "week", date.fromisocalendar(int(found[1]), int(found[2]), 1)
    if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return "month", date(int(found[1]), int(found[2]), 1)
    return "day", date.fromisoformat(text)
