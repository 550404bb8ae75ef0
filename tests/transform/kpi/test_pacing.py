"""The pace of a running period, worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transform.kpi.conftest import settings_in
from transform.kpi.meta import Target
from transform.kpi.pacing import EVEN, Pace, elapsed_share, is_additive, pace_of, weekday_profile
from transform.kpi.registry import Kpi, load_registry
from transform.kpi.scorecard import Point

MONDAY = date(2026, 3, 2)
SUNDAY = date(2026, 3, 8)
YEAR: dict[str, Any] = {"start": date(2025, 1, 1), "due": date(2027, 1, 1), "owner": "me"}
# Monday to Friday 10 a day and Saturday 50: a week of 100, of which the shop is open six days.
WEEK = (10.0, 10.0, 10.0, 10.0, 10.0, 50.0, 0.0)
SHARES = (0.1, 0.1, 0.1, 0.1, 0.1, 0.5, 0.0)


def history(before: date, weeks: int = 8) -> dict[date, float | None]:
    days = (before - timedelta(days=count) for count in range(1, 7 * weeks + 1))
    return {day: WEEK[day.weekday()] for day in days}


def kpi_with(**changes: Any) -> Kpi:
    return load_registry(settings_in(Path("/nowhere"))).kpi("brand_search_volume").model_copy(update=changes)


def pace(kpi: Kpi, days: dict[date, float | None], through: date, point: Point, **changes: Any) -> Pace:
    return pace_of(kpi, days, point, start=MONDAY, through=through, **{"is_additive": True, **changes})


def test_a_weekday_weighs_what_it_brought_in_the_eight_weeks_before() -> None:
    assert weekday_profile(history(MONDAY), MONDAY) == pytest.approx(SHARES)
    # 8 weeks before a Thursday have each weekday eight times as well
    assert weekday_profile(history(date(2026, 3, 5)), date(2026, 3, 5)) == pytest.approx(SHARES)
    # a ninth week does not count, nor does what the running period brought
    more = history(MONDAY) | {MONDAY - timedelta(days=57): 10_000.0, MONDAY: 10_000.0}
    assert weekday_profile(more, MONDAY) == pytest.approx(SHARES)


@pytest.mark.parametrize(
    "days",
    [
        {},
        history(MONDAY, weeks=7),
        dict.fromkeys(history(MONDAY), 0.0),
        dict.fromkeys(history(MONDAY), None),
        # refunds on all Mondays
        {day: -1.0 if day.weekday() == 0 else 5.0 for day in history(MONDAY)},
    ],
    ids=["no history", "seven weeks", "zero", "unknown", "negative"],
)
def test_without_a_profile_each_day_weighs_the_same(days: dict[date, float | None]) -> None:
    assert weekday_profile(days, MONDAY) == EVEN


@pytest.mark.parametrize(
    ("through", "share"),
    [
        (date(2026, 3, 1), 0.0),
        (MONDAY, 0.1),
        (date(2026, 3, 6), 0.5),
        (date(2026, 3, 7), 1.0),
        (SUNDAY, 1.0),
        (date(2026, 3, 20), 1.0),
    ],
)
def test_the_share_of_a_week_that_is_over(through: date, share: float) -> None:
    assert elapsed_share(SHARES, MONDAY, SUNDAY, through) == pytest.approx(share)


def test_the_share_of_a_month_counts_its_own_weekdays() -> None:
    # March 2026 starts on a Sunday and has 5 Sundays, Mondays and Tuesdays, 4 of the others:
    # 5*0.1 + 5*0.1 + 4*(0.1 + 0.1 + 0.1 + 0.5) + 0 = 4.2; up to Saturday the 14th two whole weeks of 1.0
    assert elapsed_share(SHARES, date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 14)) == pytest.approx(2 / 4.2)


@pytest.mark.parametrize(
    ("brought", "status"), [(60.0, "on_track"), (50.0, "on_track"), (46.0, "at_risk"), (44.0, "off_track")]
)
def test_a_sum_is_judged_by_where_it_leads(brought: float, status: str) -> None:
    # By Friday half of the week's business is done: 50 of 100 are on the way, where a straight line asks for 71.
    kpi = kpi_with(targets=(Target(value=100.0, baseline=100.0, **YEAR),))
    days = history(MONDAY) | {MONDAY + timedelta(days=count): brought / 5 for count in range(5)}
    found = pace(kpi, days, date(2026, 3, 6), Point(brought + 3, brought + 3, None, None, None, False))
    assert (found.elapsed, found.value_to_date) == (pytest.approx(0.5), pytest.approx(brought))
    assert (found.expected_value, found.projected_value) == (pytest.approx(50.0), pytest.approx(brought * 2))
    assert (found.attainment, found.expected_attainment) == (pytest.approx(brought / 100), pytest.approx(0.5))
    assert found.status == status


def test_a_sum_on_the_way_from_a_baseline_is_held_to_what_the_period_asks() -> None:
    # From 60 on 1 March to 100 on 15 March, half-way on the 8th: the week asks for 80, half of it by Friday.
    target = Target(value=100.0, baseline=60.0, start=date(2026, 3, 1), due=date(2026, 3, 15), owner="me")
    days = history(MONDAY) | {MONDAY + timedelta(days=count): 8.0 for count in range(5)}
    found = pace(kpi_with(targets=(target,)), days, date(2026, 3, 6), Point(40.0, 40.0, None, None, None, False))
    assert (found.expected_value, found.projected_value) == (pytest.approx(40.0), pytest.approx(80.0))
    assert (found.attainment, found.expected_attainment, found.status) == (
        pytest.approx(0.4),
        pytest.approx(0.4),
        "on_track",
    )


def test_a_sum_that_should_fall_is_judged_by_its_projection() -> None:
    kpi = kpi_with(direction="down", targets=(Target(value=100.0, baseline=100.0, **YEAR),))
    days = history(MONDAY) | {MONDAY: 12.5}
    found = pace(kpi, days, MONDAY, Point(12.5, 12.5, None, None, None, False))
    assert (found.projected_value, found.attainment, found.status) == (
        pytest.approx(125.0),
        pytest.approx(0.8),
        "off_track",
    )


def test_a_ratio_is_held_to_the_target_itself() -> None:
    target = Target(value=0.04, baseline=0.04, **YEAR)
    kpi = kpi_with(denominator="sessions", numerator="converting_sessions", minimum_sample=100, targets=(target,))
    found = pace(kpi, history(MONDAY), MONDAY, Point(0.03, 6.0, 200.0, 200, None, False), is_additive=False)
    assert (found.value_to_date, found.expected_value, found.projected_value) == (0.03, 0.04, None)
    assert (found.attainment, found.expected_attainment, found.status) == (pytest.approx(0.75), 1.0, "off_track")
    few = pace(kpi, history(MONDAY), MONDAY, Point(0.03, 2.0, 99.0, 99, None, False), is_additive=False)
    assert few.status == "not_enough_data"


def test_no_complete_day_and_distinct_people_have_no_pace() -> None:
    kpi = kpi_with(targets=(Target(value=100.0, baseline=100.0, **YEAR),))
    point = Point(5.0, 5.0, None, None, None, False)
    assert pace(kpi, history(MONDAY), date(2026, 3, 1), point).status == "not_enough_data"
    people = pace(kpi, history(MONDAY), date(2026, 3, 6), point, is_additive=False)
    assert (people.elapsed, people.projected_value, people.status) == (pytest.approx(0.5), None, "not_enough_data")


def test_what_adds_up_is_read_from_the_measure() -> None:
    registry = load_registry(settings_in(Path("/nowhere")))
    sums = {kpi.name for kpi in registry.kpis if is_additive(kpi, registry)}
    assert "brand_search_volume" in sums
    # distinct people, a median, a ratio and a stock
    assert not sums & {"new_visitors", "sales_cycle_days", "conversion_rate", "spend_pacing", "repeat_purchase_rate"}


@given(
    weights=st.lists(st.floats(-5, 1e6), min_size=56, max_size=56),
    start=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    length=st.integers(1, 31),
)
def test_shares_of_a_profile_sum_to_one_and_only_grow(weights: list[float], start: date, length: int) -> None:
    days: dict[date, float | None] = {start - timedelta(days=count + 1): weight for count, weight in enumerate(weights)}
    profile = weekday_profile(days, start)
    assert sum(profile) == pytest.approx(1.0)
    assert min(profile) >= 0
    end = start + timedelta(days=length - 1)
    shares = [elapsed_share(profile, start, end, start + timedelta(days=count)) for count in range(-1, length + 1)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
