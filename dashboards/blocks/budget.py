"""The month's budget: what is spent against what was planned by now, by channel and day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dashboards.edition import Edition
from dashboards.figures import dates, line
from dashboards.section import Bar, Bars, Chart, Section, Table

# Where the plan's mark stands on a bar: there is room for half as much again.
_PLAN_AT = 1 / 1.5
_PACING = """
select segment_value as channel, numerator as spent, denominator as planned, value
from published.kpi_values
where kpi = 'spend_pacing' and grain = 'day' and period_start = ? and segment_dimension in ('', 'channel')
  and (numerator > 0 or denominator > 0)
order by segment_dimension, spent desc nulls last
"""
_COURSE = """
select period_start as day, numerator as spent, denominator as planned
from published.kpi_values
where kpi = 'spend_pacing' and grain = 'day' and segment_dimension = '' and period_start between ? and ?
order by day
"""


def pacing(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Spend of the month to date against the plan, as bars by channel and as a course by day."""
    words, through = edition.words, edition.through
    rows = edition.rows(_PACING, through)
    if not rows:
        return None
    definition = edition.definition("spend_pacing")
    low, high = definition.get("target_low") or 0.9, definition.get("target_high") or 1.1
    bars = []
    for row in rows:
        name = row["channel"] or words.text("All channels")
        share, planned = row["value"], row["planned"]
        if share is None or not planned:
            text = words.text("{spent} spent, nothing planned", spent=words.money(row["spent"]))
            bars.append(Bar(name, words.text("no plan"), text, 0.0))
            continue
        tone, icon, status = ("good", "✓", "on plan") if low <= share <= high else ("bad", "▲", "ahead of plan")
        if share < low:
            tone, icon, status = "risk", "▼", "behind plan"
        text = words.text(
            "{spent} of {planned} planned to date", spent=words.money(row["spent"]), planned=words.money(planned)
        )
        reached = min(share * _PLAN_AT, 1.0)
        bars.append(Bar(name, words.percent(share, 0), text, reached, _PLAN_AT, tone, words.text(status), icon))
    first = through.replace(day=1)
    title = words.text("Budget pacing, {month}", month=words.month(first))
    summary = words.text(
        "The mark on a bar is what was planned by {day}; {low} to {high} of it is on plan.",
        day=words.day(through),
        low=words.percent(low, 0),
        high=words.percent(high, 0),
    )
    parts: list[Any] = [Bars(bars)]
    if course := _course(edition, first, title):
        parts.append(course)
    return Section("budget", title, parts, summary, width="half")


def _course(edition: Edition, first: date, title: str) -> Chart | None:
    words = edition.words
    rows = edition.rows(_COURSE, first, edition.through)
    if len(rows) < 2:
        return None
    days = [row["day"].isoformat() for row in rows]
    spent, planned = words.text("Spent"), words.text("Planned")
    figure = {
        "data": [
            line(planned, days, [row["planned"] for row in rows], 7, dash="dash", width=1.5, hovertemplate="%{y:,.0f}"),
            line(spent, days, [row["spent"] for row in rows], 1, width=3, hovertemplate="%{y:,.0f}"),
        ],
        "layout": {
            "xaxis": dates(),
            "yaxis": {"tickformat": "~s", "rangemode": "tozero", "title": {"text": words.currency}},
            "hovermode": "x unified",
        },
    }
    table = Table(
        (words.text("Day"), spent, planned),
        [(words.day(row["day"]), words.money(row["spent"]), words.money(row["planned"])) for row in rows],
    )
    return Chart("budget", title, figure, table, 220)
