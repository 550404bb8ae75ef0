"""What a report request may hold, checked in the order in which Google checks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson

from ingestion.sandbox.ga4_fields import ALIASES, DIMENSIONS, METRICS, incompatible
from ingestion.sandbox.ga4_filters import BadFilter, compiled, fields_of

DEFAULT_LIMIT = 10_000
LARGEST_LIMIT = 250_000
BATCH_LIMIT = 5
MOST_DIMENSIONS, MOST_METRICS, MOST_RANGES = 9, 10, 4

_FIELDS = {
    "": {
        "property", "dimensions", "metrics", "dateRanges", "dimensionFilter", "metricFilter", "offset", "limit",
        "metricAggregations", "orderBys", "currencyCode", "cohortSpec", "keepEmptyRows", "returnPropertyQuota",
        "comparisons",
    },
    "dimensions": {"name", "dimensionExpression"},
    "metrics": {"name", "expression", "invisible"},
    "dateRanges": {"startDate", "endDate", "name"},
    "orderBys": {"metric", "dimension", "pivot", "desc"},
}  # fmt: skip
_NOT_SIMULATED = ("cohortSpec", "comparisons")
_AGGREGATIONS = ("TOTAL", "MINIMUM", "MAXIMUM")
_AGGREGATION_TYPE = "type.googleapis.com/google.analytics.data.v1beta.MetricAggregation"
_COMPATIBILITY_FIELDS = {"property", "dimensions", "metrics", "dimensionFilter", "metricFilter", "compatibilityFilter"}
_FILTERS = ("", "COMPATIBILITY_UNSPECIFIED", "COMPATIBLE", "INCOMPATIBLE")
_SCHEMA_LINK = "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema"


class BadRequest(ValueError):
    """The request is refused with INVALID_ARGUMENT; `details` go beside the message."""

    def __init__(self, message: str, details: list[Any] | None = None) -> None:
        super().__init__(message)
        self.details = details


@dataclass(frozen=True)
class ReportRequest:
    """A request that passed every check."""

    ranges: list[tuple[date, date, str]]
    dimensions: list[str]
    metrics: list[str]
    limit: int
    offset: int
    order: list[tuple[str, bool]]
    """(dimension or metric, descending)."""
    wants_quota: bool
    currency: str | None
    dimension_filter: dict[str, Any]
    metric_filter: dict[str, Any]
    aggregations: tuple[str, ...]
    """TOTAL, MINIMUM or MAXIMUM, in the order asked for."""

    @property
    def days(self) -> int:
        return sum((last - first).days + 1 for first, last, _ in self.ranges)


def read_body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises BadRequest."""
    try:
        body = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError:
        raise BadRequest("Invalid JSON payload received. Unexpected token.") from None
    if not isinstance(body, dict):
        text = 'Invalid JSON payload received. Unknown name "": Root element must be a message.'
        raise BadRequest(text)
    return body


def read_request(body: dict[str, Any], today: date) -> ReportRequest:
    """The checked request; `today` is the property's. Raises BadRequest."""
    _reject_unknown(body)
    for name in _NOT_SIMULATED:
        if body.get(name):
            raise BadRequest(f"The sandbox does not simulate {name}.")
    dimensions, metrics = _read_fields(body)
    limit = _whole(body, "limit", DEFAULT_LIMIT) or DEFAULT_LIMIT
    offset = _whole(body, "offset", 0)
    if not body.get("dateRanges"):
        raise BadRequest("A dateRange is required.")
    if len(body["dateRanges"]) > MOST_RANGES:
        raise BadRequest(
            f"Requests are limited to {MOST_RANGES} dateRanges.\n  This request contains {len(body['dateRanges'])} "
            "dateRanges."
        )
    ranges = [_range(entry, number, today) for number, entry in enumerate(body["dateRanges"])]
    if len(dimensions) > MOST_DIMENSIONS:
        raise BadRequest(f"Requests are limited to {MOST_DIMENSIONS} dimensions within a nested request.")
    if len(metrics) > MOST_METRICS:
        raise BadRequest(f"Requests are limited to {MOST_METRICS} metrics within a nested request.")
    if not dimensions and not metrics:
        raise BadRequest("Requests must contain dimensions and/or metrics.")
    _refuse_duplicates(dimensions, metrics)
    _refuse_incompatible(dimensions, metrics)
    order = _order(body.get("orderBys", []), dimensions, metrics)
    wants_quota = bool(body.get("returnPropertyQuota"))
    currency = body.get("currencyCode")
    limit = min(limit, LARGEST_LIMIT)
    filters = (body.get("dimensionFilter", {}), body.get("metricFilter", {}))
    try:
        for one in filters:
            compiled(one)
    except BadFilter as error:
        raise BadRequest(str(error)) from None
    aggregations = _aggregations(body.get("metricAggregations", []))
    return ReportRequest(
        ranges, dimensions, metrics, limit, offset, order, wants_quota, currency, *filters, aggregations
    )


def read_compatibility(body: dict[str, Any]) -> tuple[list[str], list[str], str]:
    """Dimensions, metrics and the filter of a checkCompatibility request. Raises BadRequest, also where they clash."""
    _reject_unknown(body, {**_FIELDS, "": _COMPATIBILITY_FIELDS})
    wanted = str(body.get("compatibilityFilter", ""))
    if wanted not in _FILTERS:
        raise BadRequest(f"Invalid value at 'compatibility_filter' (Compatibility), \"{wanted}\"")
    dimensions, metrics = _read_fields(body)
    _refuse_incompatible(dimensions, metrics)
    return dimensions, metrics, wanted.replace(_FILTERS[1], "")


def read_batch(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The requests of a batch. Raises BadRequest."""
    _reject_unknown(body, {"": {"requests"}})
    requests = body.get("requests", [])
    if len(requests) > BATCH_LIMIT:
        raise BadRequest(
            f"Batch requests are limited to {BATCH_LIMIT} requests.\n  This batch request contains {len(requests)} "
            "requests."
        )
    if not requests:
        raise BadRequest("The batchRunReportsRequest must contain at least one runReportRequest.")
    return list(requests)


def _read_fields(body: dict[str, Any]) -> tuple[list[str], list[str]]:
    dimensions = [str(entry.get("name", "")) for entry in body.get("dimensions", [])]
    metrics = [str(entry.get("name", "")) for entry in body.get("metrics", [])]
    link = f"For a list of valid dimensions and metrics, see {_SCHEMA_LINK} "
    asked = [fields_of(body.get(name, {})) for name in ("dimensionFilter", "metricFilter")]
    for name in (*dimensions, *asked[0]):
        if ALIASES.get(name, name) not in DIMENSIONS:
            raise BadRequest(f"Field {name} is not a valid dimension. {link}")
    for name in (*metrics, *asked[1]):
        if ALIASES.get(name, name) not in METRICS:
            raise BadRequest(f"Field {name} is not a valid metric.  {link}")
    return dimensions, metrics


def _refuse_duplicates(dimensions: list[str], metrics: list[str]) -> None:
    if twice := sorted({name for name in dimensions if dimensions.count(name) > 1}):
        raise BadRequest(f"Found duplicate dimensions: {', '.join(twice)}")
    if twice := sorted({name for name in metrics if metrics.count(name) > 1}):
        raise BadRequest(f"Duplicate metrics are not allowed. Found duplicate metrics: {', '.join(twice)}")


def _aggregations(asked: list[str]) -> tuple[str, ...]:
    for number, name in enumerate(asked):
        if name == "COUNT":
            raise BadRequest("Metric aggregation Count is not supported in ReportRequest.")
        if name not in _AGGREGATIONS:
            raise BadRequest(f"Invalid value at 'metric_aggregations[{number}]' ({_AGGREGATION_TYPE}), \"{name}\"")
    return tuple(asked)


def _refuse_incompatible(dimensions: list[str], metrics: list[str]) -> None:
    extra = incompatible(dimensions, metrics)
    if extra:
        raise BadRequest(
            f"Please remove {extra} to make the request compatible. The request's dimensions & metrics are "
            "incompatible. To learn more, see https://ga-dev-tools.web.app/ga4/dimensions-metrics-explorer/"
        )


def _reject_unknown(body: dict[str, Any], fields: Mapping[str, set[str]] = _FIELDS) -> None:
    """Every key that nobody knows is told, where it stands by the name of Google's own message."""
    violations: list[dict[str, str]] = []
    for where, allowed in fields.items():
        for number, entry in enumerate([body] if not where else body.get(where, [])):
            at = f"{re.sub('(?=[A-Z])', '_', where).lower()}[{number}]" if where else ""
            for name in entry:
                if name not in allowed:
                    place = f" at '{at}'" if at else ""
                    text = f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.'
                    violations.append({"description": text, **({"field": at} if at else {})})
    if violations:
        details = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
        raise BadRequest("\n".join(one["description"] for one in violations), [details])


def _whole(body: dict[str, Any], name: str, default: int) -> int:
    text = str(body.get(name, default))
    if not re.fullmatch(r"-?\d+", text):
        raise BadRequest(f"Invalid value at '{name}' (TYPE_INT64), \"{text}\"")
    if int(text) < 0:
        raise BadRequest(f"{name} must be positive. The API received {name} = {text}")
    return int(text)


def _range(entry: dict[str, str], number: int, today: date) -> tuple[date, date, str]:
    first, last = (_day(entry.get(name, ""), name, today) for name in ("startDate", "endDate"))
    if first > last:
        raise BadRequest(
            f"start_date must be less than or equal to end_date. start_date = {first} and end_date = {last}"
        )
    return first, last, entry.get("name") or f"date_range_{number}"


def _day(text: str, name: str, today: date) -> date:
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    ago = re.fullmatch(r"(\d{1,5})daysAgo", text)
    if ago:
        return today - timedelta(days=int(ago[1]))
    try:
        day = date.fromisoformat(text)
    except ValueError:
        told = f"Invalid {name} : {text}. {name} must be YYYY-MM-DD, NdaysAgo, yesterday, or today."
        raise BadRequest(told) from None
    if not date(2015, 8, 13) < day < date(3000, 1, 1):
        raise BadRequest(f"{name} {text} is out of range: later than 2015-08-13 and before 3000-01-01.")
    return day


def _order(entries: list[dict[str, Any]], dimensions: list[str], metrics: list[str]) -> list[tuple[str, bool]]:
    order = []
    for entry in entries:
        name = entry.get("metric", {}).get("metricName") or entry.get("dimension", {}).get("dimensionName") or ""
        if name not in (*dimensions, *metrics):
            raise BadRequest(f"Field {name} exists in OrderBy but is not defined in input Dimensions/Metrics list")
        order.append((name, bool(entry.get("desc"))))
    return order
