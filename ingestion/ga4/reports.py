"""The reports that are asked for, as data, and the reading of their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from ingestion.spec import Window

Grain = Literal["day", "week", "month"]
# Google charges by days and cardinality; a month a request is cheap and keeps '(other)' away at an SME's size.
DAYS_A_REQUEST = 30
WEEKS_A_REQUEST = 5
# The dimension that makes a report one of its grain. Users of a week are no sum of its days' users: they are asked for.
PERIOD = {"day": "date", "week": "isoYearIsoWeek", "month": "yearMonth"}


@dataclass(frozen=True)
class Report:
    """One report a table, at one grain; dimensions and metrics by the API's names, columns are the same in snake case.

    The period comes first: column `date`, `week_start` (a Monday) or `month_start`. Weeks and months that are not over
    have no row.
    """

    table: str
    grain: Grain
    by: tuple[str, ...]
    metrics: tuple[str, ...]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Every dimension, the period first."""
        return (PERIOD[self.grain], *self.by)

    def fields(self) -> dict[str, Any]:
        """What makes the report, for runReport and checkCompatibility alike."""
        return {
            "dimensions": [{"name": name} for name in self.dimensions],
            "metrics": [{"name": name} for name in self.metrics],
        }

    def body(self, window: Window, *, offset: int, limit: int) -> dict[str, Any]:
        """The runReport request for one page. Rows are ordered: without that, pages could repeat or miss rows."""
        return {
            **self.fields(),
            "dateRanges": [{"startDate": window.start.isoformat(), "endDate": window.end.isoformat()}],
            "orderBys": [{"dimension": {"dimensionName": name}} for name in self.dimensions],
            "limit": str(limit),
            "offset": str(offset),
            "returnPropertyQuota": True,
        }

    def parts(self, window: Window) -> Iterator[tuple[Window, Window | None]]:
        """The requests that read `window`: the days that each covers, and the whole periods of them to ask for.

        Weeks and months are read from their first day on, which may be before the window.
        """
        if self.grain == "day":
            yield from ((part, part) for part in window.chunks(DAYS_A_REQUEST))
        elif self.grain == "week":
            monday = window.start - timedelta(days=window.start.weekday())
            for part in Window(monday, window.end).chunks(7 * WEEKS_A_REQUEST):
                weeks = len(part.days()) // 7
                whole = Window(part.start, part.start + timedelta(days=7 * weeks - 1)) if weeks else None
                yield part, whole
        else:
            first = window.start.replace(day=1)
            while first <= window.end:
                following = (first + timedelta(days=31)).replace(day=1)
                last = following - timedelta(days=1)
                yield Window(first, min(last, window.end)), Window(first, last) if last <= window.end else None
                first = following


REPORTS = (
    Report(
        "day_totals",
        "day",
        (),
        (
            "sessions",
            "engagedSessions",
            "totalUsers",
            "activeUsers",
            "newUsers",
            "screenPageViews",
            "eventCount",
            "keyEvents",
            "userEngagementDuration",
            "purchaseRevenue",
        ),
    ),
    Report("week_totals", "week", (), ("sessions", "totalUsers", "activeUsers", "newUsers")),
    Report("month_totals", "month", (), ("sessions", "totalUsers", "activeUsers", "newUsers")),
    Report(
        "traffic_daily",
        "day",
        ("sessionDefaultChannelGroup", "sessionSource", "sessionMedium", "sessionCampaignName"),
        ("sessions", "engagedSessions", "totalUsers", "keyEvents", "purchaseRevenue"),
    ),
    Report("key_events_daily", "day", ("eventName",), ("eventCount", "keyEvents")),
)


def rows(reply: Mapping[str, Any], property_id: str) -> Iterator[dict[str, str | None]]:
    """The rows of a reply, values as on the wire, the period as ISO date. An empty report has no `rows` at all.

    Each row is matched with the headers on its own: a value that the wire leaves out is empty text for a dimension.
    """
    dimensions = [header["name"] for header in reply.get("dimensionHeaders", ())]
    metrics = [_column(header["name"]) for header in reply.get("metricHeaders", ())]
    known = reply.get("metadata", {})
    for row in reply.get("rows", ()):
        found: dict[str, str | None] = {
            "property_id": property_id,
            "time_zone": known.get("timeZone"),
            "currency_code": known.get("currencyCode"),
        }
        for name, cell in zip(dimensions, row.get("dimensionValues", ()), strict=True):
            value = cell.get("value", "")
            column, read = _PERIOD_COLUMNS.get(name, (_column(name), str))
            found[column] = read(value)
        for name, cell in zip(metrics, row.get("metricValues", ()), strict=True):
            found[name] = cell.get("value")
        yield found


_PERIOD_COLUMNS: dict[str, tuple[str, Callable[[str], str]]] = {
    "date": ("date", lambda text: f"{text[:4]}-{text[4:6]}-{text[6:]}"),
    "isoYearIsoWeek": ("week_start", lambda text: date.fromisocalendar(int(text[:4]), int(text[4:]), 1).isoformat()),
    "yearMonth": ("month_start", lambda text: f"{text[:4]}-{text[4:]}-01"),
}


def _column(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


# What Google says of the numbers it sends, and what each flag means for them.
FLAGS = {
    "dataLossFromOtherRow": "rare sources and campaigns are rolled up in '(other)'",
    "subjectToThresholding": "rows with few users are withheld; switch the reporting identity to device-based",
    "samplingMetadatas": "the numbers are estimated from a sample",
    "dataTruncationReasons": "days are missing for a reason that Google gives in ops.requests",
    "schemaRestrictionResponse": "the service account may not see revenue or cost; give it Viewer without limits",
}
