"""What BigQuery's replies mean: which failures pass, which wait, and which a person must mend."""

from __future__ import annotations

import requests

from ingestion.http import Accept, Fatal, Outcome, Reduce, RefreshToken, Retry, SkipEntity, WaitUntil

_PASSING = {"rateLimitExceeded", "backendError", "internalError"}
_MINUTE, _HOUR = 60.0, 3600.0


def classify(response: requests.Response) -> Outcome:
    """The meaning of one reply of BigQuery's API."""
    status = response.status_code
    if status < 400:
        # Every reply is one object; a longer look at megabytes of rows is taken where they are read.
        is_whole = response.content.rstrip().endswith(b"}")
        return Accept() if is_whole else Retry("the reply broke off", attempts=3, reduce=True)
    message, reason = _error(response)
    if status == 401:
        return RefreshToken("Google refused the token; check sources.ga4_export.credentials, or make a new key")
    if status >= 500 or status == 429 or reason in _PASSING:
        return Retry(f"BigQuery answers HTTP {status} {reason}".strip())
    if reason == "quotaExceeded":
        return WaitUntil(_MINUTE if "per minute" in message or "per second" in message else _HOUR, message)
    if status == 403:
        return Fatal(_no_access(message))
    if status == 400 and "page token" in message.lower():
        return Reduce("the page token is no longer valid; try again later")
    if status == 404 and "/tables/events_" in response.url:
        return SkipEntity("the table is gone")
    if status == 404 and message:
        return Fatal(
            "there is no such dataset; link the property to BigQuery (Admin > BigQuery links), "
            "or mend sources.ga4_export.project_id and property_id"
        )
    if status == 404:
        return Fatal("HTTP 404: no such address; check sources.ga4_export.base_url and api_version")
    return Fatal(f"HTTP {status}: {message}")


def _no_access(message: str) -> str:
    if "has not been used" in message or "is disabled" in message:
        return "the BigQuery API is off in the service account's Cloud project; switch it on there"
    if "authentication scopes" in message:
        return "the token was not issued for BigQuery; check token_uri in sources.ga4_export.credentials"
    return (
        "the service account may not read the export; give it the role 'BigQuery Data Viewer' on the dataset, and "
        "check sources.ga4_export.project_id"
    )


def _error(response: requests.Response) -> tuple[str, str]:
    """Message and reason of an error reply; empty where it is no JSON."""
    try:
        error = response.json()["error"]
        reason = str(error["errors"][0]["reason"]) if error.get("errors") else ""
        return " ".join(str(error.get("message", "")).split())[:300], reason
    except (ValueError, KeyError, TypeError, IndexError):
        return "", ""
