"""The change of a KPI between two periods, split exactly into factors and segments. Pure arithmetic, no database.

A KPI is a product of factors, each a ratio of sums that multiplies or divides: cost per lead = cost per click /
(leads / clicks). What a factor did to the KPI is its Shapley value: the mean, over all orders in which the factors
could have changed one after the other, of what the KPI changed by at the factor's turn. (Shapley 1953; for
decompositions Sun 1998 and Albrecht, Francois and Schors 2002.) It is exact, leaves no residual, depends on no order
and, unlike the log mean method (LMDI, Ang 2004), it is defined for zeros and for negative numbers too: a return on
investment crosses zero. Of a product it is the factor's own change times a mean of products of the other factors, so
it is linear in that change, and whatever splits a factor's change splits its effect as exactly.

A factor's change is split by segments into rate and mix (the within and between parts of a shift-share analysis,
at average weights and average rates). With weight w, rate r and the overall rate R of two periods:

    rate of a segment = mean(w) x change of r        mix of a segment = (mean(r) - mean(R)) x change of w

Both sum to the change of R exactly. A segment without anything to divide by in either period (an agency that costs
and brings no customer of its own) has no rate; what it adds to the total, N / D of the total, is its rate part. One
that has it in one period only has entered or left, and is all mix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import factorial, isclose, prod
from typing import Literal

Kind = Literal["total", "factor", "rate", "mix"]
REST = "(other)"
# A rest that is smaller than this share of the total is rounding of floats: a sum of a thousand parts is off by 1e-13.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Sides:
    """Numerator and denominator of one period; an amount that is no ratio is divided by 1."""

    numerator: float
    denominator: float = 1.0

    @property
    def ratio(self) -> float:
        """Raises ZeroDivisionError where there is nothing to divide by."""
        return self.numerator / self.denominator


@dataclass(frozen=True)
class Change:
    """A ratio in two periods."""

    before: Sides
    after: Sides

    @property
    def amount(self) -> float:
        return self.after.ratio - self.before.ratio


@dataclass(frozen=True)
class Factor:
    """One factor of a KPI in both periods, in total and by segment."""

    name: str
    total: Change
    divides: bool = False
    is_amount: bool = False
    """It is no ratio: the parts add up as they are, and there is no mix."""
    parts: Mapping[str, Change] = field(default_factory=dict)

    @property
    def levels(self) -> tuple[float, float]:
        """What the KPI is multiplied by, before and after. Raises ZeroDivisionError where that is undefined."""
        before, after = self.total.before.ratio, self.total.after.ratio
        return (1 / before, 1 / after) if self.divides else (before, after)


@dataclass(frozen=True)
class Effect:
    """What one part did to the KPI, in the KPI's own unit."""

    factor: str
    kind: Kind
    segment: str
    amount: float
    moved: float
    """By how much the factor itself moved through this part, in its own unit: its sign says up or down."""


def by_factor(factors: Sequence[Factor], scale: float = 1.0) -> list[Effect]:
    """The effect of each factor; they sum to the change of `scale` x product.

    Raises ZeroDivisionError where a factor is undefined in one of the periods.
    """
    multipliers = sensitivities(factors, scale)
    return [
        Effect(factor.name, "factor", "", multiplier * factor.total.amount, factor.total.amount)
        for factor, multiplier in zip(factors, multipliers, strict=True)
    ]


def by_segment(factors: Sequence[Factor], scale: float = 1.0) -> list[Effect]:
    """The effect of each factor in each segment, as rate and mix; they sum to the change of `scale` x product.

    What the segments leave of a factor's total stands under `REST`. Parts that did nothing are left out.
    """
    effects = []
    for factor, multiplier in zip(factors, sensitivities(factors, scale), strict=True):
        for segment, kind, moved in segment_changes(factor):
            if moved:
                effects.append(Effect(factor.name, kind, segment, multiplier * moved, moved))
    return effects


def sensitivities(factors: Sequence[Factor], scale: float = 1.0) -> list[float]:
    """By how much the KPI changes for each unit that a factor itself does, at the mean of all orders (Shapley)."""
    levels = [factor.levels for factor in factors]
    found = []
    for place, factor in enumerate(factors):
        others = [level for other, level in enumerate(levels) if other != place]
        multiplier = scale * mean_product(others)
        if factor.divides:
            # 1/b - 1/a = -(b - a) / (a b): what the quotient changed by, for each unit that the divisor did
            before, after = levels[place]
            multiplier *= -before * after
        found.append(multiplier)
    return found


def mean_product(levels: Sequence[tuple[float, float]]) -> float:
    """The mean of the product over all orders: each of `levels` at its value after where its turn came before ours."""
    count = len(levels)
    total = 0.0
    for size in range(count + 1):
        weight = factorial(size) * factorial(count - size) / factorial(count + 1)
        for changed in combinations(range(count), size):
            total += weight * prod(
                after if place in changed else before for place, (before, after) in enumerate(levels)
            )
    return total


def segment_changes(factor: Factor) -> list[tuple[str, Kind, float]]:
    """(segment, rate or mix, change of the factor through it); they sum to the factor's change."""
    rest = _rest(factor)
    parts = {**factor.parts, **({REST: rest} if rest else {})}
    if factor.is_amount:
        return [(name, "rate", part.after.numerator - part.before.numerator) for name, part in parts.items()]
    before, after = factor.total.before, factor.total.after
    overall = (before.ratio + after.ratio) / 2
    found: list[tuple[str, Kind, float]] = []
    for name, part in parts.items():
        weights = part.before.denominator / before.denominator, part.after.denominator / after.denominator
        shift = weights[1] - weights[0]
        whole = part.after.numerator / after.denominator - part.before.numerator / before.denominator - overall * shift
        if name != REST and all(weights):
            rates = part.before.ratio, part.after.ratio
            mix = ((rates[0] + rates[1]) / 2 - overall) * shift
            found += [(name, "rate", whole - mix), (name, "mix", mix)]
        else:
            found.append((name, "mix" if any(weights) else "rate", whole))
    return found


def _rest(factor: Factor) -> Change | None:
    """What the segments leave of the total; None where that is nothing but rounding."""

    def left(total: Sides, parts: list[Sides]) -> Sides:
        return Sides(
            _difference(total.numerator, [part.numerator for part in parts]),
            0.0 if factor.is_amount else _difference(total.denominator, [part.denominator for part in parts]),
        )

    before = left(factor.total.before, [part.before for part in factor.parts.values()])
    after = left(factor.total.after, [part.after for part in factor.parts.values()])
    return Change(before, after) if any((*_sides(before), *_sides(after))) else None


def _sides(sides: Sides) -> tuple[float, float]:
    return sides.numerator, sides.denominator


def _difference(total: float, parts: list[float]) -> float:
    found = sum(parts)
    largest = max((abs(part) for part in (total, *parts)), default=0.0)
    return 0.0 if isclose(total, found, rel_tol=0.0, abs_tol=_ROUNDING * largest) else total - found
