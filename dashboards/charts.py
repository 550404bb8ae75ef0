"""The charts of a page: a Plotly figure each, and the same numbers as a table for those who do not see it.

Colours are names of CSS variables; the page's script puts in their values, in light, dark and on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dashboards.reading import CHANNEL_DAYS, Contents, Row
from transform.kpi.format import ABSENT, format_value

Figure = dict[str, Any]
STEPS = {
    "visitors": "Visitors",
    "leads": "Leads",
    "mql": "Marketing qualified",
    "sql": "Sales qualified",
    "opportunities": "Opportunities",
    "customers": "Customers",
}
# Cohorts of fewer customers do not set the colours' scale.
TELLING_COHORT = 10
MODELS = {
    "first": "First touch",
    "last": "Last touch",
    "last_non_direct": "Last non-direct",
    "linear": "Linear",
    "position_based": "Position based",
    "time_decay": "Time decay",
    "markov": "Markov",
    "shapley": "Shapley",
}


@dataclass(frozen=True)
class Chart:
    """One chart: `summary` tells in a sentence what it shows; `rows` are its numbers, the first cell names the row."""

    name: str
    title: str
    summary: str
    figure: Figure
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    is_wide: bool = False


def charts(contents: Contents, currency: str) -> list[Chart]:
    """The charts that the publication has numbers for."""
    made = (
        _money_by_week(contents.weeks, currency),
        _attribution(contents.attribution, currency),
        _funnel(contents.funnel, len({row["cohort_month"] for row in contents.cohorts})),
        _cohorts(contents.cohorts),
    )
    return [chart for chart in made if chart]


def _money_by_week(weeks: Sequence[Row], currency: str) -> Chart | None:
    if not weeks:
        return None
    days = [row["week"].isoformat() for row in weeks]
    spend, paid = _total(weeks, "spend"), _total(weeks, "paid_revenue")
    hover = f"%{{y:,.0f}} {currency}"
    return Chart(
        name="money-by-week",
        title="Spend and attributed revenue by week",
        summary=_weeks_in_words(len(weeks), spend, paid, currency),
        figure={
            "data": [
                _trace("bar", "Spend", days, [row["spend"] for row in weeks], 1, hovertemplate=hover),
                _line("Revenue of channels with spend", days, [row["paid_revenue"] for row in weeks], 2, hover=hover),
                _line("Revenue of all channels", days, [row["revenue"] for row in weeks], 3, hover=hover, dash="dot"),
            ],
            "layout": {
                "yaxis": {"title": {"text": currency}, "tickformat": "~s", "rangemode": "tozero"},
                "xaxis": {"type": "date", "tickformat": "%-d %b"},
                "hovermode": "x unified",
                "bargap": 0.35,
            },
        },
        header=("Week from", "Spend", "Revenue of channels with spend", "Revenue of all channels"),
        rows=[
            (f"{row['week']:%d %b %Y}", *(_money(row[name], currency) for name in ("spend", "paid_revenue", "revenue")))
            for row in weeks
        ],
        is_wide=True,
    )


def _weeks_in_words(count: int, spend: float | None, paid: float | None, currency: str) -> str:
    """What the chart shows; nothing is said of a side that no connected source knows."""
    if spend is None:
        return f"In the last {count} complete weeks, no connected source knows of ad spend."
    said = f"In the last {count} complete weeks, {_money(spend, currency)} of ad spend"
    if paid is None:
        return f"{said}; what it brought is not known while no analytics is connected."
    return f"{said} stands beside {_money(paid, currency)} of revenue credited to the channels it was spent on."


def _funnel(steps: Sequence[Row], lines_beside: int) -> Chart | None:
    if not steps or not steps[0]["people"]:
        return None
    names = [STEPS.get(row["step"], str(row["step"])) for row in steps]
    people = [row["people"] for row in steps]
    rates = [None, *(here / before if before else None for before, here in pairwise(people))]
    shares = ["" if rate is None else f"{rate:.1%} of the step before" for rate in rates]
    return Chart(
        name="funnel",
        title=f"Funnel, {steps[0]['month']:%B %Y}",
        summary=f"{people[0]:,} {names[0].lower()} in the month, {people[-1]:,} {names[-1].lower()}.",
        figure={
            "data": [
                {
                    "type": "bar",
                    "orientation": "h",
                    "y": names,
                    "x": people,
                    "text": [
                        f"<b>{count:,}</b>" + ("" if rate is None else f"  {rate:.1%}")
                        for count, rate in zip(people, rates, strict=True)
                    ],
                    "textposition": "outside",
                    "cliponaxis": False,
                    "marker": {"color": "var(--series-1)"},
                    "customdata": shares,
                    "hovertemplate": "%{y}: %{x:,}<br>%{customdata}<extra></extra>",
                }
            ],
            "layout": {
                "yaxis": {"autorange": "reversed", "showgrid": False},
                # Room beyond the longest bar for its number.
                "xaxis": {"visible": False, "range": [0, max(people) * 1.3]},
                "showlegend": False,
                "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
                "bargap": 0.25,
                "height": _height(lines_beside),
            },
        },
        header=("Step", "People", "Of the step before"),
        rows=[
            (name, f"{count:,}", "" if rate is None else f"{rate:.1%}")
            for name, count, rate in zip(names, people, rates, strict=True)
        ],
    )


def _attribution(credited: Sequence[Row], currency: str) -> Chart | None:
    if not credited:
        return None
    channels = list(dict.fromkeys(row["channel"] for row in credited))
    revenue = {(row["model"], row["channel"]): row["revenue"] for row in credited}
    models = [model for model in MODELS if any(row["model"] == model for row in credited)]
    return Chart(
        name="attribution",
        title="Who gets the credit: attribution models side by side",
        summary=f"Revenue of the last {CHANNEL_DAYS} days by channel, as each model credits it; "
        "every model adds up to the same total. Where models agree, the choice of one does not matter.",
        figure={
            "data": [
                _trace(
                    "bar",
                    MODELS[model],
                    [_plain(channel) for channel in channels],
                    [revenue.get((model, channel), 0.0) for channel in channels],
                    number,
                    hovertemplate=f"%{{y:,.0f}} {currency}",
                )
                for number, model in enumerate(models, start=1)
            ],
            "layout": {
                "barmode": "group",
                "yaxis": {"title": {"text": currency}, "tickformat": "~s"},
                "xaxis": {"type": "category", "showgrid": False},
                "hovermode": "x unified",
                "bargap": 0.3,
            },
        },
        header=("Channel", *(MODELS[model] for model in models)),
        rows=[
            (channel, *(_money(revenue.get((model, channel), 0.0), currency) for model in models))
            for channel in channels
        ],
        is_wide=True,
    )


def _cohorts(cohorts: Sequence[Row]) -> Chart | None:
    if not cohorts:
        return None
    months = sorted({row["cohort_month"] for row in cohorts})
    ages = list(range(1, max(row["months_since"] for row in cohorts) + 1))
    rates = {(row["cohort_month"], row["months_since"]): row["retention_rate"] for row in cohorts}
    customers = {row["cohort_month"]: row["customers"] for row in cohorts}
    grid = [[rates.get((month, age)) for age in ages] for month in months]
    # A handful of customers makes shares of 0 and 100 % that would drown all others.
    telling = [row for row in cohorts if row["customers"] >= TELLING_COHORT and row["retention_rate"] is not None]
    known = [row["retention_rate"] for row in telling or cohorts if row["retention_rate"] is not None]
    after_one = [row for row in cohorts if row["months_since"] == 1]
    base = sum(row["customers"] for row in after_one)
    if not known or not base:
        return None
    back = sum(row["active_customers"] for row in after_one)
    return Chart(
        name="cohorts",
        title="Customers who come back, by month of first purchase",
        summary=f"Of {base:,} customers, {back / base:.1%} bought again in the month after their first purchase. "
        "In brackets: the customers of a month.",
        figure={
            "data": [
                {
                    "type": "heatmap",
                    "x": ages,
                    "y": [f"{month:%b %Y} ({customers[month]:,})" for month in months],
                    "z": grid,
                    "zmin": 0,
                    "zmax": max(*known, 0.01),
                    "xgap": 2,
                    "ygap": 2,
                    "hoverongaps": False,
                    "colorscale": [[0, "var(--heat-low)"], [1, "var(--heat-high)"]],
                    "colorbar": {"tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
                    # More than a year of columns leaves no room for numbers; they stand in the table below.
                    "texttemplate": "%{z:.0%}" if len(ages) <= 12 else "",
                    "textfont": {"color": "var(--ink)", "size": 12 if len(ages) <= 8 else 10},
                    "hovertemplate": "%{y}, %{x} months later: %{z:.1%}<extra></extra>",
                }
            ],
            "layout": {
                "yaxis": {"autorange": "reversed", "type": "category", "showgrid": False},
                "xaxis": {
                    "title": {"text": "months after the first purchase"},
                    "dtick": 1,
                    "showgrid": False,
                },
                "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
                "height": _height(len(months)),
            },
        },
        header=("First purchase", "Customers", *(f"+{age}" for age in ages)),
        rows=[
            (
                f"{month:%b %Y}",
                f"{customers[month]:,}",
                *("" if rate is None else f"{rate:.0%}" for rate in line),
            )
            for month, line in zip(months, grid, strict=True)
        ],
    )


def _line(name: str, x: list[Any], y: list[Any], colour: int, *, hover: str, dash: str = "solid") -> Figure:
    return {
        **_trace("scatter", name, x, y, colour),
        "mode": "lines+markers",
        "line": {"color": f"var(--series-{colour})", "width": 3, "dash": dash},
        "hovertemplate": hover,
    }


def _height(lines: int) -> int:
    """Of the heat map, by its lines, and of the chart beside it."""
    return max(330, 130 + 30 * lines)


def _trace(kind: str, name: str, x: list[Any], y: list[Any], colour: int, **more: Any) -> Figure:
    return {"type": kind, "name": name, "x": x, "y": y, "marker": {"color": f"var(--series-{colour})"}, **more}


def _total(rows: Sequence[Row], column: str) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = [row[column] for row in rows if row[column] is not None]
    return sum(known) if known else None


def _money(value: float | None, currency: str) -> str:
    """Whole units: beside a bar, cents are noise."""
    if value is None:
        return ABSENT
    return format_value(round(value), "count", currency) + f" {currency}"


def _plain(text: str) -> str:
    """Plotly reads a little HTML in labels; names come from links that anybody can write."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
