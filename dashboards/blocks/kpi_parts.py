"""One KPI by its parts, why it moved, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.blocks.kpi_history import counted, named
from dashboards.cards import AUDIENCES, change_of, target_of
from dashboards.edition import Edition
from dashboards.section import Cards, Cell, Note, Notes, Section, Table

_SHOWN = 12
DIMENSIONS = {
    "channel": "Channel",
    "campaign": "Campaign",
    "country": "Country",
    "device": "Device",
    "key_event": "Key event",
    "landing_page": "Landing page",
    "acquisition_cohort": "Month of first purchase",
    "source": "Source",
}
_PARTS = """
select v.kpi, v.segment_dimension, v.segment_value, coalesce(nullif(v.segment_label, ''), v.segment_value) as label,
       v.value, v.numerator, v.denominator, v.previous_value, v.is_final, s.unit, s.direction
from published.kpi_values as v
join published.kpi_scorecard as s using (kpi, grain, period_start)
where v.segment_dimension <> ''
order by v.kpi, v.segment_dimension, coalesce(v.denominator, v.numerator) desc nulls last, label
"""
_DRIVERS = """
select d.kpi, d.against, d.segment_dimension, d.effect_absolute, d.rank, d.words, s.unit
from published.kpi_drivers as d
join published.kpi_scorecard as s using (kpi, grain, period_start)
order by d.kpi, d.against, d.segment_dimension, d.rank
"""


def parts(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """The newest period of the first of `kpis`, by each split that it has."""
    words, kpi = edition.words, named(options)
    rows = edition.grouped(_PARTS).get(kpi, [])
    if not rows:
        return None
    tables = []
    for dimension, title in DIMENSIONS.items():
        of_dimension = [row for row in rows if row["segment_dimension"] == dimension]
        lines = []
        for row in of_dimension[:_SHOWN]:
            change = change_of(row, row["previous_value"], "vs the week before", words)
            lines.append(
                (
                    str(row["label"]),
                    words.value(row["value"], row["unit"]),
                    Cell(f"{change.arrow} {change.text}", change.tone) if change else "",
                    counted(edition, row["numerator"]),
                    counted(edition, row["denominator"]),
                )
            )
        if lines:
            definition = edition.definition(kpi)
            names = [
                edition.label(str(definition.get(f"{side}_name") or "")) or words.text(side.capitalize())
                for side in ("numerator", "denominator")
            ]
            header = (words.text(title), words.text("Value"), words.text("Change"), *names)
            left = len(of_dimension) - len(lines)
            tail: list[tuple[str, ...]] = [(words.text("{count} more", count=left), "", "", "", "")] if left else []
            tables.append(Table(header, [*lines, *tail]))
    if not tables:
        return None
    return Section("parts", words.text("By its parts"), tables, width="half")


def why(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """What made the newest change of the first of `kpis`, against the period before and the year before."""
    words, kpi = edition.words, named(options)
    rows = edition.grouped(_DRIVERS).get(kpi, [])
    if not rows:
        return None
    made: list[Any] = [Notes([Note(row["words"], language="en") for row in rows if row["rank"] == 0])]
    splits = [dimension for dimension in ("", *DIMENSIONS) if any(_is_shown(row, dimension) for row in rows)]
    for dimension in splits:
        lines = [(str(row["words"]), _effect(edition, row)) for row in rows if _is_shown(row, dimension)]
        title = words.text(DIMENSIONS[dimension]) if dimension else words.text("What it is made of")
        made.append(Table((title, words.text("Effect")), lines[:5], is_wordy=True))
    return Section("why", words.text("Why it moved"), made, width="half")


def _is_shown(row: Mapping[str, Any], dimension: str) -> bool:
    return bool(row["against"] == "previous" and row["rank"] > 0 and row["segment_dimension"] == dimension)


def _effect(edition: Edition, row: Mapping[str, Any]) -> str:
    words, effect = edition.words, row["effect_absolute"]
    if row["unit"] == "ratio":
        text = f"{words.decimal(effect * 100, 1)}\N{NO-BREAK SPACE}{words.text('pp')}"
    else:
        text = words.value(effect, row["unit"])
    return f"+{text}" if effect > 0 else text


def meaning(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """What the first of `kpis` means, how it is worked out, and how to act on it."""
    words, kpi = edition.words, named(options)
    definition = edition.definition(kpi)
    card = next((card for card in edition.cards() if card.kpi == kpi), None)
    if not definition:
        return None
    low, high, unit = definition["valid_min"], definition["valid_max"], str(definition["unit"])
    span = " – ".join(words.value(bound, unit) for bound in (low, high) if bound is not None)
    made_of = [
        edition.label(str(definition[f"{side}_name"]))
        for side in ("numerator", "denominator")
        if definition[f"{side}_name"]
    ]
    audience = ", ".join(
        words.text(AUDIENCES.get(name.strip(), name.strip())) for name in str(definition["audience"] or "").split(",")
    )
    target = target_of({**definition, "unit": unit}, words)
    facts = (
        ("Objective", definition["objective"]),
        ("Formula", definition["formula"]),
        ("Made of", " / ".join(made_of)),
        ("Better", words.text({"up": "higher", "down": "lower"}.get(str(definition["direction"]), "in a band"))),
        ("Target", target),
        ("Benchmark", card.benchmark if card else ""),
        ("Accepted range", span),
        ("This period", card.sample if card else ""),
        ("Sources", str(definition["sources"] or "").replace(",", ", ").replace("  ", " ")),
        ("Owner", definition["owner"]),
        ("Read by", audience),
    )
    table = Table(("", ""), [(words.text(name), str(text)) for name, text in facts if text], words=2, is_wordy=True)
    notes = [
        Note(str(definition[name]), words.text(title), language="")
        for name, title in (
            ("what_moves_it", "What moves it"),
            ("where_it_is_wrong", "Where it is wrong"),
            ("when_it_is_off", "When it is off"),
        )
        if definition.get(name)
    ]
    return Section(
        "meaning",
        words.text("What it means"),
        [table, *([Notes(notes)] if notes else [])],
        width="two-thirds",
    )


def one_card(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """The card of the first of `kpis`."""
    card = next((card for card in edition.cards() if card.kpi == named(options)), None)
    return Section("now", edition.words.text("Now"), [Cards([card])], width="third", is_plain=True) if card else None
