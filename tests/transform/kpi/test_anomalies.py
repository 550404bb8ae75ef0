from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import t as student

from transform.kpi.anomalies import PACES, Array, Judged, Measure, judge, missing
from transform.kpi.meta import Grain
from transform.kpi.periods import shift

WEEKDAYS = np.array([1.0, 1.1, 1.05, 1.0, 0.9, 0.5, 0.45])


def judged(
    values: Array,
    *,
    grain: Grain = "day",
    measure: Measure = "signed",
    cases: Array | None = None,
    false_alarms: float = 1.0,
) -> Judged:
    first = date(2024, 1, 1)
    starts = [shift(first, grain, place) for place in range(values.shape[1])]
    counted = np.full(values.shape, np.nan) if cases is None else cases
    chance = np.full(values.shape[0], false_alarms / PACES[grain].per_year)
    return judge(values, counted, starts, grain=grain, measure=measure, chance=chance)


def flags(found: Judged) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(found.score) > found.limit)


def test_the_example_of_the_page() -> None:
    """docs/anomalies.md: ten months; past errors 2, -1.5, 1, -0.5, 1.5, -1.5, and 20 where 11.5 was expected."""
    months = np.array([[10.0, 12, 11, 13, 10, 12, 11, 13, 10, 20]])
    found = judged(months, grain="month")
    assert np.isnan(found.score[0, :9]).all()
    scale = 1.5 * 1.4826022
    assert found.expected[0, 9] == 11.5
    assert found.score[0, 9] == pytest.approx(8.5 / scale)
    # 0.37 x 6 errors, which do not follow on one another, are 2.2 degrees of freedom
    assert found.limit[0, 9] == pytest.approx(student.isf(1 / 24, 2.2))
    assert found.high[0, 9] == pytest.approx(11.5 + 6.74, abs=0.005)
    assert flags(found)[0, 9]


def noise(size: int, periods: int, follow: float = 0.0) -> Array:
    random = np.random.default_rng(20261123)
    steps = random.normal(0, 1, (size, periods))
    for place in range(1, periods):
        steps[:, place] += follow * steps[:, place - 1]
    return steps


def clean(kind: str, periods: int, grain: Grain) -> tuple[Array, Array | None, Measure]:
    """150 series without any anomaly; only days have a season."""
    random = np.random.default_rng(4711)
    week = np.resize(WEEKDAYS, periods) if grain == "day" else np.ones(periods)
    shape = (150, periods)
    if kind == "weekdays":
        return noise(150, periods) + 10 * week, None, "signed"
    if kind == "each follows the one before":
        return noise(150, periods, 0.6) + 10 * week, None, "signed"
    if kind == "a price":
        return np.exp(0.3 * noise(150, periods)) * week, None, "price"
    if kind == "a share of few":
        sessions = random.poisson(150 * week, shape)
        return random.binomial(sessions, 0.04) / sessions, sessions.astype(float), "proportion"
    if kind == "a price for few":
        leads = random.poisson(30 * week, shape).astype(float)
        leads[leads < 5] = np.nan
        return 100 / leads, leads, "price"
    return random.poisson(5 * week, shape).astype(float), None, "amount"


@pytest.mark.parametrize("grain", ["day", "week", "month"])
@pytest.mark.parametrize(
    "kind",
    ["weekdays", "each follows the one before", "a price", "a share of few", "a price for few", "a small count"],
)
def test_a_clean_series_is_flagged_at_most_once_a_year(grain: Grain, kind: str) -> None:
    periods = {"day": 600, "week": 160, "month": 60}[grain]
    values, cases, measure = clean(kind, periods, grain)
    found = judged(values, grain=grain, measure=measure, cases=cases)
    years = np.isfinite(found.score).sum() / PACES[grain].per_year
    assert years > 100
    assert flags(found).sum() / years <= 1.0


def test_heavy_tails_cost_more_than_what_was_accepted() -> None:
    """Student's t with 5 degrees of freedom: what the page says of such series."""
    values = np.random.default_rng(1).standard_t(5, (150, 600))
    found = judged(values)
    years = np.isfinite(found.score).sum() / 365
    assert 1.0 < flags(found).sum() / years < 4.0
    half = judged(values, false_alarms=0.1)
    assert flags(half).sum() / years < 1.0


def test_a_planted_step_and_spike_are_found_and_nothing_else() -> None:
    values = noise(1, 400) + 10 * np.resize(WEEKDAYS, 400)
    values[0, 200] += 8
    values[0, 300:303] -= 8
    assert list(np.nonzero(flags(judged(values))[0])[0]) == [200, 300, 301, 302]


def test_the_weekend_is_no_anomaly_and_a_weekday_like_a_sunday_is_one() -> None:
    values = 0.3 * noise(1, 200) + 10 * np.resize(WEEKDAYS, 200)
    assert not flags(judged(values)).any()
    values[0, 161] = 4.5
    assert (date(2024, 1, 1) + timedelta(days=161)).weekday() == 0
    assert list(np.nonzero(flags(judged(values))[0])[0]) == [161]


def test_what_comes_later_changes_no_judgement() -> None:
    values = noise(3, 300)
    other = values.copy()
    other[:, 250:] = 1000.0
    one, two = judged(values), judged(other)
    for name in ("expected", "low", "high", "score", "limit"):
        np.testing.assert_array_equal(getattr(one, name)[:, :250], getattr(two, name)[:, :250])


def test_a_booking_on_the_same_day_of_each_month_is_expected_from_the_third_on() -> None:
    values = noise(1, 400)
    fifteenth = [place for place in range(400) if (date(2024, 1, 1) + timedelta(days=place)).day == 15]
    values[0, fifteenth] += 9
    found = judged(values)
    ready = [place for place in fifteenth if np.isfinite(found.score[0, place])]
    # errors are known from the second month on: March is the second
    assert [bool(flags(found)[0, place]) for place in ready] == [True, *[False] * (len(ready) - 1)]
    assert found.expected[0, ready[-1]] > 5
    values[0, fifteenth[-1]] -= 9
    assert flags(judged(values))[0, fifteenth[-1]]


def test_few_cases_widen_the_range_and_many_narrow_it() -> None:
    random = np.random.default_rng(5)
    cases = np.full((1, 120), 1000.0)
    values = random.binomial(1000, 0.05, (1, 120)) / 1000
    ranges = []
    for last in (50.0, 1000.0, 20000.0):
        cases[0, -1] = last
        found = judged(values, cases=cases, grain="week", measure="proportion")
        ranges.append(found.high[0, -1] - found.low[0, -1])
    assert ranges[0] > 2 * ranges[1] > 2 * ranges[2]


def test_a_price_is_held_to_a_range_above_zero() -> None:
    values = np.exp(0.5 * noise(1, 200))
    found = judged(values, measure="price")
    assert np.nanmin(found.low) > 0
    assert (found.high - found.expected > found.expected - found.low)[np.isfinite(found.low)].all()


def test_gaps_are_no_values_and_too_short_a_past_judges_nothing() -> None:
    values = noise(1, 300)
    values[0, 100:150] = np.nan
    found = judged(values)
    assert np.isnan(found.score[0, 100:150]).all()
    assert np.isfinite(found.score[0, 299])
    assert np.isnan(judged(values[:, :40]).score).all()
    flat = judged(np.full((1, 200), 3.0))
    assert np.isnan(flat.score).all()


def test_data_that_stops_is_missing_where_there_always_was_enough() -> None:
    known, cases = np.ones((3, 60)), np.full((3, 60), 100.0)
    known[:, 50], cases[:, 50] = np.nan, np.nan
    # half of the days had none; or few cases, which chance leaves out
    known[1, ::2] = np.nan
    cases[2] = 3.0
    found = missing(known, cases, grain="day")
    assert [list(np.nonzero(row)[0]) for row in found] == [[50], [], []]
