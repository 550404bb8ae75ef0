"""Removal effects against examples with known results and against the chain itself, walked step by step."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.attribution import markov
from transform.attribution.journeys import Counted
from transform.attribution.markov import removal_effects

CHANNELS = ("Direct", "Email", "Referral", "Search", "Social")
counted = st.builds(
    lambda channels, conversions, losses, value: Counted(
        tuple(channels), conversions, losses, value * bool(conversions) / 7
    ),
    st.lists(st.sampled_from(CHANNELS), max_size=6),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 10_000),
)
journeys = st.lists(counted, max_size=12)


def walked(rows: list[Counted], order: int, removed: str | None) -> tuple[float, float]:
    """Conversions and value of one journey: the crowd is moved on until nobody is left on the way."""
    counts: dict[tuple[str, ...], dict[object, float]] = defaultdict(lambda: defaultdict(float))
    worth: dict[tuple[str, ...], float] = defaultdict(float)
    for row in rows:
        if not row.channels:
            continue
        state: tuple[str, ...] = ()
        for channel in row.channels:
            following = (*state, channel)[-order:]
            counts[state][following] += row.journeys
            state = following
        counts[state]["converted"] += row.conversions
        counts[state]["lost"] += row.non_conversions
        worth[state] += row.value
    crowd, converted, value = {(): 1.0}, 0.0, 0.0
    while sum(crowd.values()) > 1e-13:
        ahead: dict[tuple[str, ...], float] = defaultdict(float)
        for state, people in crowd.items():
            total = sum(counts[state].values())
            if not total:
                continue
            value += people * worth[state] / total
            for following, count in counts[state].items():
                if following == "converted":
                    converted += people * count / total
                elif isinstance(following, tuple) and removed not in following:
                    ahead[following] += people * count / total
        crowd = ahead
    return converted, value


@settings(max_examples=40, deadline=None)
@given(journeys, st.integers(1, 3))
def test_the_solution_is_where_the_walk_ends(rows: list[Counted], order: int) -> None:
    whole, whole_value = walked(rows, order, None)
    for effect in removal_effects(rows, order):
        left, left_value = walked(rows, order, effect.channel)
        assert effect.conversions == pytest.approx(1 - left / whole if whole else 0, abs=1e-9)
        assert effect.value == pytest.approx(1 - left_value / whole_value if whole_value else 0, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(journeys, st.integers(6, 8))
def test_with_a_memory_as_long_as_the_journeys_it_is_the_share_that_passed_by(rows: list[Counted], order: int) -> None:
    seen = [row for row in rows if row.channels]
    total = sum(row.conversions for row in seen)
    for effect in removal_effects(rows, order):
        through = sum(row.conversions for row in seen if effect.channel in row.channels)
        assert effect.conversions == pytest.approx(through / total if total else 0, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(journeys, st.integers(1, 3), st.randoms())
def test_the_order_of_the_rows_and_their_grouping_change_no_bit(
    rows: list[Counted], order: int, chance: object
) -> None:
    single = [Counted(row.channels, 1, 0, row.value / row.conversions) for row in rows for _ in range(row.conversions)]
    lost = [Counted(row.channels, 0, 1) for row in rows for _ in range(row.non_conversions)]
    mixed = [*rows]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert removal_effects(mixed, order) == removal_effects(rows, order)
    apart = removal_effects([*lost, *reversed(single)], order)
    together = removal_effects(rows, order)
    assert [(one.channel, one.conversions) for one in apart] == [(one.channel, one.conversions) for one in together]


@settings(max_examples=60, deadline=None)
@given(journeys, st.integers(1, 3))
def test_effects_are_shares_and_only_a_path_to_a_conversion_earns_one(rows: list[Counted], order: int) -> None:
    on_the_way = {channel for row in rows if row.conversions for channel in row.channels}
    for effect in removal_effects(rows, order):
        assert 0 <= effect.conversions <= 1
        if effect.channel in on_the_way:
            assert effect.conversions > 0
        # at order 1 and 2 the chain may join halves of two journeys, so a channel may help without having been seen to
        if not on_the_way:
            assert effect.conversions == 0


@settings(max_examples=40, deadline=None)
@given(journeys)
def test_a_visit_that_is_repeated_at_once_changes_nothing_at_order_1(rows: list[Counted]) -> None:
    stuttering = [
        Counted(tuple(c for channel in row.channels for c in (channel, channel)), *counts_of(row)) for row in rows
    ]
    assert [effect.conversions for effect in removal_effects(stuttering)] == pytest.approx(
        [effect.conversions for effect in removal_effects(rows)], abs=1e-9
    )


def counts_of(row: Counted) -> tuple[int, int, float]:
    return row.conversions, row.non_conversions, row.value


def test_published_example() -> None:
    # S. Bryl', "Attribution model with R (part 1: Markov chains concept)", AnalyzeCore 2016: three journeys, of which
    # one converts. Removal effects 0.5, 1 and 1, hence 20 %, 40 % and 40 % of the credit.
    effects = removal_effects([Counted(("C1", "C2", "C3"), 1, 0), Counted(("C1",), 0, 1), Counted(("C2", "C3"), 0, 1)])
    assert [(effect.channel, effect.conversions) for effect in effects] == [
        ("C1", pytest.approx(0.5)), ("C2", pytest.approx(1)), ("C3", pytest.approx(1)),
    ]  # fmt: skip


def test_second_published_example() -> None:
    # S. Puzyrov, "Markov chain attribution: simple explanation of removal effect", 2019: four converting journeys and
    # one lost. All: 4/5 (2/4 + 1/4) + 1/5 = 4/5; without Google Ads 1/5; without the mailing 4/5 * 2/4 = 2/5.
    effects = removal_effects(
        [
            Counted(("google ads",), 2, 0),
            Counted(("mailing",), 1, 0),
            Counted(("google ads", "mailing"), 1, 0),
            Counted(("google ads",), 0, 1),
        ]
    )
    assert [effect.conversions for effect in effects] == pytest.approx([3 / 4, 1 / 2])


def test_a_longer_memory_tells_apart_what_a_short_one_mixes() -> None:
    rows = [Counted(("A", "C"), 2, 0), Counted(("B", "C"), 0, 2)]
    # Order 1: half of those at C convert, wherever they come from, so A and B look alike.
    assert [effect.conversions for effect in removal_effects(rows)] == pytest.approx([0.5, 0.5, 1])
    # Order 2: only those who came from A convert.
    assert [effect.conversions for effect in removal_effects(rows, 2)] == pytest.approx([1, 0, 1])


def test_value_follows_who_buys_for_how_much() -> None:
    # A alone 1 of 1 for 10, B alone 1 of 1 for 90: half of the conversions each, but 10 % and 90 % of the value.
    effects = removal_effects([Counted(("A",), 1, 0, 10), Counted(("B",), 1, 0, 90)])
    assert [(effect.conversions, effect.value) for effect in effects] == [
        (pytest.approx(0.5), pytest.approx(0.1)),
        (pytest.approx(0.5), pytest.approx(0.9)),
    ]


def test_nothing_to_learn_from() -> None:
    assert removal_effects([]) == []
    assert removal_effects([Counted((), 3, 1, 5.0)]) == []
    assert [effect.conversions for effect in removal_effects([Counted(("A", "B"), 0, 5)])] == [0, 0]
    with pytest.raises(ValueError, match="order 0"):
        removal_effects([], 0)
    with pytest.raises(ValueError, match="negative"):
        removal_effects([Counted(("A",), -1, 2)])


@settings(max_examples=60, deadline=None)
@given(journeys, st.integers(1, 3))
def test_a_big_chain_is_solved_as_a_small_one(rows: list[Counted], order: int) -> None:
    at_once = removal_effects(rows, order)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markov, "DENSE_STATES", 0)
        by_rounds = removal_effects(rows, order)
    for one, other in zip(at_once, by_rounds, strict=True):
        assert one.channel == other.channel
        assert (one.conversions, one.value) == pytest.approx((other.conversions, other.value), abs=1e-12)


def test_somebody_who_comes_again_and_again_does_not_hold_up_a_big_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markov, "DENSE_STATES", 0)
    rows = [Counted(("A",) * 20_000 + ("B",), 1, 0), Counted(("B",), 0, 1)]
    # half of those at B convert, and half of all come by A
    assert [effect.conversions for effect in removal_effects(rows)] == pytest.approx([1 / 2, 1])
