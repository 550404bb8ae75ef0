"""What HubSpot's replies mean: which failures pass, which wait, and which a person must mend."""

from __future__ import annotations

from typing import Any

import requests

from ingestion.http import Accept, Fatal, Outcome, RefreshToken, Retry, SkipEntity, WaitUntil, retry_after

# The limits' own lengths, for replies that say nothing.
_ROLLING_SECONDS = 10.0
_SECONDLY_SECONDS = 1.0
_MIGRATION_SECONDS = 60.0
# HTTP status of an account on its way to another data centre, and of a token that is no token.
_MIGRATION = 477
_MALFORMED_TOKEN = 530


def classify(response: requests.Response) -> Outcome:
    """The meaning of one reply of HubSpot's API."""
    status = response.status_code
    if status < 400:
        # A gateway may end a reply early and still call it whole.
        return Accept() if response.content.rstrip().endswith(b"}") else Retry("the reply broke off", attempts=3)
    body = _body(response)
    if status == 401:
        return RefreshToken(
            "HubSpot refused sources.hubspot.access_token; make a service key in its settings and put it there"
        )
    if status == _MALFORMED_TOKEN:
        return Fatal("sources.hubspot.access_token is no HubSpot token; copy the whole service key (pat-...)")
    if status == 403:
        return SkipEntity(_no_scope(body))
    if status == 429:
        if body.get("policyName") == "DAILY":
            return Fatal("the account's daily requests are used up; they begin again at midnight in the portal's zone")
        return WaitUntil(_pause(response, body), f"{body.get('policyName', 'rate limit')} reached")
    if status == _MIGRATION:
        return WaitUntil(retry_after(response) or _MIGRATION_SECONDS, "HubSpot is moving the account")
    if status >= 500:
        return Retry(f"HubSpot answers HTTP {status}")
    if status == 404:
        return Fatal("HTTP 404: no such address; check sources.hubspot.base_url and api_version")
    # The message may quote what was sent, never more than ids and property names.
    return Fatal(f"HTTP {status} {body.get('category', '')}: {str(body.get('message', ''))[:200]}")


def _no_scope(body: dict[str, Any]) -> str:
    scopes: list[str] = []
    for error in body.get("errors", ()):
        context = error.get("context", {}) if isinstance(error, dict) else {}
        scopes += [*context.get("requiredGranularScopes", ()), *context.get("requiredScopes", ())]
    which = f"scope {', '.join(dict.fromkeys(scopes))}" if scopes else "a scope that this needs"
    return f"the token lacks {which}; tick it for the service key in HubSpot's settings"


def _pause(response: requests.Response, body: dict[str, Any]) -> float:
    seconds = retry_after(response)
    if seconds is not None:
        return seconds
    if body.get("policyName") == "SECONDLY":  # of searches, whose replies have no such headers
        return _SECONDLY_SECONDS
    interval = response.headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "")
    return int(interval) / 1000 if interval.isdigit() else _ROLLING_SECONDS


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
