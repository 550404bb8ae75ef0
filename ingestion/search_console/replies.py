"""What Search Console's replies mean: which failures pass, which wait, which a person must mend."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import requests

from ingestion.http import Accept, Fatal, Outcome, RefreshToken, Retry, WaitUntil

ZONE = "America/Los_Angeles"
_MINUTE = 60.0
# Google's advice for the load quota, which long date ranges and queries by page and query use up.
_LOAD_QUOTA = 15 * _MINUTE
_QUOTA_REASONS = {"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}


def classify(response: requests.Response) -> Outcome:
    """The meaning of one reply."""
    status = response.status_code
    if status < 400:
        is_whole = response.content.rstrip().endswith(b"}")
        return Accept() if is_whole else Retry("the reply broke off", attempts=3)
    message, reason = _error(response)
    if status == 401:
        return RefreshToken("Google refused the token; check sources.search_console.credentials, or make a new key")
    if status == 429 or reason in _QUOTA_REASONS:
        return _exhausted(message)
    if status == 403:
        return Fatal(_no_access(reason))
    if status >= 500:
        return Retry(f"Google answers HTTP {status}")
    if "regular expression" in message.lower():
        return Fatal(
            f"HTTP {status}: {message} Mend sources.search_console.brand_pattern: RE2 knows no look-ahead or -behind"
        )
    if status == 404 or not message:
        return Fatal(f"HTTP {status}: no such address; check sources.search_console.base_url and api_version")
    return Fatal(f"HTTP {status}: {message}")


def _exhausted(message: str) -> Outcome:
    told = message or "Google limits the requests"
    if "per day" in message.lower():
        return WaitUntil(_seconds_to_midnight(), told)
    return WaitUntil(_LOAD_QUOTA if "load quota" in message else _MINUTE, told)


def _seconds_to_midnight() -> float:
    now = datetime.now(UTC)
    tomorrow = now.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1)
    return (datetime.combine(tomorrow, time.min, ZoneInfo(ZONE)) - now).total_seconds()


def _no_access(reason: str) -> str:
    if reason == "SERVICE_DISABLED":
        return "the Google Search Console API is off in the service account's Cloud project; switch it on there"
    if reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
        return "the token was not issued for Search Console; check token_uri in sources.search_console.credentials"
    return (
        "the service account may not read this site; add its e-mail address under Settings > Users and permissions "
        "in Search Console, and write sources.search_console.site_url as it stands there (sc-domain:example.com, or "
        "https://www.example.com/)"
    )


def _error(response: requests.Response) -> tuple[str, str]:
    """Message and reason of an error, in the newer or the older envelope; empty where it is no JSON."""
    try:
        error = response.json()["error"]
        message = " ".join(str(error.get("message", "")).split())[:300]
        listed = [*error.get("details", ()), *error.get("errors", ())]
        reasons = [str(entry.get("reason", "")) for entry in listed]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""
    return message, next((reason for reason in reasons if reason), "")
