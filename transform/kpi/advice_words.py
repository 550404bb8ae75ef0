"""The words that a rule's texts may name, filled in for one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transform.kpi.format import ABSENT, describe_change, format_difference, format_value
from transform.kpi.periods import period_name
from transform.kpi.registry import Kpi

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """What a piece of advice speaks of: a KPI's row of the scorecard, and the flagged periods where it has some."""

    kpi: Kpi
    card: Row
    flags: Sequence[Row]
    others: tuple[str, ...]
    currency: str

    def value(self, number: float | None) -> str:
        return "" if number is None else format_value(number, self.kpi.unit, self.currency)


def words_of(subject: Subject, why: str, cost: float | None) -> dict[str, str]:
    """Every word of `advice_rules.WORDS`, as people read it; empty where the case has none of it."""
    kpi, card, flags, currency = subject.kpi, subject.card, subject.flags, subject.currency
    newest = flags[-1] if flags else card
    change = describe_change(card["value"], card["previous_value"], kpi.unit, kpi.direction, currency)
    count = len(flags)
    if flags and "spent" in newest:
        return _of_part(subject, newest, cost)
    return {
        "kpi": _list([kpi.label, *subject.others]),
        "where": (flags[0]["segment_value"] if flags else "") or "All channels",
        "period": period_name(newest["grain"], newest["period_start"]),
        "value": subject.value(newest["value"]) or ABSENT,
        "target": _target(subject),
        "change": change.text,
        "why": why,
        "status": str(card["status"]).replace("_", " "),
        "cost": _cost(kpi, cost, currency, is_flagged=bool(flags)),
        "owner": kpi.owner,
        "expected": subject.value(newest["expected"]) if flags else "",
        "range": f"{subject.value(newest['expected_low'])} to {subject.value(newest['expected_high'])}"
        if flags
        else "",
        "distance": _distance(kpi, newest, currency) if flags else "",
        "count": f"{count} {newest['grain']}{'s' if count > 1 else ''}" if flags else "",
        **dict.fromkeys(("spent", "cases", "elsewhere"), ""),
    }


def _of_part(subject: Subject, part: Row, cost: float | None) -> dict[str, str]:
    months, money = part["months"], subject.currency
    return dict.fromkeys(("change", "why", "range", "distance"), "") | {
        "kpi": subject.kpi.label,
        "where": str(part["label"]),
        "period": period_name(part["grain"], part["period_start"]),
        "value": subject.value(part["value"]) or ABSENT,
        "expected": subject.value(part["expected"]),
        "target": _target(subject),
        "status": str(subject.card["status"]).replace("_", " "),
        "count": f"{months} month{'s' if months > 1 else ''}",
        "spent": format_value(part["spent"], "currency", money),
        "cases": f"{part['denominator']:,.1f}",
        "elsewhere": f"{part['elsewhere']:,.1f}",
        "cost": f"That is {cost:,.0f} {money} more than its cases cost elsewhere." if cost else "",
        "owner": subject.kpi.owner,
    }


def _distance(kpi: Kpi, flag: Row, currency: str) -> str:
    """How far outside of the expected range: '61 % above', '1.2 pp below'."""
    if flag["value"] is None:
        return ""
    is_above = flag["side"] == "high"
    limit = flag["expected_high" if is_above else "expected_low"]
    gap = abs(flag["value"] - limit)
    side = "above" if is_above else "below"
    if kpi.unit == "ratio" or limit <= 0:
        return f"{format_difference(gap, kpi.unit, currency).lstrip('+')} {side}"
    return f"{gap / limit:.0%} {side}".replace("%", " %")


def _target(subject: Subject) -> str:
    target = subject.kpi.target_on(subject.card["period_end"])
    if target is None:
        return ABSENT
    goals = [target.low, target.high] if target.value is None else [target.value]
    return " to ".join(subject.value(goal) for goal in goals)


def _cost(kpi: Kpi, cost: float | None, currency: str, *, is_flagged: bool) -> str:
    if cost is None:
        return ""
    amount = f"{cost:,.0f} {currency}"
    if kpi.direction == "down":
        return f"That cost {amount} more than {'expected' if is_flagged else 'at the target'}."
    return f"With a return {'as expected' if is_flagged else 'at the target'} the same money brings {amount} more."


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
