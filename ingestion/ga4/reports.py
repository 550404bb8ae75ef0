"""The reports that are asked for, as data, and the reading of their rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingestion.spec import Window


@dataclass(frozen=True)
class Report:
    """One report a table; dimensions and metrics by the API's names, columns are the same in snake case."""

    table: str
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]

    def body(self, window: Window, *, offset: int, limit: int) -> dict[str, Any]:
        """The runReport request for one page. Rows are ordered: without that, pages could repeat or miss rows."""
        return {
            "dateRanges": [{"startDate": window.start.isoformat(), "endDate": window.end.isoformat()}],
            "dimensions": [{"name": name} for name in self.dimensions],
            "metrics": [{"name": name} for name in self.metrics],
            "orderBys": [{"dimension": {"dimensionName": name}} for name in self.dimensions],
            "limit": str(limit),
            "offset": str(offset),
            "returnPropertyQuota": True,
        }


REPORTS = (
    Report(
        "day_totals",
        ("date",),
        (
            "sessions",
            "engagedSessions",
            "totalUsers",
            "newUsers",
            "screenPageViews",
            "eventCount",
            "keyEvents",
            "userEngagementDuration",
            "purchaseRevenue",
        ),
    ),
    Report(
        "traffic_daily",
        ("date", "sessionDefaultChannelGroup", "sessionSource", "sessionMedium", "sessionCampaignName"),
        ("sessions", "engagedSessions", "totalUsers", "keyEvents", "purchaseRevenue"),
    ),
)


def rows(reply: Mapping[str, Any], property_id: str) -> Iterator[dict[str, str | None]]:
    """The rows of a reply, values as on the wire, `date` as ISO date. An empty report has no `rows` at all.

    Each row is matched with the headers on its own: a value that the wire leaves out is empty text for a dimension.
    """
    dimensions = [_column(header["name"]) for header in reply.get("dimensionHeaders", ())]
    metrics = [_column(header["name"]) for header in reply.get("metricHeaders", ())]
    for row in reply.get("rows", ()):
        found: dict[str, str | None] = {"property_id": property_id}
        for name, cell in zip(dimensions, row.get("dimensionValues", ()), strict=True):
            found[name] = cell.get("value", "")
        for name, cell in zip(metrics, row.get("metricValues", ()), strict=True):
            found[name] = cell.get("value")
        day = found["date"] or ""
        found["date"] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        yield found


def _column(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


FLAGS = ("dataLossFromOtherRow", "subjectToThresholding", "samplingMetadatas", "dataTruncationReasons")

_MEANING = {
    "dataLossFromOtherRow": "rare sources and campaigns are rolled up in '(other)'",
    "subjectToThresholding": "rows with few users are withheld; switch the reporting identity to device-based",
    "samplingMetadatas": "the numbers are estimated from a sample",
    "dataTruncationReasons": "days are missing for a reason that Google gives in ops.requests",
}


def flags(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The flags that are set, with what each means for the numbers."""
    return {name: _MEANING[name] for name in FLAGS if metadata.get(name)}
