"""A parser for the part of the Google Ads query language that reports need."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_TOKEN = re.compile(r"\s*(?:('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(!=|<=|>=|=|<|>)|([(),])|([\w.\-:/~%]+))")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: bool(value == wanted),
    "!=": lambda value, wanted: bool(value != wanted),
    "<": lambda value, wanted: bool(value < wanted),
    "<=": lambda value, wanted: bool(value <= wanted),
    ">": lambda value, wanted: bool(value > wanted),
    ">=": lambda value, wanted: bool(value >= wanted),
}
_CLAUSES = ("FROM", "WHERE", "ORDER", "LIMIT", "PARAMETERS")


class QueryError(Exception):
    """A query that the vendor refuses: `kind` and `code` as in its errorCode, `trigger` what it stumbled over."""

    def __init__(self, code: str, message: str, trigger: str = "", kind: str = "queryError") -> None:
        super().__init__(message)
        self.kind, self.code, self.message, self.trigger = kind, code, message, trigger


@dataclass(frozen=True)
class Condition:
    """One condition of WHERE; `operator` is a comparison, BETWEEN, IN, NOT IN, LIKE or NOT LIKE."""

    field: str
    operator: str
    values: tuple[str, ...]

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether `row` satisfies the condition; an absent value satisfies only the negative ones."""
        value = row.get(self.field)
        if value is None:
            return self.operator in {"!=", "NOT IN", "NOT LIKE"}
        if self.operator.endswith("LIKE"):
            pattern = ".*".join(re.escape(part) for part in self.values[0].split("%"))
            return (re.fullmatch(pattern, str(value), re.IGNORECASE) is not None) is (self.operator == "LIKE")
        wanted = [_like(value, text, self.field) for text in self.values]
        if self.operator == "BETWEEN":
            return bool(wanted[0] <= value <= wanted[1])
        if self.operator.endswith("IN"):
            return (value in wanted) is (self.operator == "IN")
        return _COMPARISONS[self.operator](value, wanted[0])


@dataclass(frozen=True)
class Query:
    """A parsed query; `order_by` holds fields and whether they descend."""

    select: tuple[str, ...]
    resource: str
    where: tuple[Condition, ...]
    order_by: tuple[tuple[str, bool], ...]
    limit: int | None

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that the query names."""
        return (*self.select, *(condition.field for condition in self.where), *(name for name, _ in self.order_by))

    def date_range(self) -> tuple[date | None, date | None]:
        """First and last day (inclusive) that the conditions on segments.date leave; None where it is open.

        Raises QueryError on a bad date and on operators that make no range.
        """
        first, last = date.min, date.max
        for condition in self.where:
            if condition.field != "segments.date":
                continue
            days = [_day(text) for text in condition.values]
            match condition.operator:
                case "=" | "BETWEEN":
                    first, last = max(first, days[0]), min(last, days[-1])
                case ">=" | ">":
                    first = max(first, days[0] + timedelta(days=condition.operator == ">"))
                case "<=" | "<":
                    last = min(last, days[0] - timedelta(days=condition.operator == "<"))
                case other:
                    text = f"Error in WHERE clause: operator {other} does not fit segments.date."
                    raise QueryError("OPERATOR_FIELD_MISMATCH", text, "segments.date")
        return (None if first == date.min else first), (None if last == date.max else last)


def parse(text: str) -> Query:
    """The query in `text`. Raises QueryError with the vendor's code where it is malformed."""
    tokens = _Tokens(text)
    tokens.expect("SELECT", "EXPECTED_SELECT")
    select = tokens.listed()
    tokens.expect("FROM", "EXPECTED_FROM")
    resource = tokens.take()
    where: list[Condition] = []
    if tokens.skip("WHERE"):
        where.append(_condition(tokens))
        while tokens.skip("AND"):
            where.append(_condition(tokens))
    order_by: list[tuple[str, bool]] = []
    if tokens.skip("ORDER"):
        tokens.expect("BY", "EXPECTED_BY")
        order_by.append(_ordering(tokens))
        while tokens.skip(","):
            order_by.append(_ordering(tokens))
    limit = None
    if tokens.skip("LIMIT"):
        number = tokens.take()
        if not number.isdigit() or int(number) == 0:
            raise QueryError("BAD_LIMIT_VALUE", f"Error in query: invalid value '{number}' in LIMIT clause.", number)
        limit = int(number)
    if tokens.skip("PARAMETERS"):
        tokens.rest()
    if left := tokens.peek():
        raise QueryError("UNEXPECTED_INPUT", f"Error in query: unexpected input {left}.", left)
    return Query(tuple(select), resource, tuple(where), tuple(order_by), limit)


class _Tokens:
    def __init__(self, text: str) -> None:
        self._items: list[str] = []
        position, text = 0, text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise QueryError("BAD_SYMBOL", f"Error in query: invalid symbol {text[position]}.", text[position])
            self._items.append(match.group().strip())
            position = match.end()
        self._items.reverse()

    def peek(self) -> str:
        return self._items[-1] if self._items else ""

    def take(self) -> str:
        if not self._items:
            raise QueryError("UNEXPECTED_END_OF_QUERY", "Error in query: unexpected end of query.")
        return self._items.pop()

    def skip(self, word: str) -> bool:
        if self.peek().upper() != word:
            return False
        self._items.pop()
        return True

    def expect(self, word: str, code: str) -> None:
        found = self.take()
        if found.upper() != word:
            raise QueryError(code, f"Error in query: unexpected input {found}.", found)

    def listed(self) -> list[str]:
        if self.peek().upper() in _CLAUSES:
            raise QueryError("UNEXPECTED_INPUT", f"Error in query: unexpected input {self.peek()}.", self.peek())
        items = [self.take()]
        while self.skip(","):
            items.append(self.take())
        return items

    def rest(self) -> None:
        self._items.clear()


def _condition(tokens: _Tokens) -> Condition:
    field, operator = tokens.take(), tokens.take().upper()
    if operator == "NOT":
        operator = f"NOT {tokens.take().upper()}"
    if operator == "BETWEEN":
        low = tokens.take()
        tokens.expect("AND", "EXPECTED_VALUE_WITH_BETWEEN_OPERATOR")
        return Condition(field, operator, (_unquoted(low), _unquoted(tokens.take())))
    if operator in {"IN", "NOT IN"}:
        tokens.expect("(", "EXPECTED_LIST")
        values = tokens.listed()
        tokens.expect(")", "EXPECTED_LIST")
        return Condition(field, operator, tuple(_unquoted(value) for value in values))
    if operator not in _COMPARISONS and operator not in {"LIKE", "NOT LIKE"}:
        raise QueryError("BAD_OPERATOR", f"Error in WHERE clause: invalid operator {operator}.", operator)
    value = tokens.take()
    if value in _COMPARISONS:
        raise QueryError("BAD_VALUE", f"Error in WHERE clause: invalid value {value}.", value)
    return Condition(field, operator, (_unquoted(value),))


def _ordering(tokens: _Tokens) -> tuple[str, bool]:
    field = tokens.take()
    if tokens.skip("DESC"):
        return field, True
    tokens.skip("ASC")
    return field, False


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token[:1] in {"'", '"'} else token


def _like(value: Any, text: str, field: str) -> Any:
    """`text` as a value of the type that the field has."""
    try:
        if isinstance(value, bool):
            return {"true": True, "false": False}[text.lower()]
        return type(value)(text)
    except (KeyError, ValueError):
        raise QueryError("BAD_VALUE", f"Error in WHERE clause: invalid value {text} for {field}.", text) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QueryError("BAD_VALUE", f"Error in WHERE clause: invalid value {text}.", text) from None
