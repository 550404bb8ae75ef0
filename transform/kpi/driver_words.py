"""The parts of a change in words that a marketer reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from transform.kpi.decomposition import REST, Effect
from transform.kpi.format import describe_change, format_difference, reads_in_points
from transform.kpi.meta import FactorBlock
from transform.kpi.registry import Kpi

# Which split a sentence names a segment from: the finest that covers what happened.
_PREFERRED = ("campaign", "channel", "country", "device")
_MOST_PARTS = 4
# A segment is named where it carries at least this share of what its factor did.
_NAMED = 0.5
# A split that leaves more than this share to no segment says little.
_REST = 0.25
_NOWHERE = (REST, "(not set)", "(unattributed)")
# A part below this share of all parts is summed up with the other small ones.
_SMALL = 0.02
_BEFORE = {"day": "the day before", "week": "the week before", "month": "the month before"}


@dataclass(frozen=True)
class Told:
    """A change, and what is needed to tell it."""

    kpi: Kpi
    value: float
    earlier: float
    against: str
    currency: str
    blocks: Mapping[str, FactorBlock]
    labels: Mapping[str, str]
    segments: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Names of segments for people, by dimension and segment, where they are others."""

    def segment(self, dimension: str, value: str) -> str:
        """A segment's name for people."""
        return self.segments.get((dimension, value), value)

    @property
    def is_relative(self) -> bool:
        """Whether people read the change in percent of what was before, rather than as a difference."""
        return self.earlier > 0 and not reads_in_points(self.value - self.earlier, self.kpi.unit)


class Part(NamedTuple):
    """A piece of a sentence: what happened, by how much it moved the KPI, and where most of it did."""

    words: str
    amount: float
    segment: str = ""


def phrase(told: Told, factor: str, moved: float) -> str:
    """What happened to a factor, such as 'clicks cost more'."""
    block = told.blocks.get(factor)
    if block:
        return block.up if moved > 0 else block.down
    return f"{told.labels.get(factor, factor)} {'rose' if moved > 0 else 'fell'}"


def part_words(told: Told, dimension: str, effect: Effect) -> str:
    """One part in words, with its effect: 'Paid Social: clicks cost more (+21.0 points)'."""
    what = "the mix shifted" if effect.kind == "mix" else phrase(told, effect.factor, effect.moved)
    where = f"{told.segment(dimension, effect.segment)}: " if effect.segment else ""
    return f"{where}{what} ({amount_text(told, effect.amount)})"


def sentence(told: Told, effects: Mapping[str, Sequence[Effect]]) -> str:
    """The change and its largest parts in one sentence."""
    parts = _parts(told, effects)
    whole = describe_change(told.value, told.earlier, told.kpi.unit, told.kpi.direction, told.currency)
    against = _BEFORE.get(told.kpi.grain, told.against) if told.against == "previous" else "a year ago"
    if told.against not in ("previous", "year_ago"):
        against = told.against
    head = f"{told.kpi.label} {whole.text} on {against}"
    size = sum(abs(part.amount) for part in parts)
    ordered = sorted(parts, key=lambda part: -abs(part.amount))
    shown = [part for part in ordered[:_MOST_PARTS] if size and abs(part.amount) >= _SMALL * size]
    says_nothing_new = len(parts) == 1 and not told.blocks and parts[0].words.startswith(told.kpi.label)
    if not shown or says_nothing_new:
        return f"{head}."
    rest = Part("the rest", sum(part.amount for part in ordered[len(shown) :]))
    if abs(rest.amount) >= _SMALL * size:
        shown.append(rest)
    return f"{head}: {', '.join(_part_text(told, part, place == 0) for place, part in enumerate(shown))}."


def amount_text(told: Told, amount: float, *, is_short: bool = False) -> str:
    """An effect on the KPI: in points of the value before, or as a difference; `is_short` without the word."""
    if not told.is_relative:
        return format_difference(amount, told.kpi.unit, told.currency)
    points = amount / told.earlier * 100
    decimals = 0 if abs(told.value - told.earlier) >= 0.1 * told.earlier else 1
    shown = f"{round(points, decimals) + 0.0:+.{decimals}f}"
    return shown if is_short else f"{shown} points"


def _part_text(told: Told, part: Part, is_first: bool) -> str:
    where = f", {part.segment}" if part.segment else ""
    return f"{part.words} ({amount_text(told, part.amount, is_short=not is_first)}{where})"


def _parts(told: Told, effects: Mapping[str, Sequence[Effect]]) -> list[Part]:
    dimension = next((name for name in _PREFERRED if name in effects and _covers(effects[name])), "")
    found = effects[dimension]
    if not dimension:
        return [Part(phrase(told, one.factor, one.moved), one.amount) for one in found]
    mix = sum(one.amount for one in found if one.kind == "mix")
    rates = [one for one in found if one.kind == "rate"]
    if told.blocks:
        parts = _by_factor(told, dimension, rates)
    else:
        parts = [
            Part(f"{told.segment(dimension, one.segment)} {'up' if one.moved > 0 else 'down'}", one.amount)
            for one in rates
        ]
    return [*parts, Part("mix", mix)] if any(one.kind == "mix" for one in found) else parts


def _by_factor(told: Told, dimension: str, rates: Sequence[Effect]) -> list[Part]:
    by_factor: dict[str, list[Effect]] = defaultdict(list)
    for one in rates:
        by_factor[one.factor].append(one)
    parts = []
    for factor, found in by_factor.items():
        amount, moved = sum(one.amount for one in found), sum(one.moved for one in found)
        top = max(found, key=lambda one: one.amount if amount > 0 else -one.amount)
        is_named = top.segment not in _NOWHERE and abs(top.amount) >= _NAMED * abs(amount) and top.amount * amount > 0
        parts.append(
            Part(phrase(told, factor, moved), amount, told.segment(dimension, top.segment) if is_named else "")
        )
    return parts


def _covers(effects: Sequence[Effect]) -> bool:
    size = sum(abs(one.amount) for one in effects)
    return sum(abs(one.amount) for one in effects if one.segment in _NOWHERE) <= _REST * size
