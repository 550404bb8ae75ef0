"""What a customer is worth against what one costs, and when the cost is earned back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.cards import status_of, target_of
from dashboards.edition import Edition
from dashboards.figures import dates, level, line
from dashboards.section import Chart, Fact, Facts, Section, Table

_KPIS = (
    "customer_lifetime_value",
    "expected_lifetime_value",
    "customer_acquisition_cost",
    "ltv_to_cac",
    "cac_payback_months",
)
_HISTORY = """
select kpi, period_start, value
from published.kpi_values
where kpi in ('customer_lifetime_value', 'expected_lifetime_value', 'customer_acquisition_cost')
  and grain = 'month' and segment_dimension = '' and is_complete and period_end <= ?
order by kpi, period_start
"""
_AGES = """
select months_since, sum(cumulative_margin_amount) / sum(customers) as margin, sum(customers) as customers
from (
    select cohort_month, months_since, sum(customers) as customers,
           cast(sum(cumulative_margin_amount) as double) as cumulative_margin_amount
    from published.fct_customer_cohorts
    where customers > 0 and last_day(cast(cohort_month + to_months(cast(months_since as integer)) as date)) <= ?
    group by all
)
group by months_since having sum(customers) >= 20 order by months_since
"""
_COST = """
select cast(sum(acquisition_cost_amount) as double) / nullif(sum(customers), 0) as cost
from published.fct_customer_cohorts
where months_since = 0 and last_day(cohort_month) <= ? and is_cost_known
"""


def lifetime(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """LTV, CAC and their ratio now, and their course by month."""
    words = edition.words
    rows = {row["kpi"]: row for row in edition.contents.scorecard}
    facts = []
    for kpi in _KPIS:
        if row := rows.get(kpi):
            tone, icon, status = status_of(row["status"], words)
            target = target_of({**edition.definition(kpi), **row}, words)
            more = f"{icon} {status}" + (f" · {target}" if target else "")
            facts.append(
                Fact(edition.label(kpi), words.value(row["value"], row["unit"]), more, tone, f"kpi/{kpi}.html")
            )
    if not facts:
        return None
    history = edition.rows(_HISTORY, edition.through)
    title = words.text("What a customer is worth, and costs")
    parts: list[Any] = [Facts(facts)]
    if history:
        months = sorted({row["period_start"] for row in history})
        known = {(row["kpi"], row["period_start"]): row["value"] for row in history}
        kpis = [kpi for kpi in _KPIS[:3] if any((kpi, month) in known for month in months)]
        days = [month.isoformat() for month in months]
        figure = {
            "data": [
                line(
                    edition.label(kpi),
                    days,
                    [known.get((kpi, month)) for month in months],
                    colour,
                    dash=dash,
                    hovertemplate="%{y:,.0f}",
                )
                for kpi, colour, dash in zip(kpis, (3, 3, 4), ("solid", "dot", "solid"), strict=False)
            ],
            "layout": {
                "xaxis": dates(hoverformat="%B %Y"),
                "yaxis": {"tickformat": "~s", "rangemode": "tozero", "title": {"text": words.currency}},
                "hovermode": "x unified",
            },
        }
        table = Table(
            (words.text("Month"), *(edition.label(kpi) for kpi in kpis)),
            [(words.month(month), *(words.money(known.get((kpi, month)), 2) for kpi in kpis)) for month in months],
        )
        parts.append(Chart("lifetime", title, figure, table, 300))
    return Section("lifetime", title, parts, width="two-thirds")


def payback(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Margin earned a customer by months since the first purchase, against what one cost."""
    words = edition.words
    ages = edition.rows(_AGES, edition.through)
    cost = edition.rows(_COST, edition.through)
    known = [row for row in ages if row["margin"] is not None]
    if not known or not cost or cost[0]["cost"] is None:
        return None
    price = cost[0]["cost"]
    title = words.text("When a customer has paid for themselves")
    first = next((row["months_since"] for row in known if row["margin"] >= price), None)
    # Text of its own for 0: "0 months after" says less than "in the month of".
    if first is None:
        summary = words.text(
            "Not within the months that are known: a customer costs {cost}.", cost=words.money(price, 2)
        )
    elif first == 0:
        summary = words.text(
            "In the month of the first purchase: a customer costs {cost} and brings {margin} of margin in it.",
            cost=words.money(price, 2),
            margin=words.money(known[0]["margin"], 2),
        )
    else:
        summary = words.text(
            "{count} months after the first purchase: a customer costs {cost}.", count=first, cost=words.money(price, 2)
        )
    months = [row["months_since"] for row in known]
    margin = words.text("Margin a customer, added up")
    figure = {
        "data": [
            line(margin, months, [row["margin"] for row in known], 3, mode="lines+markers", hovertemplate="%{y:,.0f}"),
            level(words.text("Cost of a customer"), months, price, hovertemplate="%{y:,.0f}"),
        ],
        "layout": {
            "xaxis": {"title": {"text": words.text("months after the first purchase")}, "dtick": 2, "showgrid": False},
            "yaxis": {"tickformat": "~s", "rangemode": "tozero", "title": {"text": words.currency}},
            "hovermode": "x unified",
        },
    }
    table = Table(
        (words.text("Months after"), words.text("Customers"), margin),
        [(str(row["months_since"]), words.whole(row["customers"]), words.money(row["margin"], 2)) for row in known],
    )
    note = words.text("Later months hold older customers only: ratio of sums over the cohorts that are old enough.")
    chart = Chart("payback", f"{title}. {summary}", figure, table, 300)
    return Section("payback", title, [chart], summary, note, width="third")
