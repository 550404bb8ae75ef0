"""CRM search: filters, one sort, and at most 10,000 results a query."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ingestion.sandbox.hubspot_catalog import PROPERTIES
from ingestion.sandbox.hubspot_objects import CrmObject
from ingestion.sandbox.hubspot_replies import cursor, invalid, page_size

PAGE_LIMIT = 200
RESULT_LIMIT = 10_000
GROUPS, FILTERS, ALL_FILTERS = 5, 6, 18
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda value, wanted: bool(value == wanted),
    "NEQ": lambda value, wanted: bool(value != wanted),
    "GT": lambda value, wanted: bool(value > wanted),
    "GTE": lambda value, wanted: bool(value >= wanted),
    "LT": lambda value, wanted: bool(value < wanted),
    "LTE": lambda value, wanted: bool(value <= wanted),
}


def search(kind: str, objects: Iterable[CrmObject], body: dict[str, Any]) -> dict[str, Any]:
    """The reply to a search over `objects`. Raises Refusal for what the vendor answers with 400."""
    limit = page_size(body.get("limit"), 10, PAGE_LIMIT)
    start = cursor(body.get("after"))
    if start + limit > RESULT_LIMIT:
        raise invalid(f"Paging beyond {RESULT_LIMIT} results is not supported: after {start}, limit {limit}")
    groups = body.get("filterGroups") or []
    filters = [condition for group in groups for condition in group.get("filters", ())]
    if len(groups) > GROUPS or len(filters) > ALL_FILTERS or any(len(g.get("filters", ())) > FILTERS for g in groups):
        raise invalid(f"A search takes {GROUPS} filterGroups with {FILTERS} filters each, {ALL_FILTERS} in all")
    for condition in filters:
        _check(kind, condition)
    found = [
        one
        for one in objects
        if not one.is_archived
        and (not groups or any(all(_holds(kind, one, c) for c in group.get("filters", ())) for group in groups))
    ]
    found = _sorted(kind, found, body.get("sorts") or [])
    page = found[start : start + limit]
    reply: dict[str, Any] = {
        "total": len(found),
        "results": [one.as_json(kind, body.get("properties") or ()) for one in page],
    }
    if start + limit < len(found):
        reply["paging"] = {"next": {"after": str(start + limit)}}
    return reply


def _check(kind: str, condition: dict[str, Any]) -> None:
    name, operator = condition.get("propertyName"), condition.get("operator")
    if name not in PROPERTIES[kind]:
        raise invalid(f"There was a problem with the request: property {name} does not exist")
    if operator not in {*_COMPARISONS, "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        raise invalid(f"Invalid input: operator {operator} is not known")
    needed = {"BETWEEN": ("value", "highValue"), "IN": ("values",), "NOT_IN": ("values",)}
    for member in () if str(operator).endswith("HAS_PROPERTY") else needed.get(str(operator), ("value",)):
        if member not in condition:
            raise invalid(f"Invalid input: operator {operator} needs {member}")


def _holds(kind: str, one: CrmObject, condition: dict[str, Any]) -> bool:
    name, operator = condition["propertyName"], condition["operator"]
    held = one.properties.get(name)
    if operator.endswith("HAS_PROPERTY"):
        return (held is not None) is (operator == "HAS_PROPERTY")
    if held is None:
        return operator in {"NEQ", "NOT_IN"}
    value = _typed(kind, name, held)
    if operator == "BETWEEN":
        return bool(_typed(kind, name, condition["value"]) <= value <= _typed(kind, name, condition["highValue"]))
    if operator in {"IN", "NOT_IN"}:
        return (value in [_typed(kind, name, text) for text in condition["values"]]) is (operator == "IN")
    return _COMPARISONS[operator](value, _typed(kind, name, condition["value"]))


def _typed(kind: str, name: str, text: Any) -> Any:
    """A value to compare by: milliseconds for times (given as such or in ISO form), Decimal, or lower-case text."""
    text = str(text)
    form = PROPERTIES[kind][name][1]
    try:
        if form == "datetime" and not text.isdigit():
            return Decimal(round(datetime.fromisoformat(text).timestamp() * 1000))
        if form in {"datetime", "number"}:
            return Decimal(text)
    except (ValueError, InvalidOperation):
        raise invalid(f"Invalid input: {text} is no value for {name}") from None
    return text.lower()


def _sorted(kind: str, found: list[CrmObject], sorts: list[Any]) -> list[CrmObject]:
    """By the first sort, objects without a value first; without a sort in order of creation."""
    if not sorts:
        return sorted(found, key=lambda one: (one.created_at, one.object_id))
    name = sorts[0].get("propertyName") if isinstance(sorts[0], dict) else str(sorts[0])
    if name not in PROPERTIES[kind]:
        raise invalid(f"There was a problem with the request: property {name} does not exist")
    descends = isinstance(sorts[0], dict) and sorts[0].get("direction") == "DESCENDING"

    def place(one: CrmObject) -> tuple[bool, Any]:
        held = one.properties.get(name)
        return (False, 0) if held is None else (True, _typed(kind, name, held))

    return sorted(found, key=place, reverse=descends)
