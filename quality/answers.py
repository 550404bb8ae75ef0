"""What the warehouse answers to checks: DuckDB aggregates, and Great Expectations is given a few rows to judge."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

# Violations that a judgement lists; the number of all of them is told beside it.
LISTED = 50


@dataclass(frozen=True)
class Answer:
    """The rows of a check's query; `count` is of all rows, `error` tells that there are none because it broke.

    `observed` is what is judged: the number, the values, or the subjects of at most `LISTED` violations.
    """

    observed: tuple[Any, ...] = ()
    subjects: tuple[str, ...] = ()
    count: int = 0
    error: str | None = None


def ask(database: Path, checks: Iterable[Mapping[str, Any]]) -> list[Answer]:
    """The answers to `checks`, in their order. The database is open, read-only, until the last one is known."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return [_ask(connection, check) for check in checks]


def _ask(connection: duckdb.DuckDBPyConnection, check: Mapping[str, Any]) -> Answer:
    columns = {"number": "value", "values": "value, subject", "rows": "subject"}[check["kind"]]
    # A check of rows is sorted, so that the violation that is told first is the same in every run.
    order = " order by subject" if check["kind"] == "rows" else ""
    try:
        rows = connection.execute(f"select {columns} from ({check['query']}) as asked{order}").fetchall()
    except duckdb.Error as error:
        return Answer(error=_line(str(error)))
    if check["kind"] == "rows":
        subjects = tuple(str(subject) for (subject,) in rows)
        return Answer(subjects[:LISTED], subjects[:LISTED], len(rows))
    known = [row for row in rows if row[0] is not None]
    values = tuple(_number(row[0], check) for row in known)
    return Answer(values, tuple(str(row[1]) for row in known if len(row) > 1), len(known))


def _number(value: Any, check: Mapping[str, Any]) -> float:
    """As a float; what is no number lies outside of every limit."""
    number = float(value)
    if not math.isnan(number):
        return number
    return math.inf if check["minimum"] is None else -math.inf


def _line(message: str) -> str:
    return next((line.strip() for line in message.splitlines() if line.strip()), "no message")


def in_words(check: Mapping[str, Any], answer: Answer) -> str:
    """What was seen, as people read it."""
    if answer.error is not None:
        return "not known"
    if check["kind"] == "number":
        number = answer.observed[0] if answer.observed else None
        return _plain(number) if number is None or not check["unit"] else f"{_plain(round(number, 1))} {check['unit']}"
    if check["kind"] == "values":
        return _outside(check, answer)
    if not answer.count:
        return "0 rows"
    first = answer.subjects[0]
    return f"1 row: {first}" if answer.count == 1 else f"{answer.count} rows, first: {first}"


def _outside(check: Mapping[str, Any], answer: Answer) -> str:
    low = -math.inf if check["minimum"] is None else check["minimum"]
    high = math.inf if check["maximum"] is None else check["maximum"]
    wrong = [place for place, value in enumerate(answer.observed) if not low <= value <= high]
    if not wrong:
        return "1 value" if answer.count == 1 else f"{answer.count} values"
    more = f" (+ {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return f"{_plain(answer.observed[wrong[0]])} ({answer.subjects[wrong[0]]}){more}"


def _plain(value: float | None) -> str:
    return "none" if value is None else f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
