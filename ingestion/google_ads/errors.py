"""What a Google Ads reply means: by the error code in its body, not by its HTTP status alone."""

from __future__ import annotations

from typing import Any

import orjson
import requests

from ingestion.http import Accept, Fatal, Outcome, Reduce, RefreshToken, Retry, SkipEntity, WaitUntil

_CONSOLE = "https://console.cloud.google.com/google/ads-apis/overview"

SKIPPED = {
    "CUSTOMER_NOT_ENABLED": "the account is not enabled (closed, or never set up)",
    "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT": "the account is suspended",
}
HINTS = {
    "CUSTOMER_NOT_FOUND": "no such account; check sources.google_ads.login_customer_id",
    "NOT_ADS_USER": "the service account is no user of this Google Ads account; add it under Admin > Access",
    "TWO_STEP_VERIFICATION_NOT_ENROLLED": "the Google account needs two-step verification; use a service account",
    "USER_PERMISSION_DENIED": "no access; add the service account to the manager account and set "
    "sources.google_ads.login_customer_id to that manager",
    "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION": "the account is not below the manager in "
    "sources.google_ads.login_customer_id",
    "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION": "the key's Cloud project may only read test accounts; "
    f"ask for access at {_CONSOLE}",
    "MISSING_TOS": f"the terms of the API are not accepted; accept them at {_CONSOLE}",
    "PROJECT_DISABLED": f"the key's Cloud project is disabled; enable the Google Ads API at {_CONSOLE}",
    "METRIC_ACCESS_DENIED": "the service account may not see metrics; give it read-only access in the account, "
    f"and see what the project may read at {_CONSOLE}",
    "REQUESTED_METRICS_FOR_MANAGER": "a manager has no metrics; the account has become one, so run the load again",
    "UNSUPPORTED_VERSION": "the API version has ended; raise sources.google_ads.api_version",
    "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED": "days before the last 37 months are not kept; start later",
}
_REFUSED = "Google refused the credentials; make a new service-account key and put it in .dlt/secrets.toml"


def classify(response: requests.Response) -> Outcome:
    """The meaning of a reply of search or searchStream."""
    if response.status_code < 400 and b'"error"' not in response.content:
        return Accept()
    error = _error_of(response.content)
    if error is None:
        return Accept() if response.status_code < 400 else _by_status(response.status_code)
    failures = [failure for detail in error.get("details", []) for failure in detail.get("errors", [])]
    for failure in failures:
        (code,) = list(failure.get("errorCode", {}).values())[:1] or [""]
        outcome = _by_code(code, failure)
        if outcome is not None:
            return outcome
    return _by_status(int(error.get("code") or response.status_code))


def _error_of(body: bytes) -> dict[str, Any] | None:
    """The error object; searchStream wraps it in an array, perhaps after chunks of rows."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    for chunk in parsed if isinstance(parsed, list) else [parsed]:
        if isinstance(chunk, dict) and isinstance(chunk.get("error"), dict):
            return dict(chunk["error"])
    return None


def _by_code(code: str, failure: dict[str, Any]) -> Outcome | None:
    if code in SKIPPED:
        return SkipEntity(SKIPPED[code])
    if code in HINTS:
        return Fatal(HINTS[code])
    if code in ("RESOURCE_EXHAUSTED", "RESOURCE_TEMPORARILY_EXHAUSTED"):
        details = failure.get("details", {}).get("quotaErrorDetails", {})
        delay = str(details.get("retryDelay", "")).removesuffix("s")
        name = details.get("rateName", "the request quota")
        return WaitUntil(float(delay), f"{name} is used up") if _is_number(delay) else Retry(f"{name} is used up")
    if code.startswith("EXCESSIVE_"):
        return Reduce("the query uses too many resources; try again later")
    if code == "DEADLINE_EXCEEDED":
        return Reduce("the query takes too long; try again later")
    if code in ("TRANSIENT_ERROR", "INTERNAL_ERROR", "EXPIRED_PAGE_TOKEN", "INVALID_PAGE_TOKEN"):
        return Retry(f"Google answers {code}")
    if code in ("OAUTH_TOKEN_EXPIRED", "OAUTH_TOKEN_INVALID"):
        return RefreshToken(_REFUSED)
    if code:
        told = f"{code}: {failure.get('message', '')}".rstrip(":. ")
        return Fatal(f"{told}; check sources.google_ads.api_version, or mend ingestion/google_ads/tables.py")
    return None


def _by_status(status: int) -> Outcome:
    if status == 401:
        return RefreshToken(_REFUSED)
    if status == 504:
        return Retry("Google answers HTTP 504", attempts=3, reduce=True)
    if status == 429 or status >= 500:
        return Retry(f"Google answers HTTP {status}")
    if status == 404:
        return Fatal("HTTP 404; check sources.google_ads.base_url and api_version")
    return Fatal(f"HTTP {status} without a reason that is known here")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
