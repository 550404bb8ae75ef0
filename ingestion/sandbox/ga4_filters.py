"""Filter expressions of a report request: checked, and made into a test of what a row holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Read = Callable[[str], Any]
"""The value of a field, by its name: a text for a dimension, a number for a metric."""
Test = Callable[[Read], bool]

_GROUPS = {"andGroup": all, "orGroup": any}
_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "EXACT": lambda text, wanted: text == wanted,
    "BEGINS_WITH": lambda text, wanted: text.startswith(wanted),
    "ENDS_WITH": lambda text, wanted: text.endswith(wanted),
    "CONTAINS": lambda text, wanted: wanted in text,
    "FULL_REGEXP": lambda text, wanted: re.fullmatch(wanted, text) is not None,
    "PARTIAL_REGEXP": lambda text, wanted: re.search(wanted, text) is not None,
}
_COMPARES: dict[str, Callable[[float, float], bool]] = {
    "EQUAL": lambda value, wanted: value == wanted,
    "LESS_THAN": lambda value, wanted: value < wanted,
    "LESS_THAN_OR_EQUAL": lambda value, wanted: value <= wanted,
    "GREATER_THAN": lambda value, wanted: value > wanted,
    "GREATER_THAN_OR_EQUAL": lambda value, wanted: value >= wanted,
}
_EMPTY = ("", "(not set)")


class BadFilter(ValueError):
    """The expression is none."""


def fields_of(expression: Mapping[str, Any]) -> Iterator[str]:
    """The fields that an expression names; they need not be in the report. Raises BadFilter."""
    for kind in _GROUPS:
        for part in expression.get(kind, {}).get("expressions", ()):
            yield from fields_of(part)
    if "notExpression" in expression:
        yield from fields_of(expression["notExpression"])
    if "filter" in expression:
        yield str(expression["filter"].get("fieldName", ""))


def compiled(expression: Mapping[str, Any]) -> Test:
    """Whether a row passes; an empty expression lets every row through. Raises BadFilter."""
    if not expression:
        return lambda read: True
    if len(expression) > 1:
        raise BadFilter("A filter expression must have exactly one of andGroup, orGroup, notExpression and filter.")
    ((kind, content),) = expression.items()
    if kind in _GROUPS:
        combine, parts = _GROUPS[kind], [compiled(part) for part in content.get("expressions", ())]
        return lambda read: combine(part(read) for part in parts)
    if kind == "notExpression":
        inner = compiled(content)
        return lambda read: not inner(read)
    if kind != "filter":
        raise BadFilter(f'Invalid JSON payload received. Unknown name "{kind}": Cannot find field.')
    name, test = str(content.get("fieldName", "")), _one(content)
    return lambda read: test(read(name))


def _one(content: Mapping[str, Any]) -> Callable[[Any], bool]:
    if "stringFilter" in content:
        asked = content["stringFilter"]
        matches = _MATCHES.get(asked.get("matchType", "EXACT"))
        if matches is None:
            raise BadFilter(f'Invalid value at match_type (MatchType), "{asked["matchType"]}"')
        fold = _fold(asked)
        wanted = fold(str(asked.get("value", "")))
        return lambda value: matches(fold(str(value)), wanted)
    if "inListFilter" in content:
        asked = content["inListFilter"]
        fold = _fold(asked)
        listed = {fold(str(one)) for one in asked.get("values", ())}
        return lambda value: fold(str(value)) in listed
    if "numericFilter" in content:
        asked = content["numericFilter"]
        compares = _COMPARES.get(asked.get("operation", ""))
        if compares is None:
            raise BadFilter(f'Invalid value at operation (Operation), "{asked.get("operation", "")}"')
        number = _number(asked.get("value", {}))
        return lambda value: compares(float(value), number)
    if "betweenFilter" in content:
        asked = content["betweenFilter"]
        low, high = _number(asked.get("fromValue", {})), _number(asked.get("toValue", {}))
        return lambda value: low <= float(value) <= high
    if "emptyFilter" in content:
        return lambda value: value in _EMPTY
    raise BadFilter("A filter must say what it tests.")


def _fold(asked: Mapping[str, Any]) -> Callable[[str], str]:
    return str if asked.get("caseSensitive") else str.lower


def _number(value: Mapping[str, Any]) -> float:
    return float(value.get("int64Value", value.get("doubleValue", 0)))
