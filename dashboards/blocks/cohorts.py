"""Customers who come back, as a heat map of months of first purchase and months since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.edition import Edition
from dashboards.section import Chart, Section, Table

# Cohorts of fewer customers do not set the colours' scale: their shares of 0 and 100 % would drown all others.
TELLING_COHORT = 10
_COHORTS = """
select cohort_month, months_since, customers, active_customers,
       cast(active_customers as double) / nullif(customers, 0) as retention_rate
from published.cohort_retention
-- A month that is not over yet would look like a loss.
where months_since > 0 and last_day(cast(cohort_month + to_months(cast(months_since as integer)) as date)) <= ?
  and cohort_month > cast(? as date) - interval 18 month
order by cohort_month, months_since
"""


def retention(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Of each month's new customers, the share that bought again in each month after."""
    words = edition.words
    cohorts = edition.rows(_COHORTS, edition.through, edition.through)
    if not cohorts:
        return None
    months = sorted({row["cohort_month"] for row in cohorts})
    ages = list(range(1, max(row["months_since"] for row in cohorts) + 1))
    rates = {(row["cohort_month"], row["months_since"]): row["retention_rate"] for row in cohorts}
    customers = {row["cohort_month"]: row["customers"] for row in cohorts}
    grid = [[rates.get((month, age)) for age in ages] for month in months]
    telling = [row for row in cohorts if row["customers"] >= TELLING_COHORT and row["retention_rate"] is not None]
    known = [row["retention_rate"] for row in telling or cohorts if row["retention_rate"] is not None]
    after_one = [row for row in cohorts if row["months_since"] == 1]
    base = sum(row["customers"] for row in after_one)
    if not known or not base:
        return None
    back = sum(row["active_customers"] for row in after_one)
    title = words.text("Customers who come back, by month of first purchase")
    summary = words.text(
        "Of {customers} customers, {share} bought again in the month after their first purchase. "
        "In brackets: the customers of a month.",
        customers=words.whole(base),
        share=words.percent(back / base, 1),
    )
    heat = {
        "type": "heatmap",
        "x": ages,
        "y": [f"{words.month(month, short=True)} ({words.whole(customers[month])})" for month in months],
        "z": grid,
        "zmin": 0,
        "zmax": max(*known, 0.01),
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "colorscale": [[0, "var(--heat-low)"], [1, "var(--heat-high)"]],
        "colorbar": {"tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
        "texttemplate": "%{z:.0%}",
        "textfont": {"color": "var(--ink)", "size": 12 if len(ages) <= 14 else 10},
        "hovertemplate": "%{y}, +%{x}: %{z:.1%}<extra></extra>",
    }
    figure = {
        "data": [heat],
        "layout": {
            "yaxis": {"autorange": "reversed", "type": "category", "showgrid": False},
            "xaxis": {"title": {"text": words.text("months after the first purchase")}, "dtick": 1, "showgrid": False},
            "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        },
    }
    table = Table(
        (words.text("First purchase"), words.text("Customers"), *(f"+{age}" for age in ages)),
        [
            (
                words.month(month),
                words.whole(customers[month]),
                *("" if rate is None else words.percent(rate, 0) for rate in line),
            )
            for month, line in zip(months, grid, strict=True)
        ],
    )
    chart = Chart("cohorts", f"{title}. {summary}", figure, table, max(300, 110 + 30 * len(months)))
    return Section("cohorts", title, [chart], summary, width="full")
