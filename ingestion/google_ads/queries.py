"""The query of each table, from its declared fields."""

from __future__ import annotations

from ingestion.google_ads.report import DAY, Report
from ingestion.spec import Window


def query(report: Report, window: Window | None = None) -> str:
    """The text in Google's query language; a report of days needs its `window`, both ends inclusive.

    A single day is asked for as such: click_view takes nothing else. There is no condition on status, so that removed
    entities come too.
    """
    conditions = [report.condition] if report.condition else []
    if DAY in report.fields:
        if window is None:
            raise ValueError(f"google_ads.{report.name}: a report of days needs a window")
        field = report.fields[DAY]
        is_day = window.start == window.end
        conditions.append(
            f"{field} = '{window.start}'" if is_day else f"{field} BETWEEN '{window.start}' AND '{window.end}'"
        )
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {', '.join(report.fields.values())} FROM {report.resource}{where}"
