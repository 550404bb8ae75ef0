"""Removal effects: what is lost of the conversions when everybody who would reach a channel is lost there instead.

Journeys are a Markov chain that is absorbed in "converted" or in "lost". A state is what the last `order` visits were;
only states that somebody was in exist, so the chain is no larger than the journeys are long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transform.attribution.journeys import Counted, as_paths

Vector = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
State = tuple[str, ...]
START: State = ()
# Up to here it is quicker to eliminate than to go round.
DENSE_STATES = 300
NEGLIGIBLE = 1e-18


@dataclass(frozen=True)
class RemovalEffect:
    """Shares of all conversions and of all their value, 0 to 1, that are lost without the channel."""

    channel: str
    conversions: float
    value: float


def removal_effects(rows: Iterable[Counted], order: int = 1) -> list[RemovalEffect]:
    """The removal effect of every channel of the journeys, by name of the channel; all 0 without a conversion.

    Exact: the chain is solved, not simulated. Raises ValueError for an order below 1.
    """
    if order < 1:
        raise ValueError(f"order {order}: write 1 or more")
    chain = _Chain(as_paths(rows), order)
    channels = sorted({channel for state in chain.index for channel in state})
    with_all = chain.expected(None)
    effects = []
    for channel in channels:
        lost = 1 - np.divide(chain.expected(channel), with_all, out=np.ones(2), where=with_all != 0)
        effects.append(RemovalEffect(channel, float(np.clip(lost[0], 0, 1)), float(lost[1])))
    return effects


class _Chain:
    """Who went from which state to which, and what was gained when they left it for good."""

    def __init__(self, paths: Iterable[Counted], order: int) -> None:
        self.index: dict[State, int] = {START: 0}
        moves: dict[tuple[int, int], int] = defaultdict(int)
        gains: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
        left: dict[int, int] = defaultdict(int)
        for path in paths:
            state, here = START, 0
            for channel in path.channels:
                state = (*state, channel)[-order:]
                there = self.index.setdefault(state, len(self.index))
                moves[here, there] += path.journeys
                left[here] += path.journeys
                here = there
            left[here] += path.journeys
            gains[here][0] += path.conversions
            gains[here][1] += path.value
        self.size = len(self.index)
        ends = np.array(list(moves), dtype=np.int64).reshape(-1, 2)
        departures = np.array([left[number] or 1 for number in range(self.size)], dtype=np.float64)
        self.source, self.target = ends[:, 0], ends[:, 1]
        self.chance = np.array(list(moves.values()), dtype=np.float64) / departures[self.source]
        self.gain = _rows(gains, self.size) / departures[:, None]

    def expected(self, removed: str | None) -> Vector:
        """Conversions and value that one journey is expected to bring when nobody gets past the channel `removed`."""
        is_open = np.array([removed not in state for state in self.index])
        kept = is_open[self.target] & is_open[self.source]
        # Removed states stay as states that nobody enters or leaves.
        gain = self.gain * is_open[:, None]
        solve = _solved_at_once if self.size <= DENSE_STATES else _solved_by_rounds
        first: Vector = solve(self.source[kept], self.target[kept], self.chance[kept], gain)[0]
        return first


def _solved_at_once(source: Numbers, target: Numbers, chance: Vector, gain: Vector) -> Vector:
    """x of x = gain + chance * x, the fundamental equation of an absorbing chain."""
    matrix = np.eye(len(gain))
    np.subtract.at(matrix, (source, target), chance)
    return np.asarray(np.linalg.solve(matrix, gain), dtype=np.float64)


def _solved_by_rounds(source: Numbers, target: Numbers, chance: Vector, gain: Vector) -> Vector:
    """The same as the sum of what is gained after 0, 1, 2, ... moves, to the last bit of a double.

    A chain of thousands of states is sparse, and a few dozen moves absorb everybody. Moves from a state to itself,
    which would make it slow, are taken out before: however long somebody stays, what follows is the same.
    """
    stays = source == target
    leaves = 1 - np.bincount(source[stays], weights=chance[stays], minlength=len(gain))
    source, target, chance = source[~stays], target[~stays], chance[~stays] / leaves[source[~stays]]
    gained = gain / leaves[:, None]
    total = gained.copy()
    # No move makes the largest gain larger, so what is too small to count stays so.
    while (np.abs(gained).max(axis=0) > NEGLIGIBLE * np.abs(total).max(axis=0)).any():
        gained = np.column_stack(
            [np.bincount(source, weights=chance * column[target], minlength=len(gain)) for column in gained.T]
        )
        total += gained
    return total


def _rows(gains: Mapping[int, list[float]], size: int) -> Vector:
    return np.array([gains.get(number, [0.0, 0.0]) for number in range(size)])
