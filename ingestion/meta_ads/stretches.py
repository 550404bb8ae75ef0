"""Days, ISO weeks and months that a report is asked for in one reply, and how they are cut: never within a period.

Meta counts the people of a row anew, so a week that is asked for in two parts has no number at all. By
`time_increment=7` its weeks begin on the first day that is asked for; by `monthly` they are calendar months, cut at
both ends of what is asked for.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from ingestion.spec import Window

Every = Literal["day", "week", "month"]
TIME_INCREMENT: dict[Every, int | str] = {"day": 1, "week": 7, "month": "monthly"}


def start_of(day: date, every: Every) -> date:
    """The first day of the period that `day` falls into."""
    if every == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if every == "month" else day


def end_of(day: date, every: Every) -> date:
    """The last day of the period that `day` falls into."""
    if every == "month":
        return start_of(day.replace(day=28) + timedelta(days=4), every) - timedelta(days=1)
    return start_of(day, every) + timedelta(days=6 if every == "week" else 0)


def whole(window: Window, every: Every, oldest: date, newest: date) -> Window | None:
    """The window with the whole of each period that it touches; the one under way up to `newest`, the last day over.

    A period that begins before `oldest`, from which on Meta keeps days, is left out. None where nothing is left.
    """
    start = start_of(max(window.start, oldest), every)
    if start < oldest:
        start = end_of(start, every) + timedelta(days=1)
    end = min(end_of(window.end, every), newest)
    return None if start > end else Window(start, end)


def cut(window: Window, every: Every, days: int) -> list[Window]:
    """A whole window in pieces of whole periods: of at most `days` days, or of one period where that is longer."""
    pieces: list[Window] = []
    start = window.start
    while start <= window.end:
        end = end_of(start, every)
        while end < window.end and (end_of(end + timedelta(days=1), every) - start).days < days:
            end = end_of(end + timedelta(days=1), every)
        pieces.append(Window(start, min(end, window.end)))
        start = end + timedelta(days=1)
    return pieces


def halves(window: Window, every: Every) -> tuple[Window, Window] | None:
    """A whole window in two parts of whole periods, about as long; None where it is one period."""
    middle = window.start + (window.end - window.start) // 2
    end = end_of(middle, every)
    if end >= window.end:
        end = start_of(middle, every) - timedelta(days=1)
    if end < window.start:
        return None
    return Window(window.start, end), Window(end + timedelta(days=1), window.end)
