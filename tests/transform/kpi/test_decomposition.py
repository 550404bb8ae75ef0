from __future__ import annotations

from itertools import permutations
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.kpi.decomposition import (
    REST,
    Change,
    Factor,
    Sides,
    by_factor,
    by_segment,
    mean_product,
    segment_changes,
)


def ratio(before: tuple[float, float], after: tuple[float, float]) -> Change:
    return Change(Sides(*before), Sides(*after))


def test_the_example_of_the_page() -> None:
    """docs/why-it-moved.md: cost per lead from 40 to 75 = clicks 2 to 3 each, leads a click 0.05 to 0.04."""
    clicks_cost = Factor("cost_per_click", ratio((1000, 500), (1500, 500)))
    leads_came = Factor("leads / clicks", ratio((25, 500), (20, 500)), divides=True)
    found = {effect.factor: effect.amount for effect in by_factor([clicks_cost, leads_came])}
    # 1 more a click x (20 + 25) / 2 clicks a lead; 5 more clicks a lead x (2 + 3) / 2
    assert found == {"cost_per_click": pytest.approx(22.5), "leads / clicks": pytest.approx(12.5)}


def test_the_mix_of_the_page() -> None:
    """docs/why-it-moved.md: conversion rate from 4 % to 6 %, though one channel fell from 10 % to 9 %."""
    sessions = Factor(
        "conversion_rate",
        ratio((16, 400), (24, 400)),
        parts={"Email": ratio((10, 100), (18, 200)), "Social": ratio((6, 300), (6, 200))},
    )
    found = {(effect.segment, effect.kind): effect.amount for effect in by_segment([sessions])}
    assert found == {
        ("Email", "rate"): pytest.approx(0.375 * -0.01),
        ("Social", "rate"): pytest.approx(0.625 * 0.01),
        ("Email", "mix"): pytest.approx((0.095 - 0.05) * 0.25),
        ("Social", "mix"): pytest.approx((0.025 - 0.05) * -0.25),
    }
    assert sum(found.values()) == pytest.approx(0.02)


def test_a_cost_without_a_customer_of_its_own_and_a_channel_that_comes() -> None:
    cost = Factor(
        "cac",
        ratio((1000, 10), (1500, 10)),
        parts={
            "Agency": ratio((400, 0), (600, 0)),
            "Search": ratio((600, 10), (700, 8)),
            "Social": ratio((0, 0), (200, 2)),
        },
    )
    found = {(name, kind): moved for name, kind, moved in segment_changes(cost)}
    # 60 in place of 40 for each customer of all channels
    assert found["Agency", "rate"] == pytest.approx(20)
    # 200 / 10 that came, less a fifth of the customers at the mean of 100 and 150
    assert found["Social", "mix"] == pytest.approx(20 - 0.2 * 125)
    assert found["Search", "rate"] == pytest.approx(0.9 * (87.5 - 60))
    assert sum(found.values()) == pytest.approx(50)


def test_what_no_segment_holds_has_a_name() -> None:
    visitors = Factor(
        "new_visitors",
        Change(Sides(10), Sides(15)),
        is_amount=True,
        parts={"Search": Change(Sides(6), Sides(12)), "Social": Change(Sides(6), Sides(6))},
    )
    assert [(e.segment, e.amount) for e in by_segment([visitors])] == [("Search", 6.0), (REST, -1.0)]


def test_a_rest_of_a_thousandth_in_a_million_is_no_rounding() -> None:
    costs = Factor(
        "costs", Change(Sides(1_000_001.001), Sides(5.0)), is_amount=True,
        parts={"a": Change(Sides(419_686.0), Sides(5.0)), "b": Change(Sides(580_315.0), Sides(0.0))},
    )  # fmt: skip
    assert {e.segment: e.amount for e in by_segment([costs])}[REST] == pytest.approx(-0.001, abs=1e-9)


def test_a_loss_that_becomes_a_gain_is_split_as_exactly() -> None:
    """Margin -50 to 30 for each deal, 2 deals to 3: from -100 to 90."""
    margin, deals = (Factor(name, Change(Sides(a), Sides(b))) for name, a, b in (("margin", -50, 30), ("deals", 2, 3)))
    assert [effect.amount for effect in by_factor([margin, deals])] == pytest.approx([80 * 2.5, 1 * -10])


def test_a_factor_that_is_divided_by_nothing_is_refused() -> None:
    with pytest.raises(ZeroDivisionError):
        by_factor([Factor("cost_per_click", ratio((10, 0), (10, 1)))])


finite = st.floats(-1e6, 1e6, allow_nan=False, allow_subnormal=False)
positive = st.floats(1e-3, 1e6)
amounts = st.one_of(st.just(0.0), finite)


@given(st.lists(st.tuples(finite, finite), max_size=4), st.tuples(finite, finite))
def test_the_mean_product_is_the_mean_over_all_orders(
    others: list[tuple[float, float]], own: tuple[float, float]
) -> None:
    levels = [own, *others]
    turns = []
    for order in permutations(range(len(levels))):
        now = [before for before, _ in levels]
        for place in order:
            old = prod(now)
            now[place] = levels[place][1]
            if place == 0:
                turns.append(prod(now) - old)
    size = max((abs(turn) for turn in turns), default=0.0)
    expected = sum(turns) / len(turns)
    assert (own[1] - own[0]) * mean_product(others) == pytest.approx(expected, rel=1e-9, abs=1e-9 * max(size, 1.0))


@st.composite
def chains(draw: st.DrawFn) -> list[Factor]:
    """Up to four factors of up to four segments; zeros, segments of one period, and losses among them."""
    factors = []
    for place in range(draw(st.integers(1, 4))):
        is_amount, divides = draw(st.booleans()), draw(st.booleans())
        parts: dict[str, Change] = {}
        sums = [[0.0, 0.0], [0.0, 0.0]]
        for segment in range(draw(st.integers(1, 4))):
            sides = []
            for period in (0, 1):
                above = draw(positive if divides else amounts)
                below = 1.0 if is_amount else draw(st.one_of(st.just(0.0), positive))
                sides.append(Sides(above, below))
                sums[period][0] += above
                sums[period][1] += below
            parts[f"s{segment}"] = Change(sides[0], sides[1])
        # something that no segment holds
        for period in (0, 1):
            sums[period][0] += draw(st.one_of(st.just(0.0), positive))
            sums[period][1] = 1.0 if is_amount else sums[period][1] + draw(positive)
        total = Change(Sides(*sums[0]), Sides(*sums[1]))
        factors.append(Factor(f"f{place}", total, divides, is_amount, parts))
    return factors


@given(chains(), st.sampled_from([1.0, 1000.0]))
def test_parts_sum_to_the_change(factors: list[Factor], scale: float) -> None:
    before, after = (scale * prod(factor.levels[period] for factor in factors) for period in (0, 1))
    for effects in (by_factor(factors, scale), by_segment(factors, scale)):
        size = max([abs(before), abs(after), *(abs(effect.amount) for effect in effects)])
        assert sum(effect.amount for effect in effects) == pytest.approx(after - before, rel=0, abs=1e-9 * size)
    # each factor's segments sum to the factor
    for whole in by_factor(factors, scale):
        parts = [effect.amount for effect in by_segment(factors, scale) if effect.factor == whole.factor]
        size = max([abs(whole.amount), abs(before), abs(after), *map(abs, parts)])
        assert sum(parts) == pytest.approx(whole.amount, rel=0, abs=1e-9 * size)


@given(chains())
def test_the_order_of_the_factors_does_not_matter(factors: list[Factor]) -> None:
    one = {effect.factor: effect.amount for effect in by_factor(factors)}
    other = {effect.factor: effect.amount for effect in by_factor(factors[::-1])}
    size = max(map(abs, one.values()))
    assert other == {name: pytest.approx(amount, rel=1e-9, abs=1e-9 * size) for name, amount in one.items()}
