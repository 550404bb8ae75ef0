"""The log of what was unusual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.edition import Edition
from dashboards.section import Cell, Section, Table

_SHOWN = 40
_LOG = """
select a.*, coalesce(c.campaign_name, a.segment_value) as segment
from published.kpi_anomalies as a
left join (select campaign_id, any_value(campaign_name) as campaign_name from published.dim_campaign group by 1) as c
    on a.segment_dimension = 'campaign' and a.segment_value = c.campaign_id
order by a.period_start desc, a.kpi, a.segment_value
"""
_SEVERITY = {"critical": ("bad", "✕", "critical"), "major": ("bad", "✕", "major"), "minor": ("risk", "!", "minor")}
_SIDES = {"high": "above", "low": "below", "missing": "no data"}


def log(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Unusual periods, newest first: value, what was expected, how far out, and whether it is sure yet."""
    words = edition.words
    chosen = options.get("kpis") or ()
    rows = [row for row in edition.rows(_LOG) if not chosen or row["kpi"] in chosen]
    if not rows:
        return None
    lines = []
    for row in rows[:_SHOWN]:
        definition = edition.definition(row["kpi"])
        unit = str(definition.get("unit") or "number")
        tone, icon, severity = _SEVERITY[row["severity"]]
        if row["verdict"] == "better":
            tone, icon = "good", "✓"
        expected = ""
        if row["expected_low"] is not None:
            expected = f"{words.value(row['expected_low'], unit)} – {words.value(row['expected_high'], unit)}"
        grain = words.text({"day": "day", "week": "week", "month": "month"}[row["grain"]])
        lines.append(
            (
                words.day(row["period_start"]),
                grain,
                Cell(edition.label(row["kpi"]), href=f"kpi/{row['kpi']}.html"),
                str(row["segment"] or words.text("all")),
                Cell(f"{icon} {words.text(severity)}, {words.text(_SIDES[row['side']])}", tone),
                words.text("provisional") if row["state"] == "held_back" else words.text("final"),
                words.value(row["value"], unit) if row["value"] is not None else "–",
                expected,
            )
        )
    names = ("From", "Period", "KPI", "Of", "Judgement", "State", "Value", "Expected")
    table = Table(tuple(words.text(name) for name in names), lines, words=6)
    count = words.many(
        len(rows), "{count} unusual period by each KPI's own past", "{count} unusual periods by each KPI's own past"
    )
    summary = (
        f"{count}." if len(rows) <= _SHOWN else f"{count}; " + words.text("the newest {shown} are shown.", shown=_SHOWN)
    )
    return Section("anomalies", words.text("What was unusual"), [table], summary, width="full")
