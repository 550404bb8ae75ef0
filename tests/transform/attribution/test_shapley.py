"""Shapley values against their definition, their axioms and games with published values."""

from __future__ import annotations

from itertools import chain, combinations, permutations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.attribution.journeys import Counted
from transform.attribution.shapley import SetValue, set_values, shapley_values

CHANNELS = ("Direct", "Email", "Referral", "Search", "Social")
journeys = st.lists(
    st.builds(
        lambda channels, conversions, losses, value: Counted(
            tuple(channels), conversions, losses, float(value * bool(conversions))
        ),
        st.lists(st.sampled_from(CHANNELS), max_size=5),
        st.integers(0, 4),
        st.integers(0, 4),
        st.integers(0, 10_000),
    ),
    max_size=12,
)
games = st.integers(1, 5).flatmap(
    lambda players: st.lists(st.integers(-50, 50), min_size=2**players - 1, max_size=2**players - 1).map(
        lambda worth: np.array([0, *worth], dtype=float)
    )
)


def by_all_orders(worth: dict[frozenset[str], float], players: frozenset[str]) -> dict[str, float]:
    """The definition: what each player adds when it comes in, on average over all orders of coming in."""
    added = dict.fromkeys(players, 0.0)
    orders = list(permutations(sorted(players)))
    for order in orders:
        before: frozenset[str] = frozenset()
        for player in order:
            added[player] += worth[before | {player}] - worth[before]
            before |= {player}
    return {player: total / len(orders) for player, total in added.items()}


def subsets(players: frozenset[str]) -> list[frozenset[str]]:
    every = chain.from_iterable(combinations(sorted(players), size) for size in range(len(players) + 1))
    return [frozenset(one) for one in every]


def rates(rows: list[Counted]) -> dict[frozenset[str], tuple[float, float]]:
    """Conversion rate and value per journey of every set that somebody touched exactly."""
    sums: dict[frozenset[str], list[float]] = {}
    for row in rows:
        if row.channels and row.journeys:
            sum_of = sums.setdefault(frozenset(row.channels), [0, 0, 0])
            for place, number in enumerate((row.conversions, row.value, row.journeys)):
                sum_of[place] += number
    return {players: (won / seen, value / seen) for players, (won, value, seen) in sums.items()}


def rate(known: dict[frozenset[str], tuple[float, float]], coalition: frozenset[str], outcome: int) -> float:
    if coalition in known:
        return known[coalition][outcome]
    return max([0.0, *(known[inner][outcome] for inner in known if inner <= coalition)])


@settings(max_examples=40, deadline=None)
@given(journeys)
def test_every_set_has_the_values_of_the_definition(rows: list[Counted]) -> None:
    known = rates(rows)
    found = {(frozenset(one.channels), one.channel): one for one in set_values(rows)}
    assert {players for players, _ in found} == set(known)
    for players in known:
        for outcome, column in enumerate(("conversions", "value")):
            expected = by_all_orders({one: rate(known, one, outcome) for one in subsets(players)}, players)
            for player in players:
                assert getattr(found[players, player], column) == pytest.approx(expected[player], abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(journeys)
def test_sums_over_sets_are_the_values_of_the_game_of_all_channels(rows: list[Counted]) -> None:
    known = rates(rows)
    seen = {players: sum(row.journeys for row in rows if frozenset(row.channels) == players) for players in known}
    everybody: frozenset[str] = frozenset().union(*known)
    worth = {
        coalition: sum(count * rate(known, players & coalition, 0) for players, count in seen.items())
        for coalition in subsets(everybody)
    }
    expected = by_all_orders(worth, everybody)
    for channel in everybody:
        total = sum(seen[frozenset(o.channels)] * o.conversions for o in set_values(rows) if o.channel == channel)
        assert total == pytest.approx(expected[channel], abs=1e-7)
    # efficiency: all channels together have all conversions of journeys with a visit
    assert worth[everybody] == pytest.approx(sum(row.conversions for row in rows if row.channels))


@settings(max_examples=60, deadline=None)
@given(journeys, st.randoms())
def test_the_order_of_the_rows_and_of_the_visits_changes_no_bit(rows: list[Counted], chance: object) -> None:
    mixed = [
        Counted((*row.channels, *row.channels)[::-1], row.conversions, row.non_conversions, row.value) for row in rows
    ]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert set_values(mixed) == set_values(rows)


@settings(max_examples=60, deadline=None)
@given(games)
def test_efficiency(worth: np.ndarray) -> None:
    assert shapley_values(worth).sum() == pytest.approx(worth[-1], abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(games, st.data())
def test_symmetry(worth: np.ndarray, data: st.DataObject) -> None:
    players = (len(worth) - 1).bit_length()
    one, other = data.draw(st.integers(0, players - 1)), data.draw(st.integers(0, players - 1))
    masks = np.arange(len(worth))
    swapped = masks & ~(1 << one) & ~(1 << other) | ((masks >> one & 1) << other) | ((masks >> other & 1) << one)
    # a game in which both are worth the same to everybody
    fair = worth + worth[swapped]
    values = shapley_values(fair)
    assert values[one] == pytest.approx(values[other], abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(games)
def test_a_player_who_adds_nothing_gets_nothing(worth: np.ndarray) -> None:
    values = shapley_values(np.concatenate([worth, worth]))
    assert values[-1] == pytest.approx(0, abs=1e-9)
    assert values[:-1] == pytest.approx(shapley_values(worth), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(games, st.integers(0, 2**32 - 1))
def test_additivity(worth: np.ndarray, seed: int) -> None:
    other = np.random.default_rng(seed).integers(-50, 50, len(worth)).astype(float)
    other[0] = 0
    assert shapley_values(worth + other) == pytest.approx(shapley_values(worth) + shapley_values(other), abs=1e-9)
    # games side by side are games apart
    assert shapley_values(np.stack([worth, other], axis=1))[:, 1] == pytest.approx(shapley_values(other), abs=1e-9)


def of_sizes(players: int, wins: object) -> np.ndarray:
    return np.array([float(wins(mask)) for mask in range(2**players)])  # type: ignore[operator]


def test_published_games() -> None:
    # Gloves (Shapley and Shubik 1969): one owner of a left glove, two of a right one; a pair is worth 1: 2/3, 1/6, 1/6.
    gloves = of_sizes(3, lambda mask: mask & 1 and mask & 6)
    assert shapley_values((gloves > 0).astype(float)) == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    # Runway (Littlechild and Owen 1973): costs 1, 3 and 6; each stretch is paid evenly by those who need it.
    runway = of_sizes(3, lambda mask: max([0, *(cost for bit, cost in enumerate((1, 3, 6)) if mask >> bit & 1)]))
    assert shapley_values(runway) == pytest.approx([1 / 3, 1 / 3 + 1, 1 / 3 + 1 + 3])


def test_the_security_council() -> None:
    # The index of Shapley and Shubik (1954) for the council of 15 with 5 vetoes and 9 votes to pass: an elected member
    # decides when it comes ninth, after all five permanent ones: C(9, 3) * 8! * 6! / 15! = 4/2145; a permanent one has
    # a fifth of the rest, 421/2145.
    council = of_sizes(15, lambda mask: mask & 31 == 31 and mask.bit_count() >= 9)
    values = shapley_values(council)
    assert values[:5] == pytest.approx([421 / 2145] * 5)
    assert values[5:] == pytest.approx([4 / 2145] * 10)


def test_without_any_success_of_a_part_everybody_in_the_set_shares_evenly() -> None:
    # The closed form of Zhao, Mahboobi and Bagheri (2018), "Shapley value methods for attribution modeling in online
    # advertising", for a game of conversions alone: the distinct channels of a journey share its conversion evenly.
    rows = [Counted(("A", "B", "A", "C"), 2, 0), Counted(("A", "B"), 0, 5), Counted(("C",), 0, 5)]
    values = {one.channel: one.conversions for one in set_values(rows) if len(one.channels) == 3}
    assert values == {channel: pytest.approx(1 / 3) for channel in "ABC"}


def test_a_channel_after_which_fewer_convert_has_a_negative_value() -> None:
    # Search alone 1 of 2; with Social 1 of 4: 1/2 (1/2 - 0) + 1/2 (1/4 - 0) = 3/8 and 1/2 (0) + 1/2 (1/4 - 1/2) = -1/8.
    rows = [Counted(("Search",), 1, 1), Counted(("Social", "Search"), 1, 3)]
    pair = [one for one in set_values(rows) if len(one.channels) == 2]
    assert [(one.channel, one.conversions) for one in pair] == [("Search", 3 / 8), ("Social", -1 / 8)]


def wide(players: int) -> list[Counted]:
    """Single channels and pairs with rates of their own, and one journey that touched all of them."""
    names = [f"channel {number:02d}" for number in range(players)]
    rows = [Counted((name,), number % 5, 10 + number) for number, name in enumerate(names)]
    rows += [
        Counted(pair, sum(map(len, pair)) % 3 + len(set(pair[0]) & set(pair[1])) % 4, 9)
        for pair in combinations(names, 2)
    ]
    return [*rows, Counted(tuple(names), 9, 1, 90.0)]


def of_all(values: list[SetValue], players: int) -> list[SetValue]:
    return [one for one in values if len(one.channels) == players]


def test_journeys_of_too_many_channels_are_sampled_with_the_error_that_is_stated() -> None:
    rows = wide(14)
    exact = of_all(set_values(rows), 14)
    sampled = of_all(set_values(rows, exact_channels=12), 14)
    assert all(one.standard_error == 0 for one in exact)
    assert sum(one.conversions for one in sampled) == pytest.approx(0.9)
    assert sum(one.value for one in sampled) == pytest.approx(9)
    misses = [
        abs(one.conversions - other.conversions) / one.standard_error for one, other in zip(sampled, exact, strict=True)
    ]
    assert 0 < max(one.standard_error for one in sampled) < 0.01
    # of 14 standardised errors none beyond four, and most within two
    assert max(misses) < 4
    assert sum(miss < 2 for miss in misses) >= 11
    assert set_values(rows[::-1], exact_channels=12) == set_values(rows, exact_channels=12)


def test_strata_that_are_taken_whole_are_exact() -> None:
    rows = wide(6)
    whole = set_values(rows, exact_channels=3, samples=comb(5, 2))
    for one, other in zip(whole, set_values(rows), strict=True):
        assert (one.channel, one.standard_error) == (other.channel, 0)
        assert (one.conversions, one.value) == pytest.approx((other.conversions, other.value), abs=1e-12)
