"""The GA4 Data API of one property: reports, batches, metadata and compatibility, with quotas that count down.

Besides the conditions of `ga4_report.report` it knows `ga4/is_360` (true: quotas ten times as large).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingestion.sandbox.control import Control
from ingestion.sandbox.ga4_fields import metric
from ingestion.sandbox.ga4_metadata import compatibility, metadata
from ingestion.sandbox.ga4_report import Report, Row, default_order, is_thresholded, report
from ingestion.sandbox.ga4_request import (
    BadRequest,
    ReportRequest,
    read_batch,
    read_body,
    read_compatibility,
    read_request,
)
from ingestion.sandbox.google_errors import google_error, json_response, refuse_bearer
from ingestion.sandbox.model import World
from ingestion.sandbox.world_catalog import PROPERTY_ID, PROPERTY_ZONE

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
CURRENCY = "EUR"
_PACIFIC = ZoneInfo("America/Los_Angeles")
_ID_LINK = "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id"

_METHODS = ("runReport", "batchRunReports", "checkCompatibility")

# Bucket -> (size on a standard property, whether it refills by the hour, what the refusal says).
BUCKETS = {
    "tokensPerDay": (
        200_000,
        False,
        "Exhausted property tokens for a property per day. These quota tokens will return in less than 24 hours.",
    ),
    "tokensPerHour": (
        40_000,
        True,
        "Exhausted property tokens for a property per hour. These quota tokens will return in under an hour.",
    ),
    "tokensPerProjectPerHour": (
        14_000,
        True,
        "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.",
    ),
    "potentiallyThresholdedRequestsPerHour": (120, True, "Exhausted potentially thresholded requests quota."),
    "serverErrorsPerProjectPerHour": (10, True, "Exhausted server errors quota."),
}
CONCURRENT_REQUESTS = 10


class Exhausted(Exception):
    """A quota bucket is empty."""


class _DataApi:
    def __init__(self, world: World, control: Control) -> None:
        self.world = world
        self.control = control

    def today(self) -> date:
        return self.control.now.astimezone(ZoneInfo(PROPERTY_ZONE)).date()

    def refuse(self, request: Request, property_id: str) -> Response | None:
        refusal = refuse_bearer(request, self.control, SCOPE)
        if refusal is not None:
            return refusal
        if not property_id.isdigit():
            text = (
                f"Invalid property ID: {property_id}. A numeric Property ID is required. "
                f"To learn more about Property ID, see {_ID_LINK}."
            )
            return google_error(400, "INVALID_ARGUMENT", text)
        if property_id != PROPERTY_ID:
            text = (
                "User does not have sufficient permissions for this property. "
                f"To learn more about Property ID, see {_ID_LINK}."
            )
            return google_error(403, "PERMISSION_DENIED", text)
        return None

    async def post(self, request: Request) -> Response:
        property_id, _, method = request.path_params["target"].partition(":")
        if method not in _METHODS:
            raise HTTPException(404)
        refusal = self.refuse(request, property_id)
        if refusal is not None:
            return refusal
        try:
            body = read_body(await request.body())
            if method == "checkCompatibility":
                return json_response(compatibility(*read_compatibility(body)))
            if method == "runReport":
                return json_response(self.run(body))
            reports = [self.run(one) for one in read_batch(body)]
            return json_response({"reports": reports, "kind": "analyticsData#batchRunReports"})
        except BadRequest as error:
            return google_error(400, "INVALID_ARGUMENT", str(error), error.details)
        except Exhausted as error:
            return google_error(429, "RESOURCE_EXHAUSTED", str(error))

    async def metadata(self, request: Request) -> Response:
        property_id = request.path_params["property_id"]
        # Property 0 is every property: what it knows is open to any valid token.
        refusal = self.refuse(request, PROPERTY_ID if property_id == "0" else property_id)
        if refusal is not None:
            return refusal
        return json_response(metadata(property_id))

    def run(self, body: dict[str, Any]) -> dict[str, Any]:
        request = read_request(body, self.today())
        conditions = self.control.conditions
        quota = self.spend(cost(request), is_thresholded(request.dimensions, conditions))
        rows: list[Row] = []
        flags: dict[str, Any] = {}
        aggregates: dict[str, list[dict[str, Any]]] = {name: [] for name in request.aggregations}
        for first, last, name in request.ranges:
            found = report(
                self.world,
                self.control.now,
                (first, last),
                dimensions=request.dimensions,
                metrics=request.metrics,
                conditions=conditions,
                dimension_filter=request.dimension_filter,
                metric_filter=request.metric_filter,
            )
            for flag, value in found.metadata().items():
                # One sample a range; what else is told of the ranges is told once.
                flags[flag] = flags.get(flag, []) + value if isinstance(value, list) else value
            several = (name,) if len(request.ranges) > 1 else ()
            rows += [Row(row.dimensions + several, row.metrics) for row in found.rows]
            for kind, made in aggregates.items():
                made.append(_aggregate(kind, found, len(request.dimensions), several))
        if len(request.ranges) > 1:
            rows.sort(key=default_order)
        names = [*request.dimensions, *(["dateRange"] if len(request.ranges) > 1 else [])]
        for field, descending in reversed(request.order):
            rows.sort(key=_reader(field, names, request.metrics), reverse=descending)
        page = rows[request.offset : request.offset + request.limit]
        reply: dict[str, Any] = {
            "dimensionHeaders": [{"name": name} for name in names],
            "metricHeaders": [{"name": name, "type": metric(name).type} for name in request.metrics],
            "rows": [_row(row) for row in page],
            "rowCount": len(rows),
            **{_AGGREGATES[kind][0]: made for kind, made in aggregates.items()},
            "metadata": {"currencyCode": request.currency or CURRENCY, "timeZone": PROPERTY_ZONE, **flags},
            **({"propertyQuota": quota} if request.wants_quota else {}),
            "kind": "analyticsData#runReport",
        }
        # As proto3 has it: what is zero or empty is not there.
        return {name: value for name, value in reply.items() if value not in ([], 0)}

    def spend(self, tokens: int, is_thresholded: bool) -> dict[str, dict[str, int]]:
        """Take what a request costs; the quota object of the reply. Raises Exhausted."""
        used = self.control.quota_used
        errors = self.bucket("serverErrorsPerProjectPerHour")
        used[errors] = max(used.get(errors, 0), self.server_errors())
        costs = dict.fromkeys(("tokensPerDay", "tokensPerHour", "tokensPerProjectPerHour"), tokens)
        costs |= {"potentiallyThresholdedRequestsPerHour": int(is_thresholded), "serverErrorsPerProjectPerHour": 0}
        for name, (_, _, text) in BUCKETS.items():
            spent = used.get(self.bucket(name), 0)
            is_gone = spent >= self.size(name) and name == "serverErrorsPerProjectPerHour"
            if spent + costs[name] > self.size(name) or is_gone:
                raise Exhausted(text)
        quota: dict[str, dict[str, int]] = {}
        for name in BUCKETS:
            key = self.bucket(name)
            used[key] = used.get(key, 0) + costs[name]
            quota[name] = {"consumed": costs[name], "remaining": self.size(name) - used[key]}
        concurrent = CONCURRENT_REQUESTS * (5 if self.control.conditions.get("ga4/is_360") else 1)
        return {**quota, "concurrentRequests": {"consumed": 0, "remaining": concurrent}}

    def size(self, bucket: str) -> int:
        """What a bucket holds when it is full."""
        is_360 = bool(self.control.conditions.get("ga4/is_360"))
        if bucket == "serverErrorsPerProjectPerHour":
            return 50 if is_360 else BUCKETS[bucket][0]
        return BUCKETS[bucket][0] * (10 if is_360 and bucket.startswith("tokens") else 1)

    def server_errors(self) -> int:
        """The server errors of the hour that is under way: injected ones count as real ones do."""
        hour = self.control.now.replace(minute=0, second=0, microsecond=0)
        return sum(
            entry.status >= 500 and entry.at >= hour and entry.path.startswith("/v1beta/") for entry in self.control.log
        )

    def bucket(self, name: str) -> str:
        """The counter of a bucket: a new one each Pacific day, or each hour."""
        local = self.control.now.astimezone(_PACIFIC)
        return f"ga4/{name}/{local:%Y-%m-%dT%H}" if BUCKETS[name][1] else f"ga4/{name}/{local:%Y-%m-%d}"


# Aggregation -> (field of the reply, what stands in place of the dimensions).
_AGGREGATES = {
    "TOTAL": ("totals", "RESERVED_TOTAL"),
    "MINIMUM": ("minimums", "RESERVED_MIN"),
    "MAXIMUM": ("maximums", "RESERVED_MAX"),
}


def _aggregate(kind: str, found: Report, dimensions: int, several: tuple[str, ...]) -> dict[str, Any]:
    """One row over all rows of a date range; an empty object where there are none."""
    if not found.rows:
        return {}
    columns = zip(*(row.metrics for row in found.rows), strict=True)
    values = found.totals if kind == "TOTAL" else tuple(map(min if kind == "MINIMUM" else max, columns))
    return _row(Row((_AGGREGATES[kind][1],) * dimensions + several, values))


def cost(request: ReportRequest) -> int:
    """The tokens that a request takes: more for a wide one, and for one of many days."""
    cells = max(1, len(request.dimensions)) * max(1, len(request.metrics))
    return 1 + (cells >= 10) + 2 * (cells >= 90) + request.days // 60


def _reader(field: str, dimensions: list[str], metrics: list[str]) -> Callable[[Row], Any]:
    if field in dimensions:
        place = dimensions.index(field)
        return lambda row: row.dimensions[place]
    place = metrics.index(field)
    return lambda row: row.metrics[place]


def _row(row: Row) -> dict[str, Any]:
    rendered: dict[str, Any] = {}
    if row.dimensions:
        rendered["dimensionValues"] = [{"value": value} for value in row.dimensions]
    if row.metrics:
        rendered["metricValues"] = [{"value": number_text(value)} for value in row.metrics]
    return rendered


def number_text(value: float) -> str:
    """A metric as Google prints it: 15 digits, or 17 where these do not lead back to the number."""
    if float(value).is_integer():
        return str(int(value))
    short = f"{value:.15g}"
    return short if float(short) == value else f"{value:.17g}"


def routes(world: World, control: Control) -> list[BaseRoute]:
    """The Data API's routes below /v1beta."""
    api = _DataApi(world, control)
    return [
        Route("/v1beta/properties/{property_id}/metadata", api.metadata, methods=["GET"]),
        Route("/v1beta/properties/{target}", api.post, methods=["POST"]),
    ]
