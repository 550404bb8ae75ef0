"""Advice with its evidence: the rows of `semantic.kpi_advice`, from rules, scorecard, flags and drivers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb

from transform.kpi.advice_parts import dear_parts
from transform.kpi.advice_rules import Rule, When
from transform.kpi.advice_words import Subject, words_of
from transform.kpi.meta import Grain
from transform.kpi.periods import shift, start_of
from transform.kpi.registry import Kpi, Registry
from warehouse.tables import KPI_ANOMALIES, KPI_DRIVERS, KPI_SCORECARD, KPI_VALUES

Row = Mapping[str, Any]

WITHIN: dict[str, int] = {"day": 14, "week": 4, "month": 2}
_SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True)
class Found:
    """What the rules look at: rows of the tables of these names, by KPI."""

    cards: Mapping[str, Row]
    flags: Mapping[str, Sequence[Row]]
    """Of `kpi_anomalies`, each with the denominator of its period, the oldest first."""
    why: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[tuple[str, str], Sequence[Row]] = field(default_factory=dict)
    """By rule and KPI, the parts that are dear (`advice_parts`)."""


@dataclass(frozen=True)
class Case:
    """A rule that holds of a KPI's total or segment."""

    rule: Rule
    kpi: Kpi
    card: Row
    flags: Sequence[Row] = ()
    others: tuple[Kpi, ...] = ()
    """Other KPIs that lost the same data."""

    @property
    def segment(self) -> tuple[str, str]:
        return (self.flags[0]["segment_dimension"], self.flags[0]["segment_value"]) if self.flags else ("", "")

    @property
    def newest(self) -> Row:
        """The period that the advice speaks of: the newest flagged one, or that of the scorecard."""
        return self.flags[-1] if self.flags else self.card

    @property
    def is_final(self) -> bool:
        return all(flag["state"] == "anomaly" for flag in self.flags) if self.flags else bool(self.card["is_final"])


def of_scorecard(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    rules: Iterable[Rule],
    *,
    computed_at: datetime,
    run_id: str,
) -> list[dict[str, Any]]:
    """The advice of this run, the most urgent first."""
    flags: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(
        connection,
        f"select flag.*, series.denominator from {KPI_ANOMALIES.relation} as flag left join {KPI_VALUES.relation} "
        "as series using (kpi, grain, period_start, segment_dimension, segment_value) order by period_start",
    ):
        flags[row["kpi"]].append(row)
    cards = {row["kpi"]: row for row in _rows(connection, f"from {KPI_SCORECARD.relation}")}
    why = connection.execute(
        f"select kpi, words from {KPI_DRIVERS.relation} where rank = 0 and against = 'previous'"
    ).fetchall()
    rules = tuple(rules)
    parts = {
        (rule.name, name): dear_parts(connection, registry.kpi(name), rule.when.part)
        for rule in rules
        if rule.when.part
        for name in rule.kpis
    }
    rows = advise(registry, rules, Found(cards, flags, dict(why), parts))
    return [row | {"computed_at": computed_at, "run_id": run_id} for row in rows]


def advise(registry: Registry, rules: Iterable[Rule], found: Found) -> list[dict[str, Any]]:
    """One piece of advice for each KPI and segment of which a rule holds, by the first such rule."""
    cases: dict[tuple[str, tuple[str, str]], Case] = {}
    for rule in rules:
        for name in rule.kpis:
            if name in found.cards:
                for case in _cases(rule, registry.kpi(name), found):
                    cases.setdefault((name, case.segment), case)
    rows = [_row(case, found, registry.currency, registry) for case in _together(cases.values())]
    rows.sort(key=lambda row: (_SEVERITIES.index(row["severity"]), -(row["cost_of_inaction"] or 0.0), row["kpi"]))
    return [{"rank": rank} | row for rank, row in enumerate(rows, 1)]


def cost_of(case: Case, registry: Registry) -> float | None:
    """What the flagged periods cost more than expected, or the scorecard's period more than at its target.

    In the reporting currency: of a price, (value - base) x what was bought; of a return on money, (base - value) x
    the money; of a dear part, its money less what its cases cost elsewhere. None of other KPIs, and where nothing was
    lost.
    """
    kpi = case.kpi
    if case.rule.when.part:
        return sum(float(flag["lost"]) for flag in case.flags)
    if kpi.denominator is None:
        return None
    is_price = kpi.unit in ("currency", "per_mille_currency") and kpi.direction == "down"
    is_return = kpi.direction == "up" and registry.definitions[kpi.denominator].unit == "currency"
    if not (is_price or is_return):
        return None
    base = "expected" if case.flags else "target_value"
    known = [
        (row["value"] - row[base]) * row["denominator"] / kpi.scale
        for row in case.flags or (case.card,)
        if None not in (row["value"], row[base], row["denominator"])
    ]
    lost = sum(known) if is_price else -sum(known)
    return lost if lost > 0 else None


def _cases(rule: Rule, kpi: Kpi, found: Found) -> list[Case]:
    when, card = rule.when, found.cards[kpi.name]
    if not _holds(when, kpi, card, found.cards):
        return []
    if when.part:
        return [Case(rule, kpi, card, [row]) for row in found.parts.get((rule.name, kpi.name), ())]
    if when.anomaly is None:
        return [Case(rule, kpi, card)]
    by_segment: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for flag in found.flags.get(kpi.name, ()):
        if _matches(when, flag) and flag["period_start"] >= _since(when, flag["grain"], card["period_end"]):
            by_segment[flag["segment_dimension"], flag["segment_value"]].append(flag)
    return [Case(rule, kpi, card, flags) for flags in by_segment.values()]


def _holds(when: When, kpi: Kpi, card: Row, cards: Mapping[str, Row]) -> bool:
    if when.status and card["status"] not in when.status:
        return False
    if when.worse_by is not None:
        change, sign = card["change_relative"], {"up": -1, "down": 1}.get(kpi.direction, 0)
        if change is None or sign * change < when.worse_by:
            return False
    if when.beyond and when.beyond != _beyond(kpi, card):
        return False
    return all(name in cards and cards[name]["status"] in wanted for name, wanted in when.others.items())


def _matches(when: When, flag: Row) -> bool:
    kind = "missing" if flag["side"] == "missing" else flag["verdict"]
    return bool(kind == when.anomaly and (when.provisional or flag["state"] == "anomaly"))


def _since(when: When, grain: Grain, period_end: date) -> date:
    return shift(start_of(period_end, grain), grain, 1 - (when.within or WITHIN[grain]))


def _beyond(kpi: Kpi, card: Row) -> str | None:
    target = kpi.target_on(card["period_end"])
    if target is None or card["value"] is None:
        return None
    low = target.low if target.value is None else target.value
    high = target.high if target.value is None else target.value
    if high is not None and card["value"] > high:
        return "above"
    return "below" if low is not None and card["value"] < low else None


def _together(cases: Iterable[Case]) -> list[Case]:
    """Several KPIs that lost the same data are one piece of advice."""
    together: dict[Any, Case] = {}
    for case in cases:
        key: Any = (case.rule.name, case.kpi.name, case.segment)
        if case.rule.when.anomaly == "missing":
            key = (case.rule.name, case.segment, tuple((flag["grain"], flag["period_start"]) for flag in case.flags))
        first = together.get(key)
        together[key] = (
            Case(first.rule, first.kpi, first.card, first.flags, (*first.others, case.kpi)) if first else case
        )
    return list(together.values())


def _row(case: Case, found: Found, currency: str, registry: Registry) -> dict[str, Any]:
    cost = cost_of(case, registry)
    subject = Subject(case.kpi, case.card, case.flags, tuple(kpi.label for kpi in case.others), currency)
    words = words_of(subject, found.why.get(case.kpi.name, ""), cost)
    dimension, segment = case.segment
    name = "|".join((case.rule.name, case.kpi.name, dimension, segment, str(case.newest["period_start"])))
    note = "" if case.is_final else " Provisional: the sources may still restate it."
    return {
        "advice_id": hashlib.sha256(name.encode()).hexdigest()[:16],
        "kpi": case.kpi.name,
        "segment_dimension": dimension,
        "segment_value": segment,
        "rule": case.rule.name,
        "severity": case.rule.severity,
        "title": " ".join(case.rule.title.format(**words).split()),
        "evidence": " ".join(case.rule.evidence.format(**words).split()) + note,
        "cost_of_inaction": cost,
        "grain": case.newest["grain"],
        "period_start": case.newest["period_start"],
        "is_final": case.is_final,
    }


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    result = connection.execute(query)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
