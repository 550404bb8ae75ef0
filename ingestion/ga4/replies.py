"""What Google's replies mean: which failures pass, which wait, which a person must mend."""

from __future__ import annotations

import threading
from dataclasses import replace

import requests

from ingestion.ga4.quota import HOUR, seconds_to_midnight
from ingestion.http import Accept, Fatal, Outcome, RefreshToken, Retry, WaitUntil

# A failed request counts against ten server errors an hour, after which Google locks the property out: so many tries of
# a request, and so many errors of a load, whose requests are several at a time.
SERVER_ERROR_TRIES = 3
SERVER_ERRORS_A_LOAD = 4

# Google sends no Retry-After: the message is all there is to go by.
_WAITS = (
    ("concurrent requests", 30.0),
    ("thresholded requests", HOUR / 2),
    ("server errors", HOUR),
    ("per hour", HOUR),
)
_OF_THE_REPORT = ("is not a valid dimension", "is not a valid metric", "to make the request compatible", "limited to")


class Replies:
    """The replies of one load, with the server errors among them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._errors = 0

    def classify(self, response: requests.Response) -> Outcome:
        """The meaning of one reply; after too many server errors the next one is the last."""
        outcome = classify(response)
        if response.status_code < 500 or not isinstance(outcome, Retry):
            return outcome
        with self._lock:
            self._errors += 1
            return replace(outcome, attempts=1) if self._errors > SERVER_ERRORS_A_LOAD else outcome


def classify(response: requests.Response) -> Outcome:
    """The meaning of one reply of the Data API."""
    status = response.status_code
    if status < 400:
        is_whole = response.content.rstrip().endswith(b"}")
        return Accept() if is_whole else Retry("the reply broke off", attempts=SERVER_ERROR_TRIES)
    message, reason = _error(response)
    if status == 401:
        return RefreshToken("Google refused the token; check sources.ga4.credentials, or make a new key")
    if "Invalid property ID" in message:
        return Fatal("sources.ga4.property_id is no property; write its digits, as under Admin > Property details")
    if status == 403:
        return Fatal(_no_access(message, reason))
    if status == 429:
        return _exhausted(message)
    if status >= 500:
        return Retry(f"Google answers HTTP {status}", attempts=SERVER_ERROR_TRIES)
    if status == 404 or not message:
        return Fatal(f"HTTP {status}: no such address; check sources.ga4.base_url and api_version")
    if any(words in message for words in _OF_THE_REPORT):
        return Fatal(f"HTTP {status}: {message} Mend the report in ingestion/ga4/reports.py")
    return Fatal(f"HTTP {status}: {message}")


def _exhausted(message: str) -> Outcome:
    if "per day" in message:
        return WaitUntil(seconds_to_midnight(), f"{message} The quota begins again at midnight Pacific time")
    for words, seconds in _WAITS:
        if words in message:
            return WaitUntil(seconds, message)
    return WaitUntil(HOUR, message or "HTTP 429")


def _no_access(message: str, reason: str) -> str:
    if reason == "SERVICE_DISABLED":
        return "the Google Analytics Data API is off in the service account's Cloud project; switch it on there"
    if reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
        return "the token was not issued for Analytics; check token_uri in sources.ga4.credentials"
    return (
        "the service account may not read this property; add its e-mail address as Viewer under "
        "Admin > Property access management, and check sources.ga4.property_id"
    )


def _error(response: requests.Response) -> tuple[str, str]:
    """Message and reason of an error reply; empty where it is no JSON (an unknown path answers with HTML)."""
    try:
        error = response.json()["error"]
        message = " ".join(str(error.get("message", "")).split())[:300]
        reasons = [str(detail.get("reason", "")) for detail in error.get("details", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""
    return message, next((reason for reason in reasons if reason), "")
