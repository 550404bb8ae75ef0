"""The running month: what has come in, where it ends if it goes on like this, and what the targets ask."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from dashboards.cards import status_of, target_of
from dashboards.edition import Edition
from dashboards.figures import line
from dashboards.section import Bar, Bars, Chart, Section, Table
from transform.kpi.pacing import EVEN, elapsed_share, weekday_profile

_METRICS = (("revenue", "currency", 3), ("spend", "currency", 1), ("leads", "count", 2), ("new_customers", "count", 2))
_DAYS = """
select kpi, period_start as day, numerator as value
from published.kpi_values
where kpi in ('revenue', 'spend', 'leads', 'new_customers') and grain = 'day' and segment_dimension = ''
  and period_start between cast(? as date) - interval 460 day and ?
order by kpi, day
"""
_PLAN = """
select numerator as spent, denominator as planned from published.kpi_values
where kpi = 'spend_pacing' and grain = 'day' and segment_dimension = '' and period_start = ?
"""


def so_far(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Revenue, spend, leads and customers of the month to date, against the months before, and projected."""
    words, through = edition.words, edition.through
    days: dict[str, dict[date, float]] = {}
    for row in edition.rows(_DAYS, through, through):
        days.setdefault(row["kpi"], {})[row["day"]] = float(row["value"] or 0)
    shown = [metric for metric in _METRICS if metric[0] in days]
    if not shown:
        return None
    first = through.replace(day=1)
    end = first.replace(day=monthrange(first.year, first.month)[1])
    before = (first - timedelta(days=1)).replace(day=1)
    rows = []
    for metric, unit, _ in shown:
        known = days[metric]
        done = _sum(known, first, through)
        share = elapsed_share(weekday_profile(dict(known), first), first, end, through)
        same = _sum(known, before, min(before + (through - first), first - timedelta(days=1)))
        whole = _sum(known, before, first - timedelta(days=1))
        projected = done / share if share else None
        _, change, _ = words.change(done, same, unit, "up") if same else ("", words.text("n/a"), "")
        rows.append(
            (
                edition.label(metric),
                _shown(edition, done, unit),
                change,
                _shown(edition, projected, unit),
                _shown(edition, whole, unit),
            )
        )
    title = words.text("{month} so far", month=words.month(first))
    table = Table(
        (
            words.text("Name"),
            words.text("To date"),
            words.text("vs same days before"),
            words.text("Projected"),
            words.text("Last month"),
        ),
        rows,
    )
    summary = words.text(
        "{days} of {all} days. Projected: the month's end if the days left bring what their weekdays brought lately.",
        days=(through - first).days + 1,
        all=end.day,
    )
    planned = edition.rows(_PLAN, through)
    note = ""
    if planned and planned[0]["planned"]:
        note = words.text(
            "Ad spend: {spent} of {planned} planned to date ({share}).",
            spent=words.money(planned[0]["spent"]),
            planned=words.money(planned[0]["planned"]),
            share=words.percent(planned[0]["spent"] / planned[0]["planned"], 0),
        )
    parts: list[Any] = [table]
    if "revenue" in days:
        parts.append(_course(edition, days["revenue"], first, end, before))
    return Section("month", title, parts, summary, note, width="half")


def _course(edition: Edition, known: dict[date, float], first: date, end: date, before: date) -> Chart:
    """Revenue added up by day: this month, the month before, and the way to the projection."""
    words, through = edition.words, edition.through

    def added(start: date, last: date) -> list[float]:
        total, found = 0.0, []
        for n in range((last - start).days + 1):
            total += known.get(start + timedelta(days=n), 0.0)
            found.append(round(total, 2))
        return found

    now, then = added(first, through), added(before, first - timedelta(days=1))
    profile = weekday_profile(dict(known), first) or EVEN
    ahead = [first + timedelta(days=n) for n in range(len(now) - 1, end.day)]
    way = [
        now[-1] / share * elapsed_share(profile, first, end, day)
        if (share := elapsed_share(profile, first, end, through))
        else None
        for day in ahead
    ]
    figure = {
        "data": [
            line(words.month(before), list(range(1, len(then) + 1)), then, 7, width=1.5, hovertemplate="%{y:,.0f}"),
            line(words.month(first), list(range(1, len(now) + 1)), now, 3, width=3, hovertemplate="%{y:,.0f}"),
            line(words.text("Projected"), [day.day for day in ahead], way, 3, dash="dot", hovertemplate="%{y:,.0f}"),
        ],
        "layout": {
            "xaxis": {"title": {"text": words.text("day of the month")}, "showgrid": False, "dtick": 5, "tick0": 0},
            "yaxis": {"tickformat": "~s", "rangemode": "tozero", "title": {"text": words.currency}},
            "hovermode": "x unified",
        },
    }
    return Chart("month", words.text("Revenue added up, day by day"), figure, height=250)


def goals(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Where the KPIs of the running month are on their way to, against their targets."""
    words = edition.words
    bars = []
    for row in edition.contents.scorecard:
        if row.get("running_start") is None or row.get("running_value") is None or not row.get("running_status"):
            continue
        target = target_of({**edition.definition(row["kpi"]), **row}, words)
        if not target or row["grain"] != "month" or row["running_status"] == "not_enough_data":
            continue
        tone, icon, status = status_of(row["running_status"], words)
        text = target
        if row["running_projected_value"] is not None:
            text += " · " + words.text(
                "projected {value}", value=words.value(row["running_projected_value"], row["unit"])
            )
        bars.append(
            Bar(
                edition.label(row["kpi"]),
                words.value(row["running_value"], row["unit"]),
                text,
                _reached(row),
                tone=tone,
                status=status,
                icon=icon,
                href=f"kpi/{row['kpi']}.html",
            )
        )
    if not bars:
        return None
    return Section(
        "goals",
        words.text("On the way to this month's targets"),
        [Bars(bars)],
        words.text("The days that are complete, against what the target asks for by the month's end."),
        width="half",
    )


def _reached(row: Mapping[str, Any]) -> float:
    """How much of the target the running value is, 0..1; of one that should fall, the other way round."""
    value, target = row["running_projected_value"] or row["running_value"], row["target_value"]
    if not target or not value:
        return 0.0
    share = target / value if row["direction"] == "down" else value / target
    return float(min(max(share, 0.0), 1.0))


def _sum(known: dict[date, float], start: date, end: date) -> float:
    return sum(value for day, value in known.items() if start <= day <= end)


def _shown(edition: Edition, value: float | None, unit: str) -> str:
    return edition.words.money(value) if unit == "currency" else edition.words.whole(value)
