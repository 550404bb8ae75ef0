"""Sums that a page ships for its filters: the browser adds them up and divides, so that every ratio is one of sums.

A cube holds, for each part of a split (a channel, a campaign, a country) and each day or week, the numerators of
`kpi_values`: what the published values themselves are made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from dashboards.edition import Edition
from dashboards.reading import Row

_SUMS = """
select kpi, segment_value, any_value(segment_label) as label, period_start, cast(sum(numerator) as double) as value
from published.kpi_values
where segment_dimension = ? and grain = ? and period_end <= ? and numerator <> 0
  and kpi in (select unnest(string_split(?, ',')))
group by kpi, segment_value, period_start
order by kpi, segment_value, period_start
"""
_PARENTS = "select campaign_id, any_value(channel) as channel from published.dim_campaign group by campaign_id"
# Rates that the publication's own amounts were converted by.
_RATES = """
select currency_code, date_day, any_value(fx_rate) as rate
from (
    select currency_code, date_day, fx_rate from published.fct_ad_spend
    union all select currency_code, date_day, fx_rate from published.fct_orders
)
where currency_code <> ? and fx_rate > 0 and date_day <= ?
group by currency_code, date_day order by currency_code, date_day
"""


@dataclass(frozen=True)
class CubeSpec:
    """A split, the length of its periods, and the metrics that are added up."""

    name: str
    dimension: Literal["channel", "campaign", "country", "landing_page"]
    grain: Literal["day", "week"]
    measures: tuple[str, ...]


CHANNELS = CubeSpec(
    "channels",
    "channel",
    "day",
    (
        "spend", "marketing_cost", "impressions", "clicks", "sessions", "engaged_sessions", "converting_sessions",
        "leads", "new_customers", "attributed_revenue", "attributed_paid_revenue",
    ),
)  # fmt: skip
CAMPAIGNS = CubeSpec(
    "campaigns",
    "campaign",
    "week",
    (
        "spend", "impressions", "clicks", "sessions", "converting_sessions", "leads", "new_customers",
        "attributed_paid_revenue", "platform_value",
    ),
)  # fmt: skip
COUNTRIES = CubeSpec(
    "countries",
    "country",
    "week",
    (
        "sessions", "engaged_sessions", "converting_sessions", "leads", "marketing_qualified_leads", "new_customers",
        "orders", "revenue", "events", "consented_events",
    ),
)  # fmt: skip
LANDING_PAGES = CubeSpec(
    "landing_pages",
    "landing_page",
    "week",
    (
        "sessions", "engaged_sessions", "bounced_sessions", "page_views", "new_visitors", "landing_sessions",
        "converting_landing_sessions",
    ),
)  # fmt: skip
QUALITY = CubeSpec(
    "lead_quality",
    "channel",
    "day",
    (
        "leads", "marketing_qualified_leads", "sales_qualified_leads", "mature_leads", "mature_leads_won",
        "closed_deals", "won_deals",
    ),
)  # fmt: skip


def ship(edition: Edition, spec: CubeSpec) -> bool:
    """Put the cube among those that the edition's pages can use. False where the publication has nothing for it."""
    if spec.name not in edition.cubes:
        edition.cubes[spec.name] = _cube(edition, spec)
    return bool(edition.cubes[spec.name]["members"])


def _cube(edition: Edition, spec: CubeSpec) -> dict[str, Any]:
    rows = edition.rows(_SUMS, spec.dimension, spec.grain, edition.through, ",".join(spec.measures))
    starts = [row["period_start"] for row in rows]
    first = min(starts, default=edition.through)
    step = 7 if spec.grain == "week" else 1
    labels = {row["segment_value"]: row["label"] or row["segment_value"] for row in rows}
    members = sorted(labels)
    parents = (
        {row["campaign_id"]: row["channel"] for row in edition.rows(_PARENTS)} if spec.dimension == "campaign" else {}
    )
    units = {measure: edition.definition(measure).get("unit") for measure in spec.measures}
    return {
        "dimension": spec.dimension,
        "grain": spec.grain,
        "first": first.isoformat(),
        "through": edition.through.isoformat(),
        "members": [
            {"id": member, "label": labels[member], **({"parent": parents[member]} if member in parents else {})}
            for member in members
        ],
        "money": [measure for measure, unit in units.items() if unit == "currency"],
        "sums": _series(rows, spec.measures, members, first, step),
        "rates": _rates(edition, first, step),
    }


def _series(
    rows: Sequence[Row], measures: Sequence[str], members: Sequence[str], first: date, step: int
) -> dict[str, dict[int, list[Any]]]:
    """measure -> member's number -> [number of its first period, value, value, ...]; gaps are 0."""
    place = {member: number for number, member in enumerate(members)}
    found: dict[str, dict[int, list[Any]]] = {measure: {} for measure in measures}
    for row in rows:
        at = (row["period_start"] - first).days // step
        series = found[row["kpi"]].setdefault(place[row["segment_value"]], [at])
        series += [0] * (at - series[0] - len(series) + 1)
        value = round(row["value"], 6)
        series.append(int(value) if value == int(value) else value)
    return found


def _rates(edition: Edition, first: date, step: int) -> dict[str, list[float]]:
    """Other currencies: what one unit is worth, for each period; of a week the mean of its days. A rate is carried over
    days without one; a currency without any rate on the first day is not offered.
    """
    known: dict[str, dict[date, float]] = {}
    for row in edition.rows(_RATES, edition.words.currency, edition.through):
        known.setdefault(row["currency_code"], {})[row["date_day"]] = row["rate"]
    days = [first + timedelta(days=number) for number in range((edition.through - first).days + 1)]
    found = {}
    for currency, by_day in known.items():
        carried: list[float] = []
        rate = by_day.get(days[0])
        for day in days:
            rate = by_day.get(day, rate)
            if rate is None:
                break
            carried.append(rate)
        if len(carried) == len(days):
            means = [carried[at : at + step] for at in range(0, len(carried), step)]
            found[currency] = [round(sum(part) / len(part), 8) for part in means]
    return found
