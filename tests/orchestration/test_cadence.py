"""When each cadence runs: the first working day, other time zones, and the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dagster._utils.schedules import cron_string_iterator

from orchestration.cadence import Timing, is_due, reported_by, start_hour, timings
from warehouse.workdays import Workdays

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = Workdays()


def ticks(cron: str, since: date, count: int) -> list[datetime]:
    """The first ticks in Berlin after the end of the day before `since`."""
    start = datetime(since.year, since.month, since.day, tzinfo=BERLIN).timestamp()
    return list(islice(cron_string_iterator(start, cron, "Europe/Berlin"), count))


@pytest.mark.parametrize(
    ("day", "is_first"),
    [
        # Thursday; Saturday and Sunday the 1st with the Monday after; Monday
        ("2026-10-01", True),
        ("2026-10-02", False),
        ("2026-08-01", False),
        ("2026-08-02", False),
        ("2026-08-03", True),
        ("2026-11-01", False),
        ("2026-11-02", True),
        ("2026-11-03", False),
        ("2026-06-01", True),
        ("2026-02-28", False),
    ],
)
def test_the_first_working_day_of_a_month(day: str, is_first: bool) -> None:
    assert is_due("monthly", date.fromisoformat(day), WEEK) is is_first


@pytest.mark.parametrize(
    ("place", "month", "first"),
    [
        # New Year on a Friday, Labour Day on a Friday and on a Saturday: the Monday after
        ("DE", "2027-01", "2027-01-04"),
        ("DE", "2026-05", "2026-05-04"),
        ("DE", "2027-05", "2027-05-03"),
        # no holiday there: Friday, 1 May; New Year is one
        ("US", "2026-05", "2026-05-01"),
        ("US", "2027-01", "2027-01-04"),
        # All Saints on a Monday, in Bavaria and not in Berlin
        ("DE-BY", "2027-11", "2027-11-02"),
        ("DE-BE", "2027-11", "2027-11-01"),
        # from Thursday, 1 October, to Wednesday the 7th: the National Day of China, longer than any week-end
        ("CN", "2026-10", "2026-10-08"),
        # Friday and Saturday are free in Saudi Arabia: Sunday, 3 May
        ("SA", "2026-05", "2026-05-03"),
        ("", "2027-01", "2027-01-01"),
    ],
)
def test_the_first_working_day_of_a_place(place: str, month: str, first: str) -> None:
    workdays = Workdays(place)
    days = [date.fromisoformat(f"{month}-{day:02}") for day in range(1, 29)]
    assert [str(day) for day in days if is_due("monthly", day, workdays)] == [first]


@pytest.mark.parametrize("place", ["", "DE", "JP"])
def test_each_month_has_one_monthly_run_on_a_working_day_and_each_week_a_weekly_one(place: str) -> None:
    workdays = Workdays(place)
    latest = workdays.latest_first(2026)
    timing = timings(latest_first=latest)
    asked = ticks(timing["monthly"].starts, date(2026, 1, 1), latest * 24)
    due = [moment for moment in asked if is_due("monthly", moment.date(), workdays)]
    assert [(moment.year, moment.month) for moment in due] == [(2026 + n // 12, n % 12 + 1) for n in range(24)]
    assert {moment.weekday() for moment in due} <= set(range(5))
    mondays = ticks(timing["weekly"].starts, date(2026, 1, 1), 60)
    assert all(is_due("weekly", moment.date(), workdays) for moment in mondays)


def test_runs_keep_the_clock_of_the_business_when_it_changes() -> None:
    # clocks go forward on 29 March and back on 25 October
    for since, offsets in ((date(2026, 3, 28), (1, 2, 2)), (date(2026, 10, 24), (2, 1, 1))):
        found = ticks(timings()["daily"].starts, since, 3)
        assert [moment.hour for moment in found] == [6, 6, 6]
        assert [moment.astimezone(UTC).hour for moment in found] == [6 - offset for offset in offsets]


@pytest.mark.parametrize(
    ("zones", "hour"),
    [
        ([], 6),
        (["Europe/Berlin", "Asia/Tokyo"], 6),
        # midnight in New York is 06:00 in Berlin, and 05:00 in the weeks in which only one of them has changed
        (["America/New_York"], 7),
        (["America/New_York", "America/Los_Angeles"], 10),
    ],
)
def test_a_daily_run_starts_when_yesterday_is_over_in_every_account(zones: list[str], hour: int) -> None:
    assert start_hour(zones, BERLIN, 2026) == hour


def test_no_start_is_beyond_the_day() -> None:
    # midnight in Los Angeles is up to 21:00 in Auckland; in Pago Pago it is midnight of the next day
    assert start_hour(["America/Los_Angeles"], ZoneInfo("Pacific/Auckland"), 2026) == 22
    assert start_hour(["Pacific/Pago_Pago"], ZoneInfo("Pacific/Auckland"), 2026) == 23


@pytest.mark.parametrize(("hour", "latest"), [(6, 3), (10, 3), (23, 3), (6, 8)])
def test_a_start_lies_between_the_lower_bound_and_the_deadline(hour: int, latest: int) -> None:
    def newest(timing: Timing) -> tuple[datetime, list[datetime]]:
        deadline = ticks(timing.deadline, date(2026, 8, 1), 1)[0]
        found = ticks(timing.starts, date(2026, 8, 1), latest)
        return deadline, [moment for moment in found if deadline - timing.lead <= moment <= deadline]

    for cadence, timing in timings(hour, latest).items():
        deadline, found = newest(timing)
        assert len(found) == (latest if cadence == "monthly" else 1), (cadence, deadline)


def test_a_cadence_reports_itself_and_the_quicker_ones() -> None:
    assert reported_by("daily") == ("daily",)
    assert reported_by("monthly") == ("daily", "weekly", "monthly")
