"""How the simulated HubSpot refuses: error bodies that a handler raises."""

from __future__ import annotations

from typing import Any

from ingestion.sandbox.faults import FAULTS, hubspot_error


class Refusal(Exception):
    """An error reply of the CRM."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body.get("message", ""))
        self.status, self.body = status, body


def invalid(message: str) -> Refusal:
    """400 for a request that breaks a rule."""
    return Refusal(400, hubspot_error("VALIDATION_ERROR", message))


def not_found(message: str) -> Refusal:
    """404 for an object or a path that is not there."""
    return Refusal(404, hubspot_error("OBJECT_NOT_FOUND", message))


def unauthorized() -> Refusal:
    """401 for a missing or unknown token."""
    fault = FAULTS["hubspot.unauthorized"]
    return Refusal(fault.status, fault.body)


def daily_limit() -> Refusal:
    """429 for an account that has used up its day."""
    fault = FAULTS["hubspot.daily"]
    return Refusal(fault.status, fault.body)


def interval_limit() -> Refusal:
    """429 for more requests in ten seconds than the portal's edition allows."""
    fault = FAULTS["hubspot.ten_secondly"]
    return Refusal(fault.status, fault.body)


def secondly_limit() -> Refusal:
    """429 for more searches in a second than an account may send."""
    fault = FAULTS["hubspot.secondly"]
    return Refusal(fault.status, fault.body)


def missing_scope(scope: str) -> Refusal:
    """403 for what the token may not read."""
    body = dict(FAULTS["hubspot.missing_scopes"].body)
    message = "One or more of the following scopes are required."
    body["errors"] = [{"message": message, "context": {"requiredGranularScopes": [scope]}}]
    return Refusal(403, body)


def item_error(category: str, message: str, ids: list[str], **more: Any) -> dict[str, Any]:
    """An entry of `errors` in a 207 reply."""
    context = {"ids": ids}
    return {"status": "error", "category": category, "message": message, "context": context} | more


def page_size(text: object, default: int, largest: int) -> int:
    """The parameter `limit`. Raises Refusal where it is no number between 1 and `largest`."""
    if text is None or text == "":
        return default
    if not str(text).isdigit() or not 1 <= int(str(text)) <= largest:
        raise invalid(f"Invalid input: limit must be between 1 and {largest}, got {text}")
    return int(str(text))


def cursor(text: object) -> int:
    """The parameter `after`, 0 where there is none. Raises Refusal where it is no number."""
    if text is None or text == "":
        return 0
    if not str(text).isdigit():
        raise invalid(f"Invalid input: after must be a number, got {text}")
    return int(str(text))
