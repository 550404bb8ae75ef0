"""What BigQuery's replies mean: which failures pass, which wait, and which a person must mend."""

from __future__ import annotations

import requests

from ingestion.http import Accept, Fatal, Outcome, RefreshToken, Retry, SkipEntity

_THROTTLED = {"rateLimitExceeded", "backendError", "internalError"}


def classify(response: requests.Response) -> Outcome:
    """The meaning of one reply of BigQuery's API."""
    status = response.status_code
    if status < 400:
        return Accept()
    message, reason = _error(response)
    if status == 401:
        return RefreshToken("Google refused the token; check sources.ga4_export.credentials, or make a new key")
    if status >= 500 or status == 429 or reason in _THROTTLED:
        return Retry(f"BigQuery answers HTTP {status} {reason}".strip())
    if reason == "quotaExceeded":
        return Fatal("BigQuery's daily quota of this project is used up; try again tomorrow")
    if status == 403:
        return Fatal(
            "the service account may not read the export; give it the role 'BigQuery Data Viewer' on the dataset "
            "and switch on the BigQuery API in the project"
        )
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


def _error(response: requests.Response) -> tuple[str, str]:
    """Message and reason of an error reply; empty where it is no JSON."""
    try:
        error = response.json()["error"]
        reason = str(error["errors"][0]["reason"]) if error.get("errors") else ""
        return " ".join(str(error.get("message", "")).split())[:300], reason
    except (ValueError, KeyError, TypeError, IndexError):
        return "", ""
