"""People of a week or month are counted by Meta for the whole of it: asked for as such, and never cut."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.meta_ads.stretches import Every, cut, end_of, halves, start_of, whole
from ingestion.spec import Window
from tests.ingestion.conftest import Trial
from tests.ingestion.sandbox.tiny import META

INSIGHTS = f"act_{META}/insights"
OLDEST, NEWEST = date(2023, 10, 24), date(2026, 11, 22)
EVERY: tuple[Every, ...] = ("day", "week", "month")
# Of the 20th: 3,800 of one campaign and 60 % of 400; the 21st brings 60 % of 90 more.
PEOPLE = "4094"


@pytest.fixture
def trial(trial: Trial) -> Trial:
    trial.overrides["meta_ads"] = {"poll_seconds": "0.001"}
    return trial


def _people(trial: Trial, table: str) -> list[tuple[str, ...]]:
    return trial.rows(
        f"select date_start::varchar, date_stop::varchar, impressions, reach from raw_meta_ads.{table} order by 1"
    )


def _asked(trial: Trial, increment: str) -> list[tuple[str, str]]:
    queries = [request.query for request in trial.asked(INSIGHTS) if request.method == "GET"]
    ranges = [json.loads(query["time_range"]) for query in queries if query.get("time_increment") == increment]
    return [(asked["since"], asked["until"]) for asked in ranges]


def test_people_of_whole_weeks_and_months_are_read_for_any_days_of_them(trial: Trial) -> None:
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    # From Monday to Sunday, and from the first to the last day that is over in New York.
    assert _asked(trial, "7") == [("2026-11-16", "2026-11-22")]
    assert _asked(trial, "monthly") == [("2026-11-01", "2026-11-22")]
    assert _people(trial, "account_weekly") == [("2026-11-16", "2026-11-22", "5600", PEOPLE)]
    assert _people(trial, "account_monthly") == [("2026-11-01", "2026-11-22", "5600", PEOPLE)]
    ((days,),) = trial.rows("select sum(reach::integer) from raw_meta_ads.account_daily")
    assert days == 4130 > int(PEOPLE)


def test_the_period_under_way_is_read_up_to_the_last_day_over_and_again_until_it_is_whole(trial: Trial) -> None:
    # On the 21st at 05:00 in New York the 20th is over.
    trial.control.advance(timedelta(days=-2, hours=2))
    trial.load("meta_ads", "2026-11-19", "2026-11-21")
    assert _people(trial, "account_weekly") == [("2026-11-16", "2026-11-20", "5500", "4040")]
    assert _people(trial, "account_monthly") == [("2026-11-01", "2026-11-20", "5500", "4040")]
    trial.control.advance(timedelta(days=3))
    trial.load("meta_ads", "2026-11-21", "2026-11-23")
    assert _people(trial, "account_weekly") == [("2026-11-16", "2026-11-22", "5600", PEOPLE)]
    assert _people(trial, "account_monthly") == [("2026-11-01", "2026-11-23", "5600", PEOPLE)]


@pytest.mark.parametrize(
    ("increment", "first", "second"),
    [
        ("7", ("2026-09-28", "2026-10-25"), ("2026-10-26", "2026-11-22")),
        ("monthly", ("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-22")),
    ],
)
def test_what_is_too_much_is_asked_for_in_fewer_whole_periods(
    trial: Trial, increment: str, first: tuple[str, str], second: tuple[str, str]
) -> None:
    trial.overrides["meta_ads"]["parallel_requests"] = "1"
    days = "2026-10-01", "2026-11-22"
    trial.load("meta_ads", *days)
    asked = [request.query.get("time_increment") for request in trial.asked(INSIGHTS)]
    trial.control.log.clear()
    # Pages are halved twice, then the days.
    trial.inject("meta.too_much_data", INSIGHTS, times=3, skip=asked.index(increment))
    trial.load("meta_ads", *days)
    whole = first[0], second[1]
    assert _asked(trial, increment) == [whole, whole, whole, first, second]
    ((people,),) = trial.rows(
        f"select max(reach) from raw_meta_ads.account_{'weekly' if increment == '7' else 'monthly'}"
    )
    assert people == PEOPLE


@pytest.mark.parametrize("every", EVERY)
@given(first=st.dates(date(2023, 1, 1), NEWEST), days=st.integers(0, 800), limit=st.integers(1, 200))
def test_pieces_and_halves_are_whole_periods_that_make_up_the_window(
    every: Every, first: date, days: int, limit: int
) -> None:
    asked = Window(first, min(first + timedelta(days=days), NEWEST))
    window = whole(asked, every, OLDEST, NEWEST)
    kept = [day for day in asked.days() if start_of(day, every) >= OLDEST]
    if window is None:
        assert not kept
        return
    pieces = cut(window, every, limit)
    for parts in (pieces, halves(window, every) or (window,)):
        assert [day for part in parts for day in part.days()] == window.days()
        for part in parts:
            assert part.start == start_of(part.start, every)
            assert part.end in (end_of(part.end, every), NEWEST)
    for piece in pieces:
        assert len(piece.days()) <= limit or end_of(piece.start, every) >= piece.end
    assert window.start >= OLDEST and set(kept) <= set(window.days())
    assert (halves(window, every) is None) is (end_of(window.start, every) >= window.end)


def test_weeks_and_months_that_meta_has_no_longer_as_a_whole_are_left_out() -> None:
    # 24 October 2023 was a Tuesday.
    asked = Window(date(2023, 10, 20), date(2023, 11, 1))
    assert whole(asked, "week", OLDEST, NEWEST) == Window(date(2023, 10, 30), date(2023, 11, 5))
    assert whole(asked, "month", OLDEST, NEWEST) == Window(date(2023, 11, 1), date(2023, 11, 30))
    assert whole(Window(date(2023, 10, 1), date(2023, 10, 31)), "month", OLDEST, NEWEST) is None


def test_a_window_is_halved_between_two_periods() -> None:
    # A week and a half, 31 + 30 + 22 days, and what is one period.
    half = halves(Window(date(2026, 11, 9), date(2026, 11, 18)), "week")
    assert half == (Window(date(2026, 11, 9), date(2026, 11, 15)), Window(date(2026, 11, 16), date(2026, 11, 18)))
    half = halves(Window(date(2026, 9, 1), date(2026, 11, 22)), "month")
    assert half == (Window(date(2026, 9, 1), date(2026, 10, 31)), Window(date(2026, 11, 1), date(2026, 11, 22)))
    assert halves(Window(date(2026, 11, 1), date(2026, 11, 22)), "month") is None
