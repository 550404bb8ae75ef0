"""Which value somebody asks for: a period or window by its name, and a part of a split by its id or its name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from transform.kpi import periods, trailing
from transform.kpi.meta import GRAINS, Grain
from transform.kpi.near import nearest
from transform.kpi.registry import Definition, Kpi
from warehouse.errors import ConfigurationError
from warehouse.layout import PUBLISHED

WINDOWS = {trailing.grain_of(months): months for months in trailing.MONTHS}
GRAIN_NAMES: tuple[str, ...] = (*GRAINS, *WINDOWS)
_EXAMPLES = {"day": "a day 2026-11-03", "week": "an ISO week 2026-W45", "month": "a month 2026-10"}


@dataclass(frozen=True)
class Period:
    """A day, ISO week, month or window of whole months, by its grain and first day."""

    grain: str
    start: date

    @property
    def counted(self) -> Grain:
        """The grain at which its statement is compiled: of a window that of its months."""
        return next((grain for grain in GRAINS if grain == self.grain), "month")

    @property
    def end(self) -> date:
        last = periods.shift(self.start, "month", WINDOWS[self.grain] - 1) if self.grain in WINDOWS else self.start
        return periods.end_of(last, self.counted)

    @property
    def name(self) -> str:
        """As it is asked for: 2026-W45, or of a window its months up to the last, 3 months to 2026-10."""
        if self.grain in WINDOWS:
            return f"{self.words} to {periods.period_name('month', self.end)}"
        return periods.period_name(self.counted, self.start)

    @property
    def words(self) -> str:
        """Its kind as people say it: week, or 3 months."""
        return f"{WINDOWS[self.grain]} months" if self.grain in WINDOWS else self.grain


def parse_period(text: str, grain: str | None = None) -> Period:
    """2026-10 (a month), 2026-W45 (an ISO week) or 2026-11-03 (a day).

    With the grain of a window, the text is the month that it ends with. Raises ConfigurationError for anything else,
    and for a `grain` that does not fit.
    """
    try:
        found, start = periods.parse_period(text)
    except ValueError:
        raise ConfigurationError(
            f"--period {text!r}: no such period; write {', '.join((_EXAMPLES['month'], _EXAMPLES['week']))} or "
            f"{_EXAMPLES['day']}"
        ) from None
    if grain in WINDOWS and found == "month":
        return Period(grain, periods.shift(start, "month", 1 - WINDOWS[grain]))
    if grain in WINDOWS:
        raise ConfigurationError(
            f"--period {text} is a {found}, and a window of {WINDOWS[grain]} months ends with a month; write it, "
            "such as 2026-10"
        )
    if grain not in (None, found):
        raise ConfigurationError(
            f"--period {text} is a {found}, not a {grain}; write {_EXAMPLES[str(grain)]}, or leave --grain out"
        )
    return Period(found, start)


def grain_for(definition: Definition, period: Period | None, grain: str | None) -> str:
    """The grain that is asked for, else that at which the KPI is read. Raises ConfigurationError where it has none."""
    asked = period.grain if period else grain
    if asked is None:
        return definition.grain if isinstance(definition, Kpi) else definition.grains[-1]
    kept = (*definition.grains, *map(trailing.grain_of, trailing.windows_of(definition)))
    if asked not in kept:
        raise ConfigurationError(f"{definition.name} is not worked out by {asked}; it is by {_listed(kept)}")
    return asked


def part_for(
    publication: duckdb.DuckDBPyConnection, definition: Definition, segment: tuple[str, str] | None
) -> tuple[str, str]:
    """Dimension and part as `published.kpi_values` has them; ("", "") for the total. A part may be told by its label.

    Raises ConfigurationError for what is not published, and says when a refresh would publish it.
    """
    published = _column(publication, "select segments from {}.dim_kpi where kpi = ?", definition.name)
    if not published:
        raise ConfigurationError(f"{definition.name} is not published yet: it is new; run `kpi refresh` first")
    if segment is None:
        return "", ""
    dimension, part = segment
    if dimension not in definition.splits:
        known = ", ".join(definition.splits) or "nothing"
        raise ConfigurationError(f"--segment {dimension!r}: {definition.name} is split by {known}")
    if dimension not in published[0].split(","):
        raise ConfigurationError(
            f"--segment {dimension!r}: {definition.name} is not published by {dimension} yet; run `kpi refresh` first"
        )
    rows = publication.execute(
        f"select distinct segment_value, segment_label from {PUBLISHED}.kpi_values "
        "where kpi = ? and segment_dimension = ?",
        [definition.name, dimension],
    ).fetchall()
    if not rows:
        raise ConfigurationError(f"--segment {dimension}={part}: nothing is known of {definition.name} by {dimension}")
    ids = sorted({str(value) for value, label in rows if part in (value, label)}, key=lambda value: value != part)
    if not ids:
        raise ConfigurationError(
            f"--segment {dimension}={part}: no such part; {nearest(part, sorted({str(label) for _, label in rows}))}"
        )
    if len(ids) > 1 and ids[0] != part:
        raise ConfigurationError(f"--segment {dimension}={part}: is the name of {_listed(ids)}; write one of these ids")
    return dimension, ids[0]


def _column(connection: duckdb.DuckDBPyConnection, query: str, *values: Any) -> list[str]:
    return [str(row[0] or "") for row in connection.execute(query.format(PUBLISHED), list(values)).fetchall()]


def _listed(names: Any) -> str:
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last
