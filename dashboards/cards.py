"""A KPI as it is shown: every number formatted, every judgement in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboards.reading import Contents, Row
from dashboards.sparkline import Sparkline, sparkline
from transform.kpi import format as plain

STATUS = {
    "on_track": ("good", "✓", "On track"),
    "at_risk": ("risk", "!", "At risk"),
    "off_track": ("bad", "✕", "Off track"),
    "no_target": ("none", "–", "No target"),
    "not_enough_data": ("none", "…", "Not enough data"),
}
PREVIOUS = {"day": "day before", "week": "week before", "month": "month before"}
AUDIENCES = {"ceo": "CEO", "marketing_manager": "Marketing manager", "channel_specialist": "Channel specialist"}


@dataclass(frozen=True)
class Change:
    """A change against an earlier period: `tone` good, bad or none; `text` says the same without colour."""

    tone: str
    arrow: str
    text: str
    verdict: str
    against: str


@dataclass(frozen=True)
class Progress:
    """How far a target is reached; shares of the bar's length, and the words beside it."""

    reached: float
    expected: float | None
    target: str
    text: str


@dataclass(frozen=True)
class Card:
    """Everything that the page shows of one KPI."""

    kpi: str
    label: str
    stage: str
    is_focus: bool
    value: str
    missing: str
    period: str
    is_provisional: bool
    tone: str
    icon: str
    status: str
    change: Change | None
    year_ago: Change | None
    progress: Progress | None
    benchmark: str
    spark: Sparkline | None
    spark_label: str
    description: str
    formula: str
    objective: str
    owner: str
    audience: str
    sample: str
    sources: str


def cards(contents: Contents, currency: str) -> list[Card]:
    """The cards of a publication's scorecard, in its order."""
    return [
        _card(row, contents.definitions.get(row["kpi"], {}), contents.history.get(row["kpi"], []), currency)
        for row in contents.scorecard
    ]


def format_value(value: float | None, unit: str, currency: str) -> str:
    """The value as everywhere else, kept on one line."""
    return plain.format_value(value, unit, currency).replace(" ", "\N{NO-BREAK SPACE}")


def _card(row: Row, definition: Row, history: Sequence[Row], currency: str) -> Card:
    unit = row["unit"]
    tone, icon, status = STATUS.get(row["status"], ("none", "–", str(row["status"]).replace("_", " ")))
    values = [point["value"] for point in history]
    return Card(
        kpi=row["kpi"],
        label=row["label"],
        stage=row["stage"],
        is_focus=bool(row["is_focus"]),
        value=format_value(row["value"], unit, currency),
        missing=str(row["null_reason"] or "").replace("_", " ") if row["value"] is None else "",
        period=period(row["grain"], row["period_start"], row["period_end"]),
        is_provisional=not row["is_final"],
        tone=tone,
        icon=icon,
        status=status,
        change=_change(row, row["previous_value"], PREVIOUS[row["grain"]], currency),
        year_ago=_change(row, row["year_ago_value"], "a year ago", currency),
        progress=_progress(row, definition, currency),
        benchmark=_benchmark(row, currency),
        spark=sparkline(values, [point["is_final"] for point in history], row["target_value"]),
        spark_label=_spark_label(row, values, currency),
        description=row["description"],
        formula=row["formula"],
        objective=row["objective"],
        owner=row["owner"],
        audience=", ".join(AUDIENCES.get(name.strip(), name.strip()) for name in row["audience"].split(",")),
        sample=_sample(row, definition, currency),
        sources=str(definition.get("sources") or "").replace(",", ", ").replace("  ", " "),
    )


def period(grain: str, start: date, end: date) -> str:
    """A period as people say it: 'Sun 22 Nov 2026', '16 to 22 Nov 2026', 'October 2026'."""
    if grain == "day":
        return f"{start:%a} {start.day} {start:%b %Y}"
    if grain == "month":
        return f"{start:%B %Y}"
    first = f"{start.day}" if start.month == end.month else f"{start.day} {start:%b}"
    return f"{first} to {end.day} {end:%b %Y}"


def _change(row: Row, earlier: float | None, against: str, currency: str) -> Change | None:
    told = plain.describe_change(row["value"], earlier, row["unit"], row["direction"], currency)
    if not told.arrow:
        return None
    tone = {"better": "good", "worse": "bad"}.get(told.verdict, "none")
    return Change(tone, told.arrow, told.text.replace(" ", "\N{NO-BREAK SPACE}"), told.verdict, against)


def _progress(row: Row, definition: Row, currency: str) -> Progress | None:
    unit, attainment = row["unit"], row["attainment"]
    low, high = definition.get("target_low"), definition.get("target_high")
    if row["target_value"] is not None:
        sign = {"up": "at least ", "down": "at most "}.get(row["direction"], "")
        target = sign + format_value(row["target_value"], unit, currency)
    elif low is not None and high is not None:
        target = f"{format_value(low, unit, currency)} to {format_value(high, unit, currency)}"
    else:
        return None
    due = row["target_due"]
    expected = row["expected_attainment"]
    text = "no value yet" if attainment is None else f"{attainment:.0%} reached"
    if attainment is not None and expected is not None and expected < 0.995:
        text += f", {expected:.0%} expected by now"
    return Progress(
        reached=min(max(attainment or 0.0, 0.0), 1.0),
        expected=None if expected is None else min(max(expected, 0.0), 1.0),
        target=f"{target} by {due.day} {due:%b %Y}" if due else target,
        text=text,
    )


def _benchmark(row: Row, currency: str) -> str:
    if row["benchmark_source"] is None:
        return ""
    unit = row["unit"]
    if row["benchmark_value"] is not None:
        band = format_value(row["benchmark_value"], unit, currency)
    else:
        low, high = (format_value(row[f"benchmark_{side}"], unit, currency) for side in ("low", "high"))
        band = f"{low} to {high}"
    as_of = row["benchmark_as_of"]
    return f"{band} ({row['benchmark_source']}{f', {as_of:%b %Y}' if as_of else ''})"


def _sample(row: Row, definition: Row, currency: str) -> str:
    parts = []
    if row["numerator"] is not None and row["denominator"] is not None and definition.get("denominator_name"):
        names = (str(definition["numerator_name"] or "value"), str(definition["denominator_name"]))
        parts.append(
            f"{names[0].replace('_', ' ')} {row['numerator']:,.6g} / {names[1].replace('_', ' ')} "
            f"{row['denominator']:,.6g}"
        )
    if row["interval_low"] is not None and row["interval_high"] is not None:
        low, high = (format_value(row[f"interval_{side}"], row["unit"], currency) for side in ("low", "high"))
        parts.append(f"95 % interval {low} to {high}")
    return "; ".join(parts)


def _spark_label(row: Row, values: Sequence[float | None], currency: str) -> str:
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = (format_value(value, row["unit"], currency) for value in (min(known), max(known)))
    return f"{row['label']}, last {len(values)} {row['grain']}s: from {low} to {high}"
