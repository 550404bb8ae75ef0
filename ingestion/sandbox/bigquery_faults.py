"""The documented failures of BigQuery's API by name, in its own envelope: `errors` beside the message."""

from __future__ import annotations

from typing import Any

from ingestion.sandbox.fault_reply import Fault

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_DATASET = "larkspur-analytics:analytics_345678901"
_JSON = {"content-type": "application/json; charset=UTF-8"}
_PAGE = '{"kind":"bigquery#tableDataList","totalRows":"700","rows":[{"f":[{"v":"2026112'


def bigquery_error(code: int, reason: str, message: str, **more: Any) -> dict[str, Any]:
    """The body of an error; `more` goes beside its only entry's reason."""
    entry = {"message": message, "domain": "global", "reason": reason, **more}
    return {"error": {"code": code, "message": message, "errors": [entry], "status": STATUS[code]}}


def _fault(code: int, reason: str, message: str, **more: Any) -> Fault:
    return Fault(code, bigquery_error(code, reason, message, **more))


def _denied(kind: str, message: str) -> Fault:
    body = bigquery_error(403, "accessNotConfigured" if kind == "SERVICE_DISABLED" else "forbidden", message)
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": kind, "domain": "googleapis.com"}
    return Fault(403, {"error": body["error"] | {"details": [info]}})


BIGQUERY_FAULTS: dict[str, Fault] = {
    "bigquery.token_expired": Fault(
        401,
        bigquery_error(
            401,
            "authError",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
            "valid authentication credential.",
            location="Authorization",
            locationType="header",
        ),
        {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    ),
    "bigquery.access_denied": _fault(
        403,
        "accessDenied",
        f"Access Denied: Table {_DATASET}.events_20261120: Permission bigquery.tables.getData denied on table "
        f"{_DATASET}.events_20261120 (or it may not exist).",
    ),
    "bigquery.service_disabled": _denied(
        "SERVICE_DISABLED",
        "BigQuery API has not been used in project 1234567890 before or it is disabled. Enable it by visiting "
        "https://console.developers.google.com/apis/api/bigquery.googleapis.com/overview then retry.",
    ),
    "bigquery.scope_insufficient": _denied(
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "Request had insufficient authentication scopes."
    ),
    "bigquery.rate_limit": _fault(
        403,
        "rateLimitExceeded",
        "Exceeded rate limits: too many api requests per user per method for this user_method.",
    ),
    "bigquery.quota_per_minute": _fault(
        403, "quotaExceeded", "Quota exceeded: Your project exceeded quota for tabledata.list bytes per minute."
    ),
    "bigquery.quota_exceeded": _fault(
        403, "quotaExceeded", "Quota exceeded: Your project exceeded quota for tabledata.list bytes."
    ),
    "bigquery.too_many_requests": _fault(429, "rateLimitExceeded", "Too many requests."),
    "bigquery.internal_error": _fault(500, "internalError", "An internal error occurred and the request failed."),
    "bigquery.backend_error": _fault(503, "backendError", "Error encountered during execution. Retrying may solve it."),
    "bigquery.dataset_missing": _fault(404, "notFound", f"Not found: Dataset {_DATASET}"),
    "bigquery.table_missing": _fault(404, "notFound", f"Not found: Table {_DATASET}.events_20261120"),
    "bigquery.page_token": _fault(400, "invalid", "Invalid page token."),
    "bigquery.page_token_expired": _fault(400, "invalid", "The page token has expired. Restart the listing."),
    "bigquery.invalid": _fault(400, "invalid", "Invalid value for maxResults: many"),
    # Replies that break off: with status 200 in the middle of a row, and on the wire.
    "bigquery.cut_reply": Fault(200, _PAGE, _JSON),
    "bigquery.cut_connection": Fault(200, _PAGE, _JSON | {"content-length": "100000"}),
    "bigquery.not_found": Fault(
        404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", {"content-type": "text/html"}
    ),
}
