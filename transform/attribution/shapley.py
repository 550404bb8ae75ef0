"""Shapley values: what a channel adds to the conversions, over every order in which channels could have been added.

The game: of a journey that touched the set T of channels, a coalition S of channels would have left T & S, and people
who touched exactly that set convert at a known rate. Its worth v(S) is the sum of that rate over all journeys, so that
v(all channels) is the number of conversions. The game is a sum of games of one set each; so are its Shapley values,
which makes them exact as long as no single journey touched more than `EXACT_CHANNELS` channels.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from transform.attribution.journeys import Counted, as_sets

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

EXACT_CHANNELS = 15
SAMPLES = 200
# Two sides of a normal distribution hold 95 % between them.
CONFIDENCE = 1.96


@dataclass(frozen=True)
class SetValue:
    """What one channel adds to one journey that touched the set `channels`.

    `conversions` of all channels of the set sum to the set's conversion rate, `value` to its value per journey.
    `standard_error` is that of `conversions`: 0 where exact. A value may be negative: fewer converted with the channel.
    """

    channels: tuple[str, ...]
    channel: str
    conversions: float
    value: float
    standard_error: float


def set_values(
    rows: Iterable[Counted], *, exact_channels: int = EXACT_CHANNELS, samples: int = SAMPLES
) -> list[SetValue]:
    """The Shapley values of every set of channels that was observed, by set and channel.

    A set that nobody touched exactly has the highest rate among the observed sets within it: a combination that was
    never seen neither helps nor harms. Without any channel nobody converts.
    """
    sets = as_sets(rows)
    bits = {name: 1 << number for number, name in enumerate(sorted({name for one in sets for name in one.channels}))}
    place = {sum(bits[name] for name in one.channels): number for number, one in enumerate(sets)}
    rates = np.array([[one.conversions / one.journeys, one.value / one.journeys] for one in sets]).reshape(-1, 2)
    result: list[SetValue] = []
    for number, one in enumerate(sets):
        if len(one.channels) <= exact_channels:
            values = shapley_values(_worth_of_all([bits[name] for name in one.channels], place, rates))
            errors = np.zeros(len(one.channels))
        else:
            values, errors = _sampled(*_within(one, sets, rates), rates[number], _seed(one.channels), samples)
        result.extend(
            SetValue(one.channels, channel, float(value[0]), float(value[1]), float(error))
            for channel, value, error in zip(one.channels, values, errors, strict=True)
        )
    return result


def shapley_values(worth: Floats) -> Floats:
    """The Shapley value of each player of a game, by the definition.

    `worth[m]` is the worth of the coalition whose members are the bits of m; further axes are further games.
    """
    players = (len(worth) - 1).bit_length()
    weights, without = _coalitions(players)
    result = np.zeros((players, *worth.shape[1:]))
    for player in range(players):
        alone = without[player]
        added = worth[alone | (1 << player)] - worth[alone]
        result[player] = np.tensordot(weights[player], added, axes=1)
    return result


@lru_cache(maxsize=32)
def _coalitions(players: int) -> tuple[list[Floats], list[npt.NDArray[np.int64]]]:
    """For each player the coalitions without it, and the chance that exactly they come before it."""
    every = np.arange(2**players)
    size = np.array([int(mask).bit_count() for mask in every])
    chance = np.array([1 / (players * math.comb(players - 1, before)) for before in range(players)])
    without = [every[(every >> player) & 1 == 0] for player in range(players)]
    return [chance[size[masks]] for masks in without], without


def _worth_of_all(bits: list[int], place: Mapping[int, int], rates: Floats) -> Floats:
    """The rates of all coalitions of some channels, known by their `bits`; `place` finds an observed set's rate."""
    coalitions = [0]
    for bit in bits:
        coalitions += [coalition | bit for coalition in coalitions]
    places = np.array([place.get(coalition, -1) for coalition in coalitions])
    observed = places >= 0
    worth = np.zeros((len(coalitions), rates.shape[1]))
    worth[observed] = rates[places[observed]]
    for player in range(len(bits)):
        halves = worth.reshape(-1, 2, 1 << player, rates.shape[1])
        np.maximum(halves[:, 1], halves[:, 0], out=halves[:, 1])
    worth[observed] = rates[places[observed]]
    return worth


def _within(one: Counted, sets: list[Counted], rates: Floats) -> tuple[Bools, Floats]:
    """The observed sets within a set, by which of its channels they have, and their rates."""
    whole = set(one.channels)
    inside = [number for number, other in enumerate(sets) if whole.issuperset(other.channels)]
    return np.array([[name in sets[number].channels for name in one.channels] for number in inside]), rates[inside]


def _worth(coalitions: Bools, observed: Bools, known: Floats) -> Floats:
    """The rates of some coalitions within a set."""
    missing = observed.astype(np.float64) @ (~coalitions).astype(np.float64).T
    result = np.zeros((len(coalitions), known.shape[1]))
    within = missing == 0
    same = within & (observed.sum(axis=1)[:, None] == coalitions.sum(axis=1)[None, :])
    for outcome in range(known.shape[1]):
        rates = known[:, outcome][:, None]
        best = np.where(within, rates, 0).max(axis=0, initial=0)
        result[:, outcome] = np.where(same.any(axis=0), np.where(same, rates, 0).sum(axis=0), best)
    return result


def _sampled(observed: Bools, known: Floats, total: Floats, seed: int, samples: int) -> tuple[Floats, Floats]:
    """Values and standard errors from coalitions drawn for each channel and each size of coalition (the strata).

    A stratum with no more coalitions than samples is taken whole. What the values lack of the set's rate is shared
    evenly, so that they add up.
    """
    players = observed.shape[1]
    chance = np.random.default_rng(seed)
    values = np.zeros((players, known.shape[1]))
    variance = np.zeros(players)
    for player in range(players):
        others = np.array([other for other in range(players) if other != player])
        for size in range(players):
            if (whole := math.comb(players - 1, size)) <= samples:
                drawn = np.array(list(combinations(others, size)), dtype=np.int64).reshape(whole, size)
            else:
                drawn = chance.permuted(np.tile(others, (samples, 1)), axis=1)[:, :size]
            coalitions = np.zeros((len(drawn), players), dtype=bool)
            np.put_along_axis(coalitions, drawn, values=True, axis=1)
            with_player = coalitions.copy()
            with_player[:, player] = True
            added = _worth(with_player, observed, known) - _worth(coalitions, observed, known)
            values[player] += added.mean(axis=0) / players
            if whole > samples:
                variance[player] += added[:, 0].var(ddof=1) / samples / players**2
    values += (total - values.sum(axis=0)) / players
    return values, np.sqrt(variance)


def _seed(channels: tuple[str, ...]) -> int:
    """The same set draws the same coalitions in every run."""
    return zlib.crc32("\n".join(channels).encode())
