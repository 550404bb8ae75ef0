"""What a value has become since it was first reported, split exactly by source and account.

A KPI N / D x k goes from V0 to V1. What a cause adds to N counts k x (1/D0 + 1/D1) / 2, and what it adds to D counts
-k x (N0 + N1) / (2 x D0 x D1). With dN and dD shared out over causes these effects add up to V1 - V0 exactly, and no
cause is favoured by the order in which they are taken: the Shapley value of two factors, in its complete form by
J. W. Sun, "Changes in energy consumption and energy intensity: a complete decomposition model", Energy Economics 20
(1998), 85-100. A KPI that is not divided moves by dN.

Within an account the change of a day is shared out by the same rule over what came or went (the account), over the
exchange rate, and over what is counted of the rows (an order that became a first purchase, credit that moved to another
channel). Everything is a fraction, so nothing is lost by rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal, NamedTuple

CauseKind = Literal["account", "together", "counted_anew", "exchange_rates", "recomputed"]
Side = Literal["numerator", "denominator"]
SIDES: tuple[Side, ...] = ("numerator", "denominator")
# What sums of doubles may differ by, relatively; far below any cent.
ROUNDING = Fraction(1, 10**9)
# Rows in other currencies are rounded to a millionth each, credits to a billionth: less than this is nobody's change.
_ROUNDED_ROWS = Fraction(1, 10**5)


class Key(NamedTuple):
    """Whose rows of which day add to which metric."""

    metric: str
    date_day: date
    source: str
    account_id: str
    currency_code: str


class Amount(NamedTuple):
    """What they add, what they would add if all counted in full (None: they do), and the exchange rate of the day."""

    value: Fraction
    basis: Fraction | None = None
    rate: Fraction | None = None


class Cause(NamedTuple):
    """Why a part moved: an `account` of a source (its rows), several sources `together`, or what is of no account.

    `detail` is the currency of exchange rates, and what changed where a value was recomputed.
    """

    kind: CauseKind
    source: str = ""
    account_id: str = ""
    detail: str = ""


class Move(NamedTuple):
    """What a cause added to a metric that is a part of one side of the KPI, and what that did to the KPI.

    `amount` is in the metric's unit (in that of the side where no metric is named), `effect` in that of the KPI; None
    where its value was or is unknown.
    """

    cause: Cause
    side: Side
    metric: str
    amount: Fraction
    effect: Fraction | None


@dataclass(frozen=True)
class State:
    """A KPI as it was published once: its value, its sides, and what accounts added to its metrics."""

    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    amounts: Mapping[Key, Amount] = field(default_factory=dict)

    def side(self, side: Side) -> Fraction:
        """The side's value; 0 where it is unknown."""
        return (self.numerator if side == "numerator" else self.denominator) or Fraction(0)


@dataclass(frozen=True)
class Formula:
    """Of which metrics the sides are the sum, by weight; the metrics in money; who feeds what has no accounts."""

    weights: Mapping[Side, Mapping[str, Fraction]]
    is_ratio: bool
    scale: Fraction = Fraction(1)
    money: frozenset[str] = frozenset()
    feeders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The sources of each metric that does not add up over accounts and days; "" stands for the KPI itself."""


def split(before: State, after: State, formula: Formula) -> list[Move]:
    """The moves from one state to the other; their effects add up to the change of the value, exactly."""
    factors = _factors(before, after, formula)
    moves = [
        Move(cause, side, metric, amount, None if factors is None else amount * weight * factors[side])
        for side in SIDES[: 1 + formula.is_ratio]
        for cause, metric, amount, weight in _of_side(before, after, formula, side)
    ]
    if factors is None or before.value is None or after.value is None:
        return moves
    rest = after.value - before.value - sum((move.effect or Fraction(0) for move in moves), Fraction(0))
    if abs(rest) <= ROUNDING * max(abs(before.value), abs(after.value)) and moves:
        return _rounded(moves, rest)
    return [*moves, Move(Cause("recomputed"), "numerator", "", Fraction(0), rest)] if rest else moves


def _factors(before: State, after: State, formula: Formula) -> dict[Side, Fraction] | None:
    """What one more of a side does to the value; None where the value was or is unknown."""
    if before.value is None or after.value is None:
        return None
    if not formula.is_ratio:
        return {"numerator": Fraction(1)}
    d0, d1 = before.side("denominator"), after.side("denominator")
    if not d0 or not d1:
        return None
    total = before.side("numerator") + after.side("numerator")
    return {
        "numerator": formula.scale * (1 / d0 + 1 / d1) / 2,
        "denominator": -formula.scale * total / (2 * d0 * d1),
    }


def _rounded(moves: list[Move], rest: Fraction) -> list[Move]:
    """Values are stored as doubles: what that leaves of their difference goes to the largest effect."""
    place = max(range(len(moves)), key=lambda number: abs(moves[number].effect or Fraction(0)))
    largest = moves[place]
    return [*moves[:place], largest._replace(effect=(largest.effect or Fraction(0)) + rest), *moves[place + 1 :]]


def _of_side(before: State, after: State, formula: Formula, side: Side) -> list[tuple[Cause, str, Fraction, Fraction]]:
    """Cause, metric, amount and weight of all that changed one side; weighted, they add up to its change."""
    weights = formula.weights.get(side, {})
    totals: dict[tuple[Cause, str], Fraction] = {}
    for key in sorted({*before.amounts, *after.amounts}):
        if key.metric in weights:
            is_money = key.metric in formula.money
            for cause, amount in _of_account(key, before.amounts.get(key), after.amounts.get(key), is_money):
                place = (cause, key.metric)
                totals[place] = totals.get(place, Fraction(0)) + amount
    found = [(cause, metric, amount, weights[metric]) for (cause, metric), amount in totals.items() if amount]
    change = after.side(side) - before.side(side)
    rest = change - sum((amount * weight for *_, amount, weight in found), Fraction(0))
    if abs(rest) > ROUNDING * max(abs(after.side(side)), abs(before.side(side))):
        found.append((*_rest(formula, weights), rest, Fraction(1)))
    return found


def _rest(formula: Formula, weights: Mapping[str, Fraction]) -> tuple[Cause, str]:
    """Who answers for what no account explains: the sources of metrics that do not add up, else a new computation."""
    silent = [metric for metric in (*weights, *([] if weights else [""])) if metric in formula.feeders]
    sources = sorted({source for metric in silent for source in formula.feeders[metric]})
    metric = silent[0] if len(silent) == 1 else ""
    if len(sources) == 1:
        return Cause("account", sources[0]), metric
    return (Cause("together", ",".join(sources)) if sources else Cause("recomputed")), metric


def _of_account(
    key: Key, before: Amount | None, after: Amount | None, is_money: bool
) -> Iterable[tuple[Cause, Fraction]]:
    """What came or went, what the exchange rate did, and what is counted otherwise: one key's change in parts."""
    account = Cause("account", key.source, key.account_id if key.account_id != key.source else "")
    if before is None or after is None:
        yield account, (after or Amount(Fraction(0))).value - (before or Amount(Fraction(0))).value
        return
    change = after.value - before.value
    first, second = Fraction(1), Fraction(1)
    if is_money and before.rate and after.rate and before.rate != after.rate:
        # both days at the mean rate: what is left of the change is the rate's
        mean = (before.rate + after.rate) / 2
        first, second = mean / before.rate, mean / after.rate
        at_mean = after.value * second - before.value * first
        if abs(at_mean) <= max(_ROUNDED_ROWS, abs(after.value) / 10**6):
            at_mean = Fraction(0)
        yield Cause("exchange_rates", detail=key.currency_code), change - at_mean
        change = at_mean
    if before.basis and after.basis:
        shares = after.value / after.basis - before.value / before.basis
        anew = (before.basis * first + after.basis * second) / 2 * shares
        if abs(change - anew) <= _ROUNDED_ROWS:
            anew = change
        yield Cause("counted_anew"), anew
        change -= anew
    if change:
        yield account, change
