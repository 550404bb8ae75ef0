"""Channels and countries as tables that the page's filters rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.cubes import CHANNELS, COUNTRIES, CubeSpec, ship
from dashboards.edition import Edition
from dashboards.section import CubeTable, Section

Column = dict[str, Any]


def channel_table(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Spend, leads, customers and revenue by channel, their ratios and their change."""
    columns = (
        amount(edition, "spend", better="band"),
        {"key": "share", "label": edition.words.text("Share of spend"), "unit": "ratio", "share": "spend"},
        amount(edition, "leads"),
        ratio(edition, "cost_per_lead"),
        amount(edition, "marketing_cost", label=edition.words.text("All costs"), better="band"),
        amount(edition, "new_customers"),
        ratio(edition, "customer_acquisition_cost"),
        amount(edition, "attributed_revenue", label=edition.words.text("Attributed revenue")),
        ratio(edition, "return_on_ad_spend"),
    )
    words = edition.words
    note = words.text(
        "Every ratio is one of sums, the last line's too. All costs are those of marketing and sales, with people and "
        "fees: CAC counts them. The return is that of channels with spend. Revenue is credited by the {model} model "
        "over {days} days.",
        model=edition.contents.business["attribution_model"].replace("_", " "),
        days=edition.contents.business["attribution_lookback_days"],
    )
    return cube_section(edition, CHANNELS, words.text("Channels"), columns, options, note=note)


def country_table(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Visits, leads, customers and revenue by country."""
    words = edition.words
    columns = (
        amount(edition, "sessions"),
        ratio(edition, "engagement_rate"),
        ratio(edition, "conversion_rate"),
        amount(edition, "leads"),
        amount(edition, "new_customers"),
        amount(edition, "revenue"),
        ratio(edition, "tracked_consent_rate"),
    )
    note = words.text("Countries are counted in whole weeks. Ads know no country, so there is no cost here.")
    return cube_section(edition, COUNTRIES, words.text("Countries"), columns, options, note=note)


def cube_section(
    edition: Edition, spec: CubeSpec, title: str, columns: tuple[Column, ...], options: Mapping[str, Any], *, note: str
) -> Section | None:
    """A table of a cube's parts; columns that the registry does not know are left out."""
    if not ship(edition, spec):
        return None
    name = spec.name.replace("_", "-")
    table = CubeTable(name, spec.name, title, [column for column in columns if column])
    return Section(name, title, [table], note=note, width="full")


def amount(edition: Edition, metric: str, *, label: str = "", better: str = "up") -> Column:
    """A column of sums."""
    unit = str(edition.definition(metric).get("unit") or "count")
    return {
        "key": metric,
        "label": label or edition.label(metric),
        "unit": unit,
        "num": metric,
        "better": better,
        "decimals": 0,
    }


def ratio(edition: Edition, kpi: str) -> Column:
    """A column of a KPI that is one sum over another; empty for a KPI that the registry does not hold."""
    definition = edition.definition(kpi)
    if not definition.get("denominator_name"):
        return {}
    return {
        "key": kpi,
        "label": edition.label(kpi),
        "unit": definition["unit"],
        "num": definition["numerator_name"],
        "den": definition["denominator_name"],
        "better": definition["direction"],
    }
