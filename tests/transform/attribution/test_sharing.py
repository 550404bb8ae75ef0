"""Shares of conversions that reach each channel's result, and what the worked example of docs/attribution.md says."""

from __future__ import annotations

import math
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.attribution.journeys import Counted
from transform.attribution.sharing import ChannelInSet, channels_in_sets, shared

CHANNELS = ("Direct", "Email", "Referral", "Search", "Social")
journeys = st.lists(
    st.builds(
        lambda channels, conversions, losses: Counted(tuple(channels), conversions, losses, 10.0 * conversions),
        st.lists(st.sampled_from(CHANNELS), max_size=5),
        st.integers(0, 4),
        st.integers(0, 4),
    ),
    max_size=12,
)
EXAMPLE = [
    Counted(("Search",), 1, 3, 100.0),
    Counted(("Social",), 0, 4),
    Counted(("Social", "Search"), 1, 1, 200.0),
    Counted(("Search", "Direct"), 1, 1, 300.0),
    Counted(("Social", "Search", "Direct"), 1, 0, 1100.0),
]


def by_set(found: list[ChannelInSet]) -> dict[tuple[str, ...], list[ChannelInSet]]:
    return {channels: list(group) for channels, group in groupby(found, key=lambda one: one.channels)}


@settings(max_examples=60, deadline=None)
@given(journeys, st.integers(1, 3))
def test_every_conversion_is_shared_out(rows: list[Counted], order: int) -> None:
    converted = {tuple(sorted(set(row.channels))) for row in rows if row.conversions and row.channels}
    for channels, found in by_set(channels_in_sets(rows, order)).items():
        for name in ("markov_share", "shapley_share"):
            shares = [getattr(one, name) for one in found]
            if channels not in converted:
                assert shares == [None] * len(channels)
            else:
                assert all(0 <= share <= 1 for share in shares)
                assert math.fsum(shares) == pytest.approx(1, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(journeys, st.randoms())
def test_the_order_of_the_rows_changes_no_bit(rows: list[Counted], chance: object) -> None:
    mixed = [*rows]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert channels_in_sets(mixed) == channels_in_sets(rows)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sets(st.sampled_from(CHANNELS), min_size=1), st.integers(1, 9)), min_size=1, max_size=8),
    st.lists(st.integers(1, 20), min_size=5, max_size=5),
)
def test_a_result_that_journeys_allow_is_reached(sets: list[tuple[set[str], int]], strengths: list[int]) -> None:
    # What channels of these strengths get is a result that can be reached; the shares are then found again.
    unique = {tuple(sorted(channels)): count for channels, count in sets}
    counted = [Counted(channels, count, 0) for channels, count in sorted(unique.items())]
    strength = dict(zip(CHANNELS, strengths, strict=True))
    expected = {
        (one.channels, channel): strength[channel] / sum(strength[other] for other in one.channels)
        for one in counted
        for channel in one.channels
    }
    result: dict[str, float] = dict.fromkeys(CHANNELS, 0.0)
    for one in counted:
        for channel in one.channels:
            result[channel] += one.conversions * expected[one.channels, channel]
    even = dict.fromkeys(expected, 1.0)
    found = shared(counted, even, result)
    assert found == {key: pytest.approx(share, abs=1e-6) for key, share in expected.items()}


def test_journeys_limit_what_a_channel_can_lose() -> None:
    # A is to have 1 of 4 conversions, but 2 journeys had no other channel: it keeps these, and B has all others.
    sets = [Counted(("A",), 2, 0), Counted(("A", "B"), 2, 0)]
    start = {(one.channels, channel): 1.0 for one in sets for channel in one.channels}
    assert shared(sets, start, {"A": 1, "B": 3}) == {
        (("A",), "A"): 1,
        (("A", "B"), "A"): 0,
        (("A", "B"), "B"): 1,
    }


def test_a_channel_that_harmed_a_set_gets_nothing_of_its_conversions() -> None:
    # Search alone 2 of 4, Social alone 1 of 4, both 1 of 4: Social adds 1/2 * 1/4 + 1/2 * (1/4 - 1/2) = 0 to a journey
    # with both, and less once one of five bought: 1/2 * 1/4 + 1/2 * (1/5 - 1/2) = -1/40. Alone it keeps its own.
    rows = [Counted(("Search",), 2, 2), Counted(("Social",), 1, 3), Counted(("Search", "Social"), 1, 4)]
    found = {(one.channels, one.channel): one for one in channels_in_sets(rows)}
    both = ("Search", "Social")
    assert found[both, "Social"].conversions_per_journey == pytest.approx(-1 / 40)
    assert (found[both, "Social"].shapley_share, found[both, "Search"].shapley_share) == (0, 1)
    assert found[("Social",), "Social"].shapley_share == 1


def test_nothing_to_share() -> None:
    assert channels_in_sets([]) == []
    assert [(one.markov_share, one.shapley_share) for one in channels_in_sets([Counted(("A",), 0, 3)])] == [
        (None, None)
    ]
    assert shared([], {}, {"A": 1}) == {}


def test_the_example_by_markov() -> None:
    found = channels_in_sets(EXAMPLE)
    effects = {one.channel: (one.removal_effect, one.value_removal_effect) for one in found}
    # worked out by hand in docs/attribution.md
    assert effects == {
        "Direct": (pytest.approx(1 / 2), pytest.approx(14 / 17)),
        "Search": (pytest.approx(1), pytest.approx(1)),
        "Social": (pytest.approx(1 / 3), pytest.approx(1 / 3)),
    }
    share = {(one.channels, one.channel): one.markov_share or 0 for one in found}
    direct, social, all_three = ("Direct", "Search"), ("Search", "Social"), ("Direct", "Search", "Social")
    # One conversion of each set; sums are 6/11, 3/11 and 2/11 of the 4.
    assert 1 + sum(share[one, "Search"] for one in (direct, social, all_three)) == pytest.approx(24 / 11)
    assert share[direct, "Direct"] + share[all_three, "Direct"] == pytest.approx(12 / 11)
    assert share[social, "Social"] + share[all_three, "Social"] == pytest.approx(8 / 11)
    # and a channel is as strong beside another in every journey that had both
    for one, pair in (("Direct", direct), ("Social", social)):
        odds = share[pair, one] / share[pair, "Search"]
        assert share[all_three, one] / share[all_three, "Search"] == pytest.approx(odds)


def test_the_example_by_shapley() -> None:
    # worked out by hand in docs/attribution.md: conversion rate and value of each set, shared out
    assert [
        (one.channels, one.channel, one.conversions_per_journey, one.value_per_journey)
        for one in channels_in_sets(EXAMPLE)
    ] == [
        (channels, channel, pytest.approx(conversions), pytest.approx(value))
        for channels, channel, conversions, value in (
            (("Direct", "Search"), "Direct", 1 / 8, 62.5),
            (("Direct", "Search"), "Search", 3 / 8, 87.5),
            (("Direct", "Search", "Social"), "Direct", 5 / 24, 354 + 1 / 6),
            (("Direct", "Search", "Social"), "Search", 14 / 24, 416 + 2 / 3),
            (("Direct", "Search", "Social"), "Social", 5 / 24, 329 + 1 / 6),
            (("Search",), "Search", 1 / 4, 25),
            (("Search", "Social"), "Search", 3 / 8, 62.5),
            (("Search", "Social"), "Social", 1 / 8, 37.5),
            (("Social",), "Social", 0, 0),
        )
    ]
    assert [one.shapley_share for one in channels_in_sets(EXAMPLE) if one.shapley_share is not None] == pytest.approx(
        [1 / 4, 3 / 4, 5 / 24, 14 / 24, 5 / 24, 1, 3 / 4, 1 / 4]
    )
