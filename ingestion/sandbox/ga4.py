"""The GA4 Data API: runReport, batchRunReports and metadata of one property, with a quota that counts down."""

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
from ingestion.sandbox.ga4_report import DIMENSIONS, METRIC_TYPES, Row, report
from ingestion.sandbox.ga4_request import BadRequest, ReportRequest, read_body, read_request
from ingestion.sandbox.google_errors import google_error, json_response, refuse_bearer
from ingestion.sandbox.model import World
from ingestion.sandbox.world_catalog import PROPERTY_ID, PROPERTY_ZONE

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
CURRENCY = "EUR"
BATCH_LIMIT = 5
_PACIFIC = ZoneInfo("America/Los_Angeles")
_ID_LINK = "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id"

# Bucket -> (tokens, whether it refills by the hour, what the refusal says).
BUCKETS = {
    "tokensPerDay": (200_000, False, "a property per day. These quota tokens will return in less than 24 hours."),
    "tokensPerHour": (40_000, True, "a property per hour. These quota tokens will return in under an hour."),
    "tokensPerProjectPerHour": (
        14_000,
        True,
        "a project per hour. These quota tokens will return in under an hour.",
    ),
}
_UNUSED = {
    "concurrentRequests": 10,
    "serverErrorsPerProjectPerHour": 10,
    "potentiallyThresholdedRequestsPerHour": 120,
}


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
        if method not in ("runReport", "batchRunReports"):
            raise HTTPException(404)
        refusal = self.refuse(request, property_id)
        if refusal is not None:
            return refusal
        try:
            body = read_body(await request.body())
            if method == "runReport":
                return json_response(self.run(body))
            requests = body.get("requests", [])
            if len(requests) > BATCH_LIMIT:
                raise BadRequest(f"Batch requests are limited to {BATCH_LIMIT} requests.")
            reports = [self.run(one) for one in requests]
            return json_response({"reports": reports, "kind": "analyticsData#batchRunReports"})
        except BadRequest as error:
            return google_error(400, "INVALID_ARGUMENT", str(error), error.details)
        except Exhausted as error:
            return google_error(429, "RESOURCE_EXHAUSTED", str(error))

    async def metadata(self, request: Request) -> Response:
        property_id = request.path_params["property_id"]
        refusal = None if property_id == "0" else self.refuse(request, property_id)
        if refusal is not None:
            return refusal
        return json_response(
            {
                "dimensions": [{"apiName": name, "uiName": name} for name in DIMENSIONS],
                "metrics": [{"apiName": name, "uiName": name, "type": kind} for name, kind in METRIC_TYPES.items()],
                "name": f"properties/{property_id}/metadata",
            }
        )

    def run(self, body: dict[str, Any]) -> dict[str, Any]:
        request = read_request(body, self.today())
        quota = self.spend(_cost(request))
        rows: list[Row] = []
        is_cut = False
        for first, last, name in request.ranges:
            found, cut = report(
                self.world,
                self.control.now,
                (first, last),
                dimensions=request.dimensions,
                metrics=request.metrics,
            )
            is_cut |= cut
            several = (name,) if len(request.ranges) > 1 else ()
            rows += [Row(row.dimensions + several, row.metrics) for row in found]
        names = [*request.dimensions, *(["dateRange"] if len(request.ranges) > 1 else [])]
        for field, descending in reversed(request.order):
            rows.sort(key=_reader(field, names, request.metrics), reverse=descending)
        page = rows[request.offset : request.offset + request.limit]
        reply: dict[str, Any] = {
            "dimensionHeaders": [{"name": name} for name in names],
            "metricHeaders": [{"name": name, "type": METRIC_TYPES.get(name, "TYPE_FLOAT")} for name in request.metrics],
            "rows": [_row(row) for row in page],
            "rowCount": len(rows),
            "metadata": {
                "currencyCode": request.currency or CURRENCY,
                "timeZone": PROPERTY_ZONE,
                **({"dataLossFromOtherRow": True} if is_cut else {}),
            },
            **({"propertyQuota": quota} if request.wants_quota else {}),
            "kind": "analyticsData#runReport",
        }
        # As proto3 has it: what is zero or empty is not there.
        return {name: value for name, value in reply.items() if value not in ([], 0)}

    def spend(self, cost: int) -> dict[str, dict[str, int]]:
        """Take `cost` tokens; the quota object of the reply. Raises Exhausted."""
        used = self.control.quota_used
        for name, (size, _, text) in BUCKETS.items():
            if used.get(self.bucket(name), 0) + cost > size:
                raise Exhausted(f"Exhausted property tokens for {text}")
        quota: dict[str, dict[str, int]] = {}
        for name, (size, _, _) in BUCKETS.items():
            key = self.bucket(name)
            used[key] = used.get(key, 0) + cost
            quota[name] = {"consumed": cost, "remaining": size - used[key]}
        return {**quota, **{name: {"consumed": 0, "remaining": size} for name, size in _UNUSED.items()}}

    def bucket(self, name: str) -> str:
        """The counter of a bucket: a new one each Pacific day, or each hour."""
        local = self.control.now.astimezone(_PACIFIC)
        return f"ga4/{name}/{local:%Y-%m-%dT%H}" if BUCKETS[name][1] else f"ga4/{name}/{local:%Y-%m-%d}"


def _cost(request: ReportRequest) -> int:
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
