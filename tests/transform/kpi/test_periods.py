from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.kpi.meta import Grain
from transform.kpi.periods import end_of, last_complete_day, newest_complete, shift, start_of, year_ago

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
GRAINS = st.sampled_from(["day", "week", "month"])


@given(DAYS, GRAINS)
def test_every_day_belongs_to_exactly_one_period(day: date, grain: Grain) -> None:
    start = start_of(day, grain)
    assert start <= day <= end_of(start, grain)
    assert end_of(shift(start, grain, -1), grain) == start - timedelta(days=1)
    assert shift(start, grain, 1) == end_of(start, grain) + timedelta(days=1)


@given(DAYS)
def test_a_week_is_the_iso_week(day: date) -> None:
    start = start_of(day, "week")
    assert start.isoweekday() == 1
    assert start.isocalendar()[:2] == day.isocalendar()[:2]


@given(DAYS, GRAINS)
def test_the_newest_complete_period_has_ended_and_the_next_has_not(day: date, grain: Grain) -> None:
    start = newest_complete(day, grain)
    assert end_of(start, grain) <= day < end_of(shift(start, grain, 1), grain)


@pytest.mark.parametrize(
    ("start", "grain", "expected"),
    [
        (date(2026, 11, 16), "week", date(2025, 11, 17)),
        (date(2026, 11, 22), "day", date(2025, 11, 23)),
        (date(2024, 2, 1), "month", date(2023, 2, 1)),
    ],
)
def test_a_year_ago_is_the_same_weekday_or_month(start: date, grain: Grain, expected: date) -> None:
    assert year_ago(start, grain) == expected


def test_a_day_ends_at_midnight_of_the_business() -> None:
    late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    assert last_complete_day(late, ZoneInfo("Europe/Berlin")) == date(2026, 3, 9)
    assert last_complete_day(late, ZoneInfo("America/New_York")) == date(2026, 3, 8)
