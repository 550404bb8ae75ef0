"""The parts of a restated value in words that a marketer reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from transform.kpi.format import format_value
from transform.kpi.memory import Part

# `Conversions credited to paid channels` has no singular that one could make by its last letter.
_SINGULAR_WORDS = 2


@dataclass(frozen=True)
class Vocabulary:
    """Names for people: of each metric its label and unit, of each source its title; and the reporting currency."""

    metrics: Mapping[str, tuple[str, str]]
    titles: Mapping[str, str]
    currency: str


def cause_words(part: Part, vocabulary: Vocabulary) -> str:
    """Who or what moved the value: `Google Ads, account 123`, `Exchange rate of USD`, `Recomputed`."""
    cause = part.cause
    titles = [vocabulary.titles.get(source, source) for source in cause.source.split(",") if source]
    if cause.kind == "exchange_rates":
        return f"Exchange rate of {cause.detail}" if cause.detail else "Exchange rates"
    if cause.kind == "counted_anew":
        return "Recomputed: counted anew"
    if cause.kind == "recomputed":
        return "Recomputed"
    if cause.kind == "together":
        return " + ".join(titles)
    return ", account ".join([*titles, *([cause.account_id] if cause.account_id else [])])


def what_words(part: Part, vocabulary: Vocabulary) -> str:
    """What it did: `41 conversions came in later, 12.40 EUR of ad spend was taken back`."""
    kind = part.cause.kind
    changes = [(metric, amount) for metric, amount in part.amounts.items() if metric and amount]
    if kind == "recomputed":
        return part.cause.detail or "worked out anew by the same rules; no account changed by that much"
    if kind == "exchange_rates":
        signed = [f"{_signed(amount, metric, vocabulary)} {_label(metric, vocabulary)}" for metric, amount in changes]
        return f"the rates of the days changed: {', '.join(signed)}"
    if kind == "counted_anew":
        signed = [f"{_signed(amount, metric, vocabulary)} {_label(metric, vocabulary)}" for metric, amount in changes]
        return f"identity, channel or attribution of the same rows changed: {', '.join(signed)}"
    if not changes:
        return "counted over all that they delivered, which changed"
    return ", ".join(_came_or_went(amount, metric, vocabulary) for metric, amount in changes)


def _came_or_went(amount: Fraction, metric: str, vocabulary: Vocabulary) -> str:
    unit = vocabulary.metrics.get(metric, (metric, "count"))[1]
    number, name = _number(abs(amount), unit, vocabulary), _label(metric, vocabulary)
    is_money = unit in ("currency", "seconds", "hours", "days")
    is_one = abs(amount) == 1 or is_money
    if is_money:
        name = f"of {name}"
    elif is_one and name.endswith("s") and len(name.split()) <= _SINGULAR_WORDS:
        name = name[:-1]
    went = "was taken back" if is_one else "were taken back"
    return f"{number} {name} {'came in later' if amount > 0 else went}"


def _signed(amount: Fraction, metric: str, vocabulary: Vocabulary) -> str:
    unit = vocabulary.metrics.get(metric, (metric, "count"))[1]
    return f"{'-' if amount < 0 else '+'}{_number(abs(amount), unit, vocabulary)}"


def _number(amount: Fraction, unit: str, vocabulary: Vocabulary) -> str:
    if unit == "count":
        return f"{int(amount):,}" if amount.denominator == 1 else f"{float(amount):,.2f}"
    return format_value(float(amount), unit, vocabulary.currency)


def _label(metric: str, vocabulary: Vocabulary) -> str:
    label = vocabulary.metrics.get(metric, (metric, ""))[0].split(" (")[0]
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
