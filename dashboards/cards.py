"""A KPI as it is shown: every number formatted, every judgement in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.reading import Contents, Row
from dashboards.sparkline import Sparkline, sparkline
from dashboards.words import Words
from transform.kpi.format import describe_absence

STATUS = {
    "on_track": ("good", "✓", "On track"),
    "at_risk": ("risk", "!", "At risk"),
    "off_track": ("bad", "✕", "Off track"),
    "no_target": ("none", "–", "No target"),
    "not_enough_data": ("none", "…", "Not enough data"),
}
PREVIOUS = {"day": "vs the day before", "week": "vs the week before", "month": "vs the month before"}
AUDIENCES = {"ceo": "CEO", "marketing_manager": "Marketing manager", "channel_specialist": "Channel specialist"}
_VERDICTS = {"better": "better", "worse": "worse", "": ""}


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
    """Everything that a page shows of one KPI."""

    kpi: str
    label: str
    stage: str
    is_focus: bool
    value: str
    missing: str
    period: str
    is_provisional: bool
    stale: str
    """As of when a value is that could not be made anew, and why; empty for one that is new."""
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


def cards(contents: Contents, words: Words) -> list[Card]:
    """The cards of a publication's scorecard, in its order."""
    return [
        _card(row, contents.definitions.get(row["kpi"], {}), contents.history.get(row["kpi"], []), words)
        for row in contents.scorecard
    ]


def status_of(status: str, words: Words) -> tuple[str, str, str]:
    """Tone, sign and words of a status."""
    tone, icon, text = STATUS.get(status, ("none", "–", str(status).replace("_", " ")))
    return tone, icon, words.text(text)


def target_of(row: Row, words: Words) -> str:
    """What a row's target asks for, without its date; empty where there is none."""
    unit = row["unit"]
    if row["target_value"] is not None:
        target = words.value(row["target_value"], unit)
        sign = {"up": "at least {target}", "down": "at most {target}"}.get(row["direction"], "{target}")
        return words.text(sign, target=target)
    low, high = row.get("target_low"), row.get("target_high")
    if low is None or high is None:
        return ""
    return words.text("{low} to {high}", low=words.value(low, unit), high=words.value(high, unit))


def change_of(row: Row, earlier: float | None, against: str, words: Words) -> Change | None:
    """The change of the row's value against `earlier`; None where there is nothing to compare."""
    arrow, text, verdict = words.change(row["value"], earlier, row["unit"], row["direction"])
    if not arrow:
        return None
    tone = {"better": "good", "worse": "bad"}.get(verdict, "none")
    return Change(tone, arrow, text, words.text(_VERDICTS[verdict]) if verdict else "", words.text(against))


def _card(row: Row, definition: Row, history: Sequence[Row], words: Words) -> Card:
    tone, icon, status = status_of(row["status"], words)
    values = [point["value"] for point in history]
    return Card(
        kpi=row["kpi"],
        label=words.text(row["label"]),
        stage=row["stage"],
        is_focus=bool(row["is_focus"]),
        value=words.value(row["value"], row["unit"]),
        missing=_missing(row, definition),
        period=words.period(row["grain"], row["period_start"], row["period_end"]),
        is_provisional=not row["is_final"],
        stale=_stale(row, words),
        tone=tone,
        icon=icon,
        status=status,
        change=change_of(row, row["previous_value"], PREVIOUS[row["grain"]], words),
        year_ago=change_of(row, row["year_ago_value"], "vs a year ago", words),
        progress=_progress(row, definition, words),
        benchmark=_benchmark(row, words),
        spark=sparkline(values, [point["is_final"] for point in history], row["target_value"]),
        spark_label=_spark_label(row, values, words),
        description=row["description"],
        formula=row["formula"],
        objective=row["objective"],
        owner=row["owner"],
        audience=", ".join(
            words.text(AUDIENCES.get(name.strip(), name.strip())) for name in row["audience"].split(",")
        ),
        sample=_sample(row, definition, words),
        sources=str(definition.get("sources") or "").replace(",", ", ").replace("  ", " "),
    )


def _stale(row: Row, words: Words) -> str:
    if not row["is_stale"]:
        return ""
    return words.text("As of {moment}: {reason}", moment=words.moment(row["computed_at"]), reason=row["stale_reason"])


def _missing(row: Row, definition: Row) -> str:
    """Why there is no value."""
    if row["value"] is not None:
        return ""
    names = (str(definition.get(f"{side}_name") or "it").replace("_", " ") for side in ("numerator", "denominator"))
    return describe_absence(str(row["null_reason"] or ""), *names)


def _progress(row: Row, definition: Row, words: Words) -> Progress | None:
    attainment, expected = row["attainment"], row["expected_attainment"]
    target = target_of({**definition, **row}, words)
    if not target:
        return None
    text = words.text("no value yet")
    if attainment is not None:
        text = words.text("{share} reached", share=words.percent(attainment, 0))
        if expected is not None and expected < 0.995:
            text += ", " + words.text("{share} expected by now", share=words.percent(expected, 0))
    due = row["target_due"]
    return Progress(
        reached=min(max(attainment or 0.0, 0.0), 1.0),
        expected=None if expected is None else min(max(expected, 0.0), 1.0),
        target=words.text("{target} by {day}", target=target, day=words.day(due)) if due else target,
        text=text,
    )


def _benchmark(row: Row, words: Words) -> str:
    if row["benchmark_source"] is None:
        return ""
    unit = row["unit"]
    if row["benchmark_value"] is not None:
        band = words.value(row["benchmark_value"], unit)
    else:
        low, high = (words.value(row[f"benchmark_{side}"], unit) for side in ("low", "high"))
        band = words.text("{low} to {high}", low=low, high=high)
    as_of = row["benchmark_as_of"]
    return f"{band} ({row['benchmark_source']}{f', {words.month(as_of, short=True)}' if as_of else ''})"


def _sample(row: Row, definition: Row, words: Words) -> str:
    parts = []
    if row["numerator"] is not None and row["denominator"] is not None and definition.get("denominator_name"):
        names = (str(definition["numerator_name"] or "value"), str(definition["denominator_name"]))
        parts.append(
            f"{names[0].replace('_', ' ')} {_counted(row['numerator'], words)} / {names[1].replace('_', ' ')} "
            f"{_counted(row['denominator'], words)}"
        )
    if row["interval_low"] is not None and row["interval_high"] is not None:
        low, high = (words.value(row[f"interval_{side}"], row["unit"]) for side in ("low", "high"))
        parts.append(words.text("95% interval {low} to {high}", low=low, high=high))
    return "; ".join(parts)


def _counted(value: float, words: Words) -> str:
    return words.decimal(value, 0 if float(value).is_integer() else 2)


def _spark_label(row: Row, values: Sequence[float | None], words: Words) -> str:
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = (words.value(value, row["unit"]) for value in (min(known), max(known)))
    return words.text(
        "Course of {count} periods, between {low} and {high}, now {now}",
        count=len(values),
        low=low,
        high=high,
        now=words.value(values[-1], row["unit"]),
    )
