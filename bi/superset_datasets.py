"""The datasets of the Superset bundle: published tables with their comments, and metrics that are ratios of sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from bi.contents import Contents
from warehouse.layout import PUBLISHED
from warehouse.measures import measure

VERSION = "1.0.0"
NAMESPACE = UUID("8f1f6c0e-5f0e-5a53-9a3c-6b8f3d0c1b7a")
# The newest complete period of each KPI with all of its splits: what the scorecard judges, to be taken apart.
NEWEST = "kpi_newest"
_NEWEST_SQL = (
    f"select v.* from {PUBLISHED}.kpi_values as v join {PUBLISHED}.kpi_scorecard as s "
    "on s.kpi = v.kpi and s.grain = v.grain and s.period_start = v.period_start"
)
_TIME = {
    "channel_daily": "date_day",
    "campaign_daily": "date_day",
    "fct_orders": "date_day",
    "fct_ad_spend": "date_day",
    "consent_daily": "date_day",
    "fct_conversions": "date_day",
    "kpi_values": "period_start",
    "kpi_reported": "period_start",
    "kpi_scorecard": "period_start",
    "kpi_anomalies": "period_start",
    "funnel": "month",
    "reconciliation": "month",
    "reconciliation_weekly": "week",
    "cohort_retention": "cohort_month",
    "publication": "published_at",
}
# Sums of the daily tables, and ratios of them: label, numerator, denominator, scale, unit.
_SUMS = {
    "spend": ("Ad spend", "spend_amount", "currency"),
    "impressions": ("Impressions", "impressions", "count"),
    "clicks": ("Clicks", "clicks", "count"),
    "sessions": ("Sessions", "sessions", "count"),
    "leads": ("Leads", "leads", "count"),
    "new_customers": ("New customers", "new_customers", "count"),
    "revenue": ("Revenue", "revenue_amount", "currency"),
    "platform_conversions": ("Conversions that platforms claim", "platform_conversions", "number"),
    "attributed_conversions": ("Attributed conversions", "attributed_conversions", "number"),
    "attributed_revenue": ("Attributed revenue", "attributed_revenue_amount", "currency"),
}
_RATIOS = {
    "click_through_rate": ("Click-through rate", "clicks", "impressions", "", "ratio"),
    "cost_per_click": ("Cost per click", "spend_amount", "clicks", "", "currency"),
    "cost_per_mille": ("Cost per 1000 impressions", "spend_amount", "impressions", "1000.0 * ", "currency"),
    "cost_per_lead": ("Cost per lead", "spend_amount", "leads", "", "currency"),
    "engagement_rate": ("Engagement rate", "engaged_sessions", "sessions", "", "ratio"),
    "conversion_rate": ("Conversion rate", "converting_sessions", "sessions", "", "ratio"),
    "attributed_revenue_per_spend": (
        "Attributed revenue per ad spend", "attributed_revenue_amount", "spend_amount", "", "multiple",
    ),
}  # fmt: skip
_FORMATS = {
    "ratio": ".1%",
    "count": ",.0f",
    "multiple": ",.2f",
    "number": ",.1f",
    "seconds": ",.0f",
    "hours": ",.0f",
    "months": ",.1f",
}


def identity(kind: str, name: str) -> str:
    """The UUID of a thing in the bundle: always the same for the same name, so that a later import finds it again."""
    return str(uuid5(NAMESPACE, f"{kind}/{name}"))


def number_format(unit: str) -> str:
    """The d3 format of numbers in `unit`."""
    return _FORMATS.get(unit, ",.2f")


def datasets(contents: Contents) -> dict[str, dict[str, Any]]:
    """A dataset for every published table and for the newest periods, by name, as Superset's import wants them."""
    kpi_metrics = [_kpi_metric(row, contents.currency) for row in contents.definitions.values()]
    found = {}
    for table, (comment, columns) in contents.tables.items():
        own = kpi_metrics if table == "kpi_values" else _metrics({name for name, _, _ in columns}, contents.currency)
        found[table] = _dataset(table, comment, columns, own)
    comment, columns = contents.tables["kpi_values"]
    found[NEWEST] = _dataset(
        NEWEST, "The newest complete period of each KPI, in total and by segment.", columns, kpi_metrics
    ) | {"sql": _NEWEST_SQL}
    return found


def _dataset(
    name: str, comment: str, columns: list[tuple[str, str, str]], metrics: list[dict[str, Any]]
) -> dict[str, Any]:
    count = _metric("count", "Rows", "count(*)", "How many rows.", unit="count")
    return {
        "table_name": name,
        "main_dttm_col": _TIME.get(name),
        "description": comment,
        "schema": PUBLISHED,
        "sql": None,
        "filter_select_enabled": True,
        "uuid": identity("dataset", name),
        "database_uuid": identity("database", "publication"),
        "columns": [
            {
                "column_name": column,
                "type": kind,
                "is_dttm": kind == "DATE" or kind.startswith("TIMESTAMP"),
                "groupby": True,
                "filterable": True,
                "description": meaning,
            }
            for column, kind, meaning in columns
        ],
        "metrics": [count, *metrics],
        "version": VERSION,
    }


def _kpi_metric(row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    warning = {
        "none": "Does not add up: it is empty over several periods or segments.",
        "sum_in_period": "A stock: it is empty over several periods.",
        "ratio_in_period": "A ratio of stocks: it is empty over several periods.",
    }.get(str(row.get("rolls_up") or "none"), "")
    text = f"{row['description']} {row['formula']}"
    return _metric(
        row["kpi"], row["label"], measure(row), text, unit=row["unit"], currency=currency, warning=warning
    )  # fmt: skip


def _metrics(columns: set[str], currency: str) -> list[dict[str, Any]]:
    """The sums and ratios that the columns of a daily table allow."""
    if "date_day" not in columns or not {"channel", "spend_amount", "sessions"} <= columns:
        return []
    sums = [
        _metric(name, label, f"sum({column})", f"Sum of {column}.", unit=unit, currency=currency)
        for name, (label, column, unit) in _SUMS.items()
        if column in columns
    ]
    ratios = [
        _metric(
            name, label, f"{scale}sum({above}) / nullif(sum({below}), 0)", f"{scale}{above} / {below}, of the sums.",
            unit=unit, currency=currency,
        )
        for name, (label, above, below, scale, unit) in _RATIOS.items()
        if {above, below} <= columns
    ]  # fmt: skip
    return [*sums, *ratios]


def _metric(
    name: str, label: str, expression: str, description: str, *, unit: str, currency: str = "", warning: str = ""
) -> dict[str, Any]:
    is_money = unit in ("currency", "per_mille_currency")
    return {
        "metric_name": name,
        "verbose_name": label,
        "expression": expression,
        "description": description,
        "d3format": number_format(unit),
        "currency": {"symbol": currency, "symbolPosition": "suffix"} if is_money and currency else None,
        "warning_text": warning or None,
    }
