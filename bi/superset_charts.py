"""The charts of the Superset bundle: what each asks for, as the chart's own form and as the query that it comes to.

The query is written beside the form, so that a chart's data can be asked for (by reports, alerts and tests) before
anybody has opened it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bi.superset_datasets import NEWEST, VERSION, identity, number_format
from transform.kpi.meta import GRAIN_OF_CADENCE

Query = dict[str, Any]
_ROWS = 10_000
# How columns of tables are shown. Those of the scorecard hold all units, so that no number of decimals suits all.
_SHOWN = {
    **{
        name: {"d3NumberFormat": ",.4~r"}
        for name in ("value", "previous_value", "target_value", "expected_low", "expected_high")
    },
    "change_relative": {"d3NumberFormat": "+.1%"},
    "attainment": {"d3NumberFormat": ".0%"},
    "cost_of_inaction": {"d3NumberFormat": ",.0f"},
    "published_at": {"d3TimeFormat": "%d %b %Y %H:%M"},
}
SCORECARD_COLUMNS = (
    "label", "period_start", "period_end", "value", "unit", "previous_value", "change_relative", "target_value",
    "attainment", "status", "is_final", "null_reason",
)  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """A chart: its name is what it is found by; `width` in twelfths of a row, `height` in Superset's units."""

    name: str
    title: str
    dataset: str
    form: dict[str, Any]
    query: Query
    width: int = 12
    height: int = 50
    about: str = ""

    @property
    def uuid(self) -> str:
        return identity("chart", self.name)

    @property
    def file(self) -> str:
        return f"charts/{self.name}.yaml"

    def content(self) -> dict[str, Any]:
        """The chart's file; its dataset is found by UUID, the ids in it are filled in by the import."""
        context = {
            "datasource": {"id": 0, "type": "table"},
            "force": False,
            "queries": [self.query],
            "form_data": self.form,
            "result_format": "json",
            "result_type": "full",
        }
        return {
            "slice_name": self.title,
            "description": self.about or None,
            "viz_type": self.form["viz_type"],
            "params": self.form,
            "query_context": json.dumps(context, sort_keys=True),
            "cache_timeout": None,
            "uuid": self.uuid,
            "version": VERSION,
            "dataset_uuid": identity("dataset", self.dataset),
        }


def publication_chart() -> Chart:
    """What the numbers are: until which day, published when, checked how."""
    columns = ["data_through", "published_at", "checks_passed", "checks_total", "run_id"]
    return _rows("publication", "Which numbers these are", "publication", columns, [], order="published_at", height=18)


def scorecard_chart(audience: str, title: str) -> Chart:
    """The scorecard of an audience, as `kpi scorecard --audience` shows it."""
    return _rows(
        f"scorecard_{audience}", f"Scorecard: {title}", "kpi_scorecard", list(SCORECARD_COLUMNS),
        [_filter("audience", "LIKE", f"%{audience}%")], order="stage_order", height=70,
    )  # fmt: skip


def advice_chart() -> Chart:
    """What to do, the most urgent first."""
    columns = ["rank", "severity", "title", "evidence", "cost_of_inaction"]
    return _rows("advice", "What to do", "kpi_advice", columns, [], order="rank", height=40)


def anomalies_chart() -> Chart:
    """What was unusual."""
    columns = ["period_start", "kpi", "grain", "segment_value", "value", "expected_low", "expected_high", "severity"]
    return _rows("anomalies", "Unusual periods", "kpi_anomalies", columns, [], order="period_start", descending=True)


def kpi_chart(row: Mapping[str, Any], currency: str) -> Chart:
    """A KPI's complete periods at its own cadence: the newest one large, and the line that leads to it."""
    kpi, grain = str(row["kpi"]), GRAIN_OF_CADENCE[row["cadence"]]
    filters = [*_total(kpi, grain), {"col": "is_complete", "op": "IS TRUE", "val": None}]
    form = {
        "viz_type": "big_number",
        "x_axis": "period_start",
        "time_grain_sqla": "P1D",
        "metric": kpi,
        "adhoc_filters": [_adhoc(one) for one in filters],
        "compare_lag": 1,
        "compare_suffix": f"on the {grain} before",
        "show_trend_line": True,
        "y_axis_format": number_format(str(row["unit"])),
        "currency_format": _currency(row, currency),
        "time_format": "%d %b %Y",
        "subtitle": _goal(row),
        "rolling_type": "None",
        "header_font_size": 0.4,
        "subheader_font_size": 0.15,
    }
    query = _query([_axis("period_start")], [kpi], filters, [["period_start", True]])
    about = f"{row['description']} {row['formula']}"
    return Chart(f"kpi_{kpi}", str(row["label"]), "kpi_values", form, query, 3, 34, about)


def channels_chart(audience: str, title: str, rows: Sequence[Mapping[str, Any]]) -> Chart:
    """The KPIs of an audience by channel, each in its newest complete period; ratios of the channel's own sums."""
    metrics = [str(row["kpi"]) for row in rows]
    filters = [{"col": "segment_dimension", "op": "==", "val": "channel"}]
    form = {
        "viz_type": "table",
        "query_mode": "aggregate",
        "groupby": ["segment_label"],
        "metrics": metrics,
        "adhoc_filters": [_adhoc(one) for one in filters],
        "row_limit": _ROWS,
        "order_desc": False,
        "server_pagination": False,
        "show_cell_bars": False,
    }
    query = _query(["segment_label"], metrics, filters, [["segment_label", True]])
    return Chart(f"channels_{audience}", f"By channel: {title}", NEWEST, form, query, 12, 50)


def money_chart(metrics: list[str]) -> Chart:
    """Revenue and what marketing cost, by month."""
    filters: list[dict[str, Any]] = [
        {"col": "grain", "op": "==", "val": "month"},
        {"col": "segment_dimension", "op": "==", "val": ""},
        {"col": "is_complete", "op": "IS TRUE", "val": None},
    ]
    form = {
        "viz_type": "echarts_timeseries_line",
        "x_axis": "period_start",
        "time_grain_sqla": "P1M",
        "metrics": metrics,
        "groupby": [],
        "adhoc_filters": [_adhoc(one) for one in filters],
        "row_limit": _ROWS,
        "markerEnabled": True,
        "y_axis_format": ",.0f",
        "show_legend": True,
        "rich_tooltip": True,
    }
    query = _query([_axis("period_start", "P1M")], metrics, filters, [["period_start", True]])
    return Chart("money", "Revenue and marketing cost by month", "kpi_values", form, query)


def campaigns_chart() -> Chart:
    """Campaigns over all days that were published, dearest first; a filter of the dashboard narrows the days."""
    metrics = ["spend", "impressions", "clicks", "click_through_rate", "cost_per_click", "sessions",
               "attributed_conversions", "attributed_revenue", "attributed_revenue_per_spend"]  # fmt: skip
    columns = ["channel", "campaign_name"]
    form = {
        "viz_type": "table",
        "query_mode": "aggregate",
        "groupby": columns,
        "metrics": metrics,
        "adhoc_filters": [],
        "row_limit": _ROWS,
        "order_desc": True,
        "show_cell_bars": False,
    }
    query = _query(columns, metrics, [], [["spend", False]])
    return Chart("campaigns", "Campaigns, all days published", "campaign_daily", form, query, 12, 70)


def _rows(
    name: str, title: str, dataset: str, columns: list[str], filters: list[dict[str, Any]], *, order: str,
    descending: bool = False, height: int = 50,
) -> Chart:  # fmt: skip
    form = {
        "viz_type": "table",
        "query_mode": "raw",
        "all_columns": columns,
        "adhoc_filters": [_adhoc(one) for one in filters],
        "order_by_cols": [json.dumps([order, not descending])],
        "row_limit": _ROWS,
        "server_pagination": False,
        "show_cell_bars": False,
        "table_timestamp_format": "%d %b %Y",
        "column_config": {name: shown for name, shown in _SHOWN.items() if name in columns},
    }
    query = _query(columns, None, filters, [[order, not descending]])
    return Chart(name, title, dataset, form, query, 12, height)


def _query(
    columns: Sequence[Any], metrics: list[str] | None, filters: list[dict[str, Any]], order: list[list[Any]]
) -> Query:
    return {
        "columns": list(columns),
        "metrics": metrics,
        "filters": filters,
        "orderby": order,
        "extras": {"having": "", "where": ""},
        "applied_time_extras": {},
        "row_limit": _ROWS,
        "annotation_layers": [],
        "post_processing": [],
        "time_range": "No filter",
    }


def _axis(column: str, grain: str = "P1D") -> dict[str, Any]:
    return {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "label": column,
        "sqlExpression": column,
        "timeGrain": grain,
    }


def _total(kpi: str, grain: str) -> list[dict[str, Any]]:
    return [
        {"col": "kpi", "op": "==", "val": kpi},
        {"col": "grain", "op": "==", "val": grain},
        {"col": "segment_dimension", "op": "==", "val": ""},
    ]


def _filter(column: str, operator: str, value: Any) -> dict[str, Any]:
    return {"col": column, "op": operator, "val": value}


def _adhoc(one: Mapping[str, Any]) -> dict[str, Any]:
    """The same filter as the chart's form has it."""
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": one["col"],
        "operator": one["op"],
        "comparator": one["val"],
    }


def _currency(row: Mapping[str, Any], currency: str) -> dict[str, str] | None:
    is_money = row["unit"] in ("currency", "per_mille_currency")
    return {"symbol": currency, "symbolPosition": "suffix"} if is_money else None


def _goal(row: Mapping[str, Any]) -> str:
    """The target in words; empty without one."""
    if row.get("target_value") is None or row.get("target_due") is None:
        return ""
    sign = {"up": "at least ", "down": "at most "}.get(str(row["direction"]), "")
    number = f"{row['target_value']:.1%}" if row["unit"] == "ratio" else f"{row['target_value']:,.6g}"
    return f"target {sign}{number} by {row['target_due']:%d %b %Y}"
