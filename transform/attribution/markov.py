"""Removal effects: what is lost of the conversions when everybody who would reach a channel is lost there instead.

Journeys are a Markov chain that is absorbed in "converted" or in "lost". A state is what the last `order` visits were;
only states that somebody was in exist, so the chain is no larger than the journeys are long.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
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
class Move:
    """How many journeys went on from the state `source` to `target`, or, where that is None, ended there, and how."""

    source: State
    target: State | None
    journeys: int
    conversions: int = 0
    value: float = 0.0


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
    return effects_of_moves(_moves(as_paths(rows), order))


def effects_of_moves(moves: Iterable[Move]) -> list[RemovalEffect]:
    """The same of journeys whose moves are counted already, each once; `transform.attribution.counting` does that."""
    chain = _Chain(moves)
    channels = sorted({channel for state in chain.index for channel in state})
    with_all = chain.expected(None)
    effects = []
    for channel in channels:
        lost = 1 - np.divide(chain.expected(channel), with_all, out=np.ones(2), where=with_all != 0)
        effects.append(RemovalEffect(channel, float(np.clip(lost[0], 0, 1)), float(lost[1])))
    return effects


def _moves(paths: Iterable[Counted], order: int) -> list[Move]:
    went: dict[tuple[State, State], int] = defaultdict(int)
    ended: dict[State, list[Counted]] = defaultdict(list)
    for path in paths:
        state, journeys = START, path.journeys
        for channel in path.channels:
            following = (*state, channel)[-order:]
            went[state, following] += journeys
            state = following
        ended[state].append(path)
    return [Move(source, target, journeys) for (source, target), journeys in went.items()] + [
        Move(
            state,
            None,
            sum(path.journeys for path in paths),
            sum(path.conversions for path in paths),
            math.fsum(path.value for path in paths),
        )
        for state, paths in ended.items()
    ]


class _Chain:
    """Who went from which state to which, and what was gained when they left it for good."""

    def __init__(self, moves: Iterable[Move]) -> None:
        # in an order of their own, so that the same moves give the same bits
        ordered = sorted(moves, key=lambda move: (move.source, move.target is None, move.target or START))
        states = sorted({START, *(state for move in ordered for state in (move.source, move.target) if state)})
        self.index: dict[State, int] = {state: number for number, state in enumerate(states)}
        self.size = len(states)
        went = [(self.index[move.source], self.index[move.target], move) for move in ordered if move.target]
        ended = [(self.index[move.source], move) for move in ordered if not move.target]
        left = np.zeros(self.size)
        for move in ordered:
            left[self.index[move.source]] += move.journeys
        left[left == 0] = 1
        self.source = np.array([source for source, _, _ in went], dtype=np.int64)
        self.target = np.array([target for _, target, _ in went], dtype=np.int64)
        self.chance = np.array([move.journeys for _, _, move in went], dtype=np.float64) / left[self.source]
        self.gain = np.zeros((self.size, 2))
        for number, move in ended:
            self.gain[number] = move.conversions / left[number], move.value / left[number]

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
