"""A check as data: what is asked of the warehouse, which answer is accepted, and who mends it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["block", "warn"]
Kind = Literal["number", "values", "rows"]


@dataclass(frozen=True)
class Check:
    """One question to the warehouse.

    `query` is DuckDB SQL; what its rows mean depends on `kind`:
    - number: one row with a column `value`, accepted from `minimum` to `maximum`; NULL is refused;
    - values: rows with `subject` and `value`, each value accepted from `minimum` to `maximum`; NULL is passed over;
    - rows: every row is a violation, described by its column `subject`.
    `unit` follows the number in what people read, with one decimal. `rule` is what checks of one kind share, such as
    freshness of every source; a check that stands alone is its own rule.
    `about` says what is wrong if it fails, separated by commas: `raw_<source>` for a source as a whole,
    `semantic.kpi_values/<kpi>` for one KPI, tables; empty for `table`.
    What rests on that keeps its last good state after a failed check of severity `block`; one of severity `warn` is
    shown beside the publication.
    """

    name: str
    table: str
    kind: Kind
    query: str
    limit: str
    mend: str
    owner: str
    severity: Severity = "block"
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    rule: str = ""
    about: str = ""

    def to_json(self) -> dict[str, Any]:
        """The check as the judging process reads it."""
        return asdict(self)


@dataclass(frozen=True)
class Judgement:
    """What the judging process says of one check; `error` tells that it could not be asked at all."""

    name: str
    passed: bool
    value: str
    error: str | None = None


@dataclass(frozen=True)
class CheckResult:
    """A check and its outcome. `value` is what was seen, in words; `error` is not bad data but a check that broke."""

    name: str
    table: str
    passed: bool
    severity: Severity
    value: str
    limit: str
    mend: str
    owner: str
    error: str | None = None
    about: str = ""


def literal(text: str) -> str:
    """`text` as a SQL string."""
    return "'" + text.replace("'", "''") + "'"
