"""Which days of an account a load reads: those asked for, and those whose conversions could still come in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pyarrow as pa

from ingestion.context import LoadContext
from ingestion.google_ads.client import Account
from ingestion.google_ads.report import Report
from ingestion.spec import Window, months_before

HISTORY_MONTHS = 37
CLICK_VIEW_DAYS = 90
# A click's row no longer changes then; each day costs a request of its own, so it is not read again.
CLICKS_FINAL_AFTER_DAYS = 7
SHORTEST_WINDOW, LONGEST_WINDOW = 30, 90
# Credit for invalid clicks and late uploads go on for some days after the last conversion can have happened.
SETTLING_DAYS = 3


def conversion_window(actions: pa.Table) -> int:
    """Days after a click in which its conversions still count: the longest of the enabled primary actions, 30 to 90."""
    longest = max(
        (
            int(action["click_through_lookback_window_days"] or 0)
            for action in actions.to_pylist()
            if action["primary_for_goal"] and action["status"] == "ENABLED"
        ),
        default=0,
    )
    return min(max(longest, SHORTEST_WINDOW), LONGEST_WINDOW)


def report_windows(context: LoadContext, report: Report, account: Account, window_days: int) -> list[Window]:
    """The load's window, and where it reaches the newest day, every day that was read before its numbers were final.

    `window_days` is the account's conversion window. So a day is read until its conversions are all in, however long
    the machine was off in between; a load of older days only reads what was asked for.
    """
    oldest = months_before(context.today(account.time_zone), HISTORY_MONTHS) + timedelta(days=1)
    window = context.account_window(report.name, account.customer_id, account.time_zone, oldest)
    days = set(window.days()) if window else set()
    if _reaches_the_newest_day(context, account):
        read_at = context.read_at(report.name, account.customer_id)
        days |= {
            day
            for day, moment in read_at.items()
            if day >= oldest
            and not _is_final(day, moment, window_days + SETTLING_DAYS)
            and not _is_just_read(context, moment)
        }
    return [chunk for stretch in stretches(days) for chunk in stretch.chunks(report.days_a_request)]


def click_windows(context: LoadContext, report: Report, account: Account) -> list[Window]:
    """Single days of the last 90, but those that no longer change."""
    oldest = context.today(account.time_zone) - timedelta(days=CLICK_VIEW_DAYS - 1)
    window = context.account_window(report.name, account.customer_id, account.time_zone, oldest)
    read_at = context.read_at(report.name, account.customer_id)
    days = window.days() if window else []
    return [Window(day, day) for day in days if not _is_final(day, read_at.get(day), CLICKS_FINAL_AFTER_DAYS)]


def stretches(days: Iterable[date]) -> list[Window]:
    """Days that follow each other as one window, oldest first."""
    found: list[Window] = []
    for day in sorted(days):
        if found and found[-1].end + timedelta(days=1) == day:
            found[-1] = Window(found[-1].start, day)
        else:
            found.append(Window(day, day))
    return found


def _reaches_the_newest_day(context: LoadContext, account: Account) -> bool:
    complete = context.complete_window(account.time_zone)
    return complete is not None and complete.end == context.today(account.time_zone) - timedelta(days=1)


def _is_final(day: date, read_at: datetime | None, after_days: int) -> bool:
    return read_at is not None and read_at.date() >= day + timedelta(days=after_days)


def _is_just_read(context: LoadContext, read_at: datetime) -> bool:
    """Whether a load that stopped has read it, and this one goes on from there."""
    since = context.resumes_since()
    return since is not None and read_at >= since and context.as_of - read_at < timedelta(days=1)
