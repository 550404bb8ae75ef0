"""Where the charts of a dashboard stand: rows of twelve columns, filled from the left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bi.superset_charts import Chart

_COLUMNS = 12


def position(title: str, charts: list[Chart]) -> dict[str, Any]:
    """The layout of a dashboard as Superset keeps it: a flat map of nested parts."""
    layout: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": title}},
    }
    for number, row in enumerate(_rows(charts), 1):
        row_id = f"ROW-{number}"
        layout["GRID_ID"]["children"].append(row_id)
        layout[row_id] = {
            "id": row_id,
            "type": "ROW",
            "children": [f"CHART-{chart.name}" for chart in row],
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for place, chart in enumerate(row):
            layout[f"CHART-{chart.name}"] = {
                "id": f"CHART-{chart.name}",
                "type": "CHART",
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID", row_id],
                "meta": {
                    # Only to tell charts apart in this file: the import puts the real id in.
                    "chartId": number * 100 + place,
                    "uuid": chart.uuid,
                    "sliceName": chart.title,
                    "width": chart.width,
                    "height": chart.height,
                },
            }
    return layout


def _rows(charts: list[Chart]) -> list[list[Chart]]:
    rows: list[list[Chart]] = []
    free = 0
    for chart in charts:
        if chart.width > free:
            rows.append([])
            free = _COLUMNS
        rows[-1].append(chart)
        free -= chart.width
    return rows
