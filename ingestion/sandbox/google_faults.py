"""The documented failures of Google's token endpoint, of GA4, its export and Search Console, by name."""

from __future__ import annotations

from typing import Any

from ingestion.sandbox.bigquery_faults import BIGQUERY_FAULTS
from ingestion.sandbox.fault_reply import Fault

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_SCHEMA = "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema"
_PROPERTY = "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id"
_UNAUTHENTICATED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
_BEARER = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'}
_PAGE = (
    "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title>"
    "<p><b>404.</b> <ins>That's an error.</ins></html>"
)


def _google(status: int, message: str, *, reason: str = "", headers: dict[str, str] | None = None) -> Fault:
    error: dict[str, Any] = {"code": status, "message": message, "status": _STATUS[status]}
    if reason:
        error["details"] = [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
        ]
    return Fault(status, {"error": error}, headers or {})


def _legacy(status: int, message: str, reason: str, domain: str = "global") -> Fault:
    """The older envelope of errors, which Search Console still uses."""
    listed = [{"message": message, "domain": domain, "reason": reason}]
    return Fault(status, {"error": {"code": status, "message": message, "errors": listed}})


def _grant(status: int, error: str, description: str) -> Fault:
    return Fault(status, {"error": error, "error_description": description})


TOKEN_FAULTS: dict[str, Fault] = {
    "oauth.invalid_signature": _grant(400, "invalid_grant", "Invalid JWT Signature."),
    "oauth.account_not_found": _grant(400, "invalid_grant", "Invalid grant: account not found"),
    "oauth.clock_skew": _grant(
        400,
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
        "Check your iat and exp values in the JWT claim.",
    ),
    "oauth.invalid_scope": _grant(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided."),
    # What Google says to a scope that it does not know.
    "oauth.no_access_token": Fault(200, {"id_token": "sandbox.id.token"}),
    "oauth.unavailable": _grant(503, "temporarily_unavailable", "The service is currently unavailable."),
}

GA4_FAULTS: dict[str, Fault] = {
    "ga4.tokens_per_hour": _google(
        429, "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour."
    ),
    "ga4.property_tokens_per_hour": _google(
        429, "Exhausted property tokens for a property per hour. These quota tokens will return in under an hour."
    ),
    "ga4.tokens_per_day": _google(
        429, "Exhausted property tokens for a property per day. These quota tokens will return in less than 24 hours."
    ),
    "ga4.concurrent_requests": _google(
        429, "Exhausted concurrent requests quota. Please wait for some requests to finish."
    ),
    "ga4.thresholded": _google(429, "Exhausted potentially thresholded requests quota."),
    "ga4.server_errors_quota": _google(429, "Exhausted server errors quota."),
    "ga4.server_error": _google(500, "Internal error encountered."),
    "ga4.unavailable": _google(503, "The service is currently unavailable."),
    "ga4.deadline_exceeded": _google(504, "Deadline expired before operation could complete."),
    "ga4.unauthenticated": _google(401, _UNAUTHENTICATED, headers=_BEARER),
    "ga4.permission_denied": _google(
        403,
        "User does not have sufficient permissions for this property. "
        f"To learn more about Property ID, see {_PROPERTY}.",
    ),
    "ga4.service_disabled": _google(
        403,
        "Google Analytics Data API has not been used in project 1234567890 before or it is disabled. Enable it by "
        "visiting https://console.developers.google.com/apis/api/analyticsdata.googleapis.com/overview then retry.",
        reason="SERVICE_DISABLED",
    ),
    "ga4.scope_insufficient": _google(
        403, "Request had insufficient authentication scopes.", reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    ),
    "ga4.invalid_property": _google(
        400,
        "Invalid property ID: abc. A numeric Property ID is required. "
        f"To learn more about Property ID, see {_PROPERTY}.",
    ),
    "ga4.unknown_dimension": _google(
        400, f"Field datum is not a valid dimension. For a list of valid dimensions and metrics, see {_SCHEMA} "
    ),
    "ga4.unknown_metric": _google(
        400, f"Field sesions is not a valid metric.  For a list of valid dimensions and metrics, see {_SCHEMA} "
    ),
    "ga4.incompatible": _google(
        400,
        "Please remove itemName to make the request compatible. The request's dimensions & metrics are incompatible. "
        "To learn more, see https://ga-dev-tools.web.app/ga4/dimensions-metrics-explorer/",
    ),
    "ga4.too_many_dimensions": _google(400, "Requests are limited to 9 dimensions within a nested request."),
    "ga4.unknown_name": _google(400, 'Invalid JSON payload received. Unknown name "x": Cannot find field.'),
    # A reply that ends in the middle of a row.
    "ga4.cut_reply": Fault(
        200, '{"dimensionHeaders":[{"name":"date"}],"rows":[{"dim', {"content-type": "application/json"}
    ),
    "ga4.not_found": Fault(404, _PAGE, {"content-type": "text/html"}),
}

_LIMITS = "Learn about usage limits: https://developers.google.com/webmaster-tools/limits."
SEARCH_CONSOLE_FAULTS: dict[str, Fault] = {
    "search_console.qpm": _google(
        429,
        "Quota exceeded for quota metric 'Search Analytics queries' and limit 'Queries per minute per site' of "
        "service 'searchconsole.googleapis.com'.",
        reason="RATE_LIMIT_EXCEEDED",
    ),
    "search_console.qpd": _google(
        429,
        "Quota exceeded for quota metric 'Search Analytics queries' and limit 'Queries per day' of service "
        "'searchconsole.googleapis.com'.",
        reason="RATE_LIMIT_EXCEEDED",
    ),
    "search_console.load_quota": _legacy(
        403, f"Search Analytics load quota exceeded. {_LIMITS}", "quotaExceeded", "usageLimits"
    ),
    "search_console.forbidden": _legacy(
        403,
        "User does not have sufficient permission for site 'sc-domain:larkspur-office.example'. "
        "See also: https://support.google.com/webmasters/answer/2451999.",
        "forbidden",
    ),
    "search_console.service_disabled": _google(
        403,
        "Google Search Console API has not been used in project 1234567890 before or it is disabled.",
        reason="SERVICE_DISABLED",
    ),
    "search_console.unauthenticated": _google(401, _UNAUTHENTICATED, headers=_BEARER),
    "search_console.scope_insufficient": _google(
        403, "Request had insufficient authentication scopes.", reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    ),
    "search_console.rate_limit": _legacy(403, "User Rate Limit Exceeded", "userRateLimitExceeded", "usageLimits"),
    "search_console.invalid": _legacy(
        400, "Request contains an invalid argument: start date cannot be after end date.", "invalidParameter"
    ),
    # A reply that ends in the middle of a row.
    "search_console.cut_reply": Fault(
        200, '{"rows":[{"keys":["2026-11-18"],"clicks":1', {"content-type": "application/json"}
    ),
    "search_console.bad_regex": _legacy(400, "Invalid regular expression: missing ).", "invalidParameter"),
    "search_console.server_error": _legacy(500, "Internal error encountered.", "backendError"),
    "search_console.unavailable": _legacy(503, "Backend Error", "backendError"),
    "search_console.not_found": Fault(404, _PAGE, {"content-type": "text/html"}),
}

GOOGLE_FAULTS = {**TOKEN_FAULTS, **GA4_FAULTS, **BIGQUERY_FAULTS, **SEARCH_CONSOLE_FAULTS}
