from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.kpi.interval import wilson


# Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3.
@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_no_trial_and_no_proportion_give_no_interval() -> None:
    assert wilson(0, 0) is None
    assert wilson(5, 3) is None


@given(st.integers(1, 10**9).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_wilson_stays_within_0_and_1_and_holds_the_share(counts: tuple[int, int]) -> None:
    successes, trials = counts
    interval = wilson(successes, trials)
    assert interval is not None
    low, high = interval
    assert 0 <= low < high <= 1
    assert low - 1e-12 <= successes / trials <= high + 1e-12
