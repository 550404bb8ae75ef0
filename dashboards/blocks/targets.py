"""Targets as a matrix: each KPI's newest periods, judged by the target that was in force then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.cards import status_of, target_of
from dashboards.edition import Edition
from dashboards.section import Cell, Section, Table

_PERIODS = 6
_HISTORY = f"""
select v.kpi, v.grain, v.period_start, v.period_end, v.value, v.status, v.is_final
from published.kpi_values as v
join published.kpi_scorecard as s using (kpi, grain)
where v.segment_dimension = '' and v.period_start <= s.period_start
qualify row_number() over (partition by v.kpi order by v.period_start desc) <= {_PERIODS}
order by v.kpi, v.period_start
"""


def matrix(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """KPIs with a target: their last six periods with a sign each, and what the target asks for."""
    words, reader = edition.words, options.get("for")
    history: dict[str, list[dict[str, Any]]] = {}
    for row in edition.rows(_HISTORY):
        history.setdefault(row["kpi"], []).append(row)
    rows = []
    for card in edition.contents.scorecard:
        target = target_of({**edition.definition(card["kpi"]), **card}, words)
        audience = {name.strip() for name in str(card["audience"]).split(",")}
        if not target or (reader and reader not in audience):
            continue
        known = history.get(card["kpi"], [])
        cells = [_cell(edition, point, card["unit"]) for point in known]
        blanks: list[str | Cell] = [""] * (_PERIODS - len(cells))
        due = words.day(card["target_due"]) if card["target_due"] else ""
        reached = words.percent(card["attainment"], 0) if card["attainment"] is not None else ""
        label = Cell(edition.label(card["kpi"]), href=f"kpi/{card['kpi']}.html")
        cadence = words.text({"day": "day", "week": "week", "month": "month"}[card["grain"]])
        rows.append((label, cadence, target, due, *blanks, *cells, reached))
    if not rows:
        return None
    ages = [words.text("now") if back == 0 else f"−{back}" for back in range(_PERIODS - 1, -1, -1)]
    names = ("KPI", "Period", "Target", "Due")
    header = (*(words.text(name) for name in names), *ages, words.text("Reached"))
    title = words.text("Targets")
    summary = words.text(
        "✓ on track, ! at risk, ✕ off track, by the target in force then. A period is a day, a week or a month."
    )
    return Section("targets", title, [Table(header, rows, words=4)], summary, width="full")


def _cell(edition: Edition, point: Mapping[str, Any], unit: str) -> Cell:
    words = edition.words
    tone, icon, status = status_of(str(point["status"] or "no_target"), words)
    period = words.period(point["grain"], point["period_start"], point["period_end"])
    return Cell(f"{icon} {words.value(point['value'], unit)}", tone, hint=f"{period}: {status}")
