"""The vendors' documented failures by name: what an injected fault answers instead of the real reply."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ingestion.sandbox.ecb_faults import ECB_FAULTS
from ingestion.sandbox.fault_reply import Fault
from ingestion.sandbox.google_ads_faults import GOOGLE_ADS_FAULTS
from ingestion.sandbox.google_faults import GOOGLE_FAULTS
from ingestion.sandbox.meta_faults import META_FAULTS, META_PATHS


def named(name: str, *, streamed: bool = True) -> Fault:
    """The fault of that name, ready for `Control.inject`.

    Google Ads' errors come inside an array, as searchStream sends them, unless `streamed` is False (search, and
    every other method). Raises KeyError when no fault has that name; `FAULTS` lists them.
    """
    fault = FAULTS[name]
    if streamed and name.startswith("google_ads.") and isinstance(fault.body, dict):
        return replace(fault, body=[fault.body])
    return fault


# Which requests a fault of each vendor strikes when nobody says otherwise: those that bring data.
_PATHS = {
    "any": "^/(?!oauth2)",
    "oauth": "^/oauth2/",
    "ga4": "^/v1beta/",
    "bigquery": "^/bigquery/",
    "google_ads": "googleAds:search",
    "meta": r"^/v26\.0/",
    "hubspot": "^/crm/",
    "search_console": "^/webmasters/",
    "ecb": "^/service/data/",
}
# Replies that answer no other kind of request.
_PATHS_OF_THEIR_OWN = META_PATHS | {"hubspot.batch_in_part": "^/crm/.*/batch/read$"}


def default_path(name: str) -> str:
    """The regular expression of the paths that the fault `name` (vendor.fault) strikes by default."""
    return _PATHS_OF_THEIR_OWN.get(name) or _PATHS.get(name.split(".", maxsplit=1)[0], "^/")


def hubspot_error(category: str, message: str, **more: Any) -> dict[str, Any]:
    """HubSpot's error body."""
    return {
        "status": "error",
        "message": message,
        "correlationId": "c033cdaa-2c40-4a64-ae48-b4cec88dad24",
        "category": category,
    } | more


def _hubspot_limit(policy: str, message: str, retry_after: str | None = None) -> Fault:
    body = hubspot_error("RATE_LIMITS", message, errorType="RATE_LIMIT", policyName=policy, requestId="sandbox")
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Fault(429, body, headers)


_TEN_SECONDLY = "You have reached your ten_secondly_rolling limit."
_NO_SCOPES = (
    "This app hasn't been granted all required scopes to make this call. "
    "Read more about required scopes here: https://developers.hubspot.com/scopes."
)

FAULTS: dict[str, Fault] = {
    "any.500": Fault(500, "Internal Server Error", {"content-type": "text/plain"}),
    "any.502": Fault(502, "<html><body>Bad Gateway</body></html>", {"content-type": "text/html"}),
    "any.503": Fault(503, "Service Unavailable", {"content-type": "text/plain"}),
    **GOOGLE_ADS_FAULTS,
    **META_FAULTS,
    "hubspot.ten_secondly": _hubspot_limit("TEN_SECONDLY_ROLLING", _TEN_SECONDLY),
    "hubspot.ten_secondly_retry_after": _hubspot_limit("TEN_SECONDLY_ROLLING", _TEN_SECONDLY, "10"),
    "hubspot.secondly": _hubspot_limit("SECONDLY", "You have reached your secondly limit."),
    "hubspot.daily": _hubspot_limit("DAILY", "You have reached your daily limit."),
    "hubspot.unauthorized": Fault(
        401,
        hubspot_error(
            "INVALID_AUTHENTICATION",
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find "
            "more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        ),
    ),
    "hubspot.missing_scopes": Fault(
        403,
        hubspot_error(
            "MISSING_SCOPES",
            _NO_SCOPES,
            errors=[
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": ["crm.objects.deals.read"]},
                }
            ],
        ),
    ),
    "hubspot.migration_477": Fault(
        477, hubspot_error("MIGRATION_IN_PROGRESS", "The account is being moved."), {"Retry-After": "30"}
    ),
    **{
        f"hubspot.cloudflare_{status}": Fault(status, f"error code: {status}", {"content-type": "text/plain"})
        for status in (521, 522, 523, 524)
    },
    "hubspot.server_error": Fault(500, hubspot_error("INTERNAL_ERROR", "Internal error")),
    "hubspot.bad_gateway": Fault(502, "<html>502 Bad Gateway</html>", {"content-type": "text/html"}),
    "hubspot.unavailable": Fault(503, "<html>503 Service Unavailable</html>", {"content-type": "text/html"}),
    "hubspot.malformed_token": Fault(530, "error code: 530", {"content-type": "text/plain"}),
    "hubspot.token_expired": Fault(
        401,
        hubspot_error(
            "EXPIRED_AUTHENTICATION",
            "The OAuth token used to make this call expired 3 minute(s) ago.",
            context={"expire time": ["2026-11-23T07:57:00Z"]},
        ),
    ),
    "hubspot.validation_error": Fault(
        400, hubspot_error("VALIDATION_ERROR", "Invalid input JSON on line 1, column 2: Cannot deserialize value")
    ),
    "hubspot.gateway_timeout": Fault(504, "<html>504 Gateway Time-out</html>", {"content-type": "text/html"}),
    "hubspot.throttled_page": Fault(429, "<html>Too many requests</html>", {"content-type": "text/html"}),
    "hubspot.no_such_address": Fault(404, hubspot_error("OBJECT_NOT_FOUND", "resource not found")),
    "hubspot.beyond_10000": Fault(
        400, hubspot_error("VALIDATION_ERROR", "Paging beyond 10000 results is not supported: after 9801, limit 200")
    ),
    # A batch of which some could not be read, for a reason that passes.
    "hubspot.batch_in_part": Fault(
        207,
        {
            "status": "COMPLETE",
            "results": [],
            "startedAt": "2026-11-23T08:00:00.000Z",
            "completedAt": "2026-11-23T08:00:00.000Z",
            "numErrors": 2,
            "errors": [
                {
                    "status": "error",
                    "category": "INTERNAL_ERROR",
                    "message": "Could not read a@b.example",
                    "context": {"ids": ["516"]},
                    "errors": [],
                    "links": {},
                }
            ],
        },
    ),
    "hubspot.cut_reply": Fault(200, '{"results":[{"id":"501","proper', {"content-type": "application/json"}),
    **ECB_FAULTS,
    **GOOGLE_FAULTS,
}
