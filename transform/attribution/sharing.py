"""From a channel's result to the part of each conversion that the channel gets.

A model says how much of all conversions belongs to a channel; a conversion can be shared only by channels that its
journey had. The shares taken here are those closest to a given start (in the sense of Kullback and Leibler) whose sums
are the model's result: each channel has one strength, and a conversion is shared in proportion to start times strength.
That is iterative proportional fitting; with an even start it is the choice model of Luce and of Bradley and Terry.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from transform.attribution.journeys import Counted, as_sets
from transform.attribution.markov import RemovalEffect, removal_effects
from transform.attribution.shapley import Floats, set_values

ROUNDS = 5000
# Of all conversions; sums of doubles are no more exact than this.
TOLERANCE = 1e-12
# A channel whose strength fell so far gets nothing beside others.
WEAKEST = 1e-9


@dataclass(frozen=True)
class ChannelInSet:
    """What the models say of one channel in one set of channels.

    `markov_share` and `shapley_share` of a set with conversions sum to 1 over its channels; None without any.
    """

    channels: tuple[str, ...]
    channel: str
    removal_effect: float
    value_removal_effect: float
    conversions_per_journey: float
    value_per_journey: float
    standard_error: float
    markov_share: float | None
    shapley_share: float | None


def channels_in_sets(paths: Iterable[Counted], order: int = 1) -> list[ChannelInSet]:
    """Every observed set of channels with the results of both models, by set and channel."""
    rows = list(paths)
    return with_effects(rows, removal_effects(rows, order))


def with_effects(rows: Iterable[Counted], removed: Iterable[RemovalEffect]) -> list[ChannelInSet]:
    """The same with removal effects that are known already; then sets are enough for `rows`."""
    sets = as_sets(rows)
    effects = {effect.channel: effect for effect in removed}
    values = {(value.channels, value.channel): value for value in set_values(sets)}
    totals = {
        channel: math.fsum(
            one.journeys * values[one.channels, channel].conversions for one in sets if channel in one.channels
        )
        for channel in effects
    }
    converted = [one for one in sets if one.conversions]
    even = {(one.channels, channel): 1.0 for one in converted for channel in one.channels}
    earned = {key: max(values[key].conversions, 0.0) for key in even}
    markov = shared(converted, even, {channel: effect.conversions for channel, effect in effects.items()})
    shapley = shared(converted, earned, {channel: max(total, 0.0) for channel, total in totals.items()})
    return [
        ChannelInSet(
            one.channels,
            channel,
            effects[channel].conversions,
            effects[channel].value,
            values[one.channels, channel].conversions,
            values[one.channels, channel].value,
            values[one.channels, channel].standard_error,
            markov.get((one.channels, channel)),
            shapley.get((one.channels, channel)),
        )
        for one in sets
        for channel in one.channels
    ]


def shared(
    sets: list[Counted],
    start: Mapping[tuple[tuple[str, ...], str], float],
    result: Mapping[str, float],
) -> dict[tuple[tuple[str, ...], str], float]:
    """Each channel's share of a conversion of each set, 0 to 1; they sum to 1 in a set.

    `sets` have conversions, `start` has a positive number for at least one channel of each, and `result` is in
    proportion to the conversions that each channel is to have of all. Where no shares reach it (a channel is to have
    fewer conversions than journeys had no other channel), they come as near as journeys allow.
    """
    if not sets:
        return {}
    names = sorted({channel for one in sets for channel in one.channels})
    count = np.array([one.conversions for one in sets], dtype=np.float64)
    base = np.array([[start.get((one.channels, name), 0.0) for name in names] for one in sets])
    wanted = np.array([result.get(name, 0.0) for name in names], dtype=np.float64)
    wanted *= count.sum() / (wanted.sum() or 1)
    strength, before = np.ones(len(names)), np.zeros(len(names))
    for _ in range(ROUNDS):
        has = count @ _divided(base * strength)
        # reached, or as near as it gets
        if min(np.abs(has - wanted).max(), np.abs(has - before).max()) <= TOLERANCE * count.sum():
            break
        before = has
        strength *= np.divide(wanted, has, out=np.ones_like(has), where=has > 0)
        strength = np.maximum(strength / strength.max(), WEAKEST)
    shares = _divided(base * strength)
    shares = _divided(np.where(shares < math.sqrt(WEAKEST), 0, shares))
    return {
        (one.channels, name): float(share)
        for one, row in zip(sets, shares, strict=True)
        for name, share in zip(names, row, strict=True)
        if name in one.channels
    }


def _divided(weights: Floats) -> Floats:
    rows: Floats = weights / weights.sum(axis=1, keepdims=True)
    return rows
