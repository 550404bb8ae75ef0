from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.kpi.interval import net_share, wilson


def evaluated(ends: tuple[str, str]) -> tuple[float | None, float | None]:
    found = duckdb.sql(f"select {ends[0]}, {ends[1]}").fetchone()
    assert found is not None
    return found[0], found[1]


# Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3.
@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert evaluated(wilson(str(successes), str(trials))) == pytest.approx((low, high), abs=5e-5)


def test_no_trial_and_no_proportion_give_no_interval() -> None:
    for successes, trials in (("0", "0"), ("5", "3"), ("-1", "3"), ("null", "3"), ("1", "null")):
        assert evaluated(wilson(successes, trials)) == (None, None)


@given(st.integers(1, 10**9).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_wilson_stays_within_0_and_1_and_holds_the_share(counts: tuple[int, int]) -> None:
    successes, trials = counts
    low, high = evaluated(wilson(f"{successes}::double", f"{trials}::double"))
    assert low is not None and high is not None
    assert 0 <= low < high <= 1
    assert low - 1e-12 <= successes / trials <= high + 1e-12


def test_a_net_share_by_hand() -> None:
    """12 promoters and 4 detractors of 20: net 8/23 = 0.34783, of 17.5/23 = 0.76087 that speak for or against.

    1.95996 x sqrt((0.76087 - 0.34783^2) / 23) = 1.95996 x sqrt(0.0278212) = 0.32692
    """
    assert evaluated(net_share("8", "16", "20")) == pytest.approx((0.02091, 0.67474), abs=1e-5)
    # all for us: 20/23 = 0.86957, 1.95996 x sqrt((21.5/23 - 0.75614) / 23) = 0.17273; never beyond 1
    assert evaluated(net_share("20", "20", "20")) == pytest.approx((0.69683, 1.0), abs=1e-5)
    assert evaluated(net_share("-20", "20", "20")) == pytest.approx((-1.0, -0.69683), abs=1e-5)


def test_no_net_share_gives_no_interval() -> None:
    for net, polar, trials in (
        ("0", "0", "0"),
        ("3", "2", "5"),
        ("1", "6", "5"),
        ("1", "null", "5"),
        ("null", "1", "5"),
    ):
        assert evaluated(net_share(net, polar, trials)) == (None, None)
