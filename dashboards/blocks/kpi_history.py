"""One KPI through time: its value, its target, what was unusual, and what was restated since it was first told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.cards import status_of
from dashboards.edition import Edition
from dashboards.figures import dates, line, points
from dashboards.reading import Row
from dashboards.section import Cell, Chart, Figure, Section, Table

# Periods that the chart and its table hold.
_SHOWN = {"day": 120, "week": 60, "month": 36}
_HISTORY = """
select v.kpi, v.grain, v.period_start, v.period_end, v.value, v.numerator, v.denominator, v.status, v.target_value,
       v.is_final, s.unit, r.first_reported_value, r.first_reported_at, r.version
from published.kpi_values as v
join published.kpi_scorecard as s using (kpi, grain)
left join (
    select kpi, grain, period_start, max(version) as version, any_value(first_reported_value) as first_reported_value,
           any_value(first_reported_at) as first_reported_at
    from published.kpi_reported where segment_dimension = '' group by all
) as r on v.kpi = r.kpi and v.grain = r.grain and v.period_start = r.period_start
where v.segment_dimension = '' and v.period_start <= s.period_start
order by v.kpi, v.period_start
"""
_ODD = """
select kpi, grain, period_start, value from published.kpi_anomalies
where segment_dimension = '' and value is not null
"""
_RESTATED = """
select r.kpi, r.grain, r.period_start, r.period_end, r.version, r.reported_at, r.value, r.first_reported_value,
       lag(r.value) over (partition by r.kpi, r.period_start order by r.version) as before
from published.kpi_reported as r
join published.kpi_scorecard as s using (kpi, grain)
where r.segment_dimension = '' and r.is_complete
qualify r.version > 1 and before is distinct from r.value
order by r.reported_at desc, r.period_start desc
"""


def history(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """The course of the first of `kpis` at the pace at which it is read."""
    words, kpi = edition.words, named(options)
    rows = edition.grouped(_HISTORY).get(kpi, [])
    if not rows:
        return None
    grain = rows[0]["grain"]
    rows = rows[-_SHOWN[grain] :]
    title = {"day": "By day", "week": "By week", "month": "By month"}[grain]
    label, unit = edition.label(kpi), rows[0]["unit"]
    figure = _figure(edition, rows, label)
    header = ("Period", "Value", "First reported", "Numerator", "Denominator", "Target", "Status", "State")
    table = Table(
        tuple(words.text(name) for name in header),
        [_line(edition, row, unit) for row in reversed(rows)],
    )
    known = [row for row in rows if row["value"] is not None]
    summary = ""
    if known:
        lowest, highest = (pick(known, key=lambda row: row["value"]) for pick in (min, max))
        summary = words.text(
            "Lowest {low} ({low_period}), highest {high} ({high_period}).",
            low=words.value(lowest["value"], unit),
            low_period=words.period(grain, lowest["period_start"], lowest["period_end"]),
            high=words.value(highest["value"], unit),
            high_period=words.period(grain, highest["period_start"], highest["period_end"]),
        )
    chart = Chart("history", f"{label}, {words.text(title)}. {summary}", figure, table, 320)
    return Section("history", words.text(title), [chart], summary, width="full")


def _figure(edition: Edition, rows: Sequence[Row], label: str) -> Figure:
    words = edition.words
    unit = rows[0]["unit"]
    days = [row["period_start"].isoformat() for row in rows]
    hover = {"ratio": "%{y:.2%}", "currency": "%{y:,.2f}", "per_mille_currency": "%{y:,.2f}"}.get(unit, "%{y:,.2~f}")
    final = [row["value"] if row["is_final"] else None for row in rows]
    # The open part starts on the last final point, so that the line does not break between them.
    edge = max((n for n, row in enumerate(rows) if row["is_final"]), default=-1)
    still = [row["value"] if not row["is_final"] or n == edge else None for n, row in enumerate(rows)]
    moved = [row for row in rows if (row["version"] or 1) > 1 and row["first_reported_value"] is not None]
    odd = {
        row["period_start"] for row in edition.grouped(_ODD).get(rows[0]["kpi"], []) if row["grain"] == rows[0]["grain"]
    }
    strange = [row for row in rows if row["period_start"] in odd]
    traces = [line(label, days, final, 1, hovertemplate=hover)]
    if any(value is not None for value in still):
        traces.append(line(words.text("provisional"), days, still, 1, dash="dot", hovertemplate=hover))
    targets = [row["target_value"] for row in rows]
    if any(target is not None for target in targets):
        traces.append(
            {
                **line(words.text("Target"), days, targets, 7, dash="dash", width=1.5, hovertemplate=hover),
                "line": {"color": "var(--quiet)", "width": 1.5, "dash": "dash", "shape": "hv"},
            }
        )
    if moved:
        traces.append(
            points(
                words.text("First reported"),
                [row["period_start"].isoformat() for row in moved],
                [row["first_reported_value"] for row in moved],
                hovertemplate=hover,
                marker={"symbol": "x-thin", "size": 8, "line": {"width": 2, "color": "var(--quiet)"}},
            )
        )
    if strange:
        starts = [row["period_start"].isoformat() for row in strange]
        traces.append(points(words.text("Unusual"), starts, [row["value"] for row in strange], hoverinfo="skip"))
    values = [row["value"] for row in rows if row["value"] is not None]
    axis: Figure = {"tickformat": "~%" if unit == "ratio" else "~s"}
    if unit in ("currency", "per_mille_currency"):
        axis["title"] = {"text": words.currency}
    if values and min(values) >= 0:
        axis["rangemode"] = "tozero"
    return {"data": traces, "layout": {"xaxis": dates(), "yaxis": axis, "hovermode": "x unified"}}


def _line(edition: Edition, row: Row, unit: str) -> tuple[str | Cell, ...]:
    words = edition.words
    tone, icon, status = status_of(str(row["status"] or "no_target"), words)
    first = row["first_reported_value"]
    is_moved = first is not None and row["value"] is not None and first != row["value"]
    return (
        words.period(row["grain"], row["period_start"], row["period_end"]),
        words.value(row["value"], unit),
        words.value(first, unit) if is_moved else "",
        counted(edition, row["numerator"]),
        counted(edition, row["denominator"]),
        words.value(row["target_value"], unit) if row["target_value"] is not None else "",
        Cell(f"{icon} {status}", tone) if row["status"] else "",
        words.text("final") if row["is_final"] else words.text("provisional"),
    )


def restated(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """What was told of complete periods and became another value since."""
    words, kpi = edition.words, named(options)
    rows = edition.grouped(_RESTATED).get(kpi, [])
    title = words.text("Restatements")
    if not rows:
        if not edition.grouped(_HISTORY).get(kpi):
            return None
        summary = words.text("No complete period has become another value since it was first published.")
        return Section("restated", title, [], summary, width="half")
    unit = str(edition.definition(kpi).get("unit") or "number")
    lines = []
    for row in rows[:20]:
        arrow, change, _ = words.change(row["value"], row["before"], unit, "band")
        lines.append(
            (
                words.period(row["grain"], row["period_start"], row["period_end"]),
                words.day(row["reported_at"].date()),
                words.value(row["before"], unit),
                words.value(row["value"], unit),
                f"{arrow} {change}".strip(),
            )
        )
    names = ("Period", "Reported", "Was", "Became", "Change")
    table = Table(tuple(words.text(name) for name in names), lines, words=2)
    summary = words.text("A vendor or the CRM corrected past days; {count} in all.", count=words.whole(len(rows)))
    return Section("restated", title, [table], summary, width="half")


def named(options: Mapping[str, Any]) -> str:
    """The first of the KPIs that a block names."""
    chosen = options.get("kpis") or ""
    return chosen if isinstance(chosen, str) else str(chosen[0])


def counted(edition: Edition, value: float | None) -> str:
    """A numerator or denominator: whole where it is."""
    if value is None:
        return ""
    return edition.words.decimal(value, 0 if float(value).is_integer() else 2)
