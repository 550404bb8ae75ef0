"""What all pages need of a publication, as rows; a section reads the rest for itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.connection import reader
from warehouse.errors import ConfigurationError

Row = dict[str, Any]

# How much history a sparkline shows, by grain: six weeks, half a year, a year and the month before.
HISTORY = {"day": 42, "week": 26, "month": 13}


@dataclass(frozen=True)
class Contents:
    """One publication, read once. Ratios are made of the sums here, never averaged.

    `business` holds the settings that the numbers were computed with; those of the reader may be others.
    """

    run_id: str
    published_at: datetime
    data_through: date
    checks_passed: int
    checks_total: int
    business: Row
    warnings: list[Row]
    scorecard: list[Row]
    definitions: dict[str, Row]
    history: dict[str, list[Row]]
    sources: list[Row]
    advice: list[Row]
    moved: list[Row]
    """In a sentence why each KPI in focus is not what it was in the period before."""


def read(publication: Path) -> Contents:
    """Read the publication at `publication`. Raises ConfigurationError when it is missing or holds no publication."""
    with reader(publication) as connection:
        return contents_of(connection, publication)


def contents_of(connection: duckdb.DuckDBPyConnection, publication: Path) -> Contents:
    """Read what `connection` is connected to; `publication` names it in the error of one that is empty."""
    about = rows(connection, "select * from published.publication")
    if not about:
        raise ConfigurationError(f"{publication}: table publication is empty; run `kpi refresh` again")
    through = about[0]["data_through"] or about[0]["published_at"].date()
    scorecard = rows(connection, "from published.kpi_scorecard order by stage_order, is_focus desc, kpi")
    return Contents(
        run_id=about[0]["run_id"],
        published_at=about[0]["published_at"],
        data_through=through,
        checks_passed=about[0]["checks_passed"],
        checks_total=about[0]["checks_total"],
        business=rows(connection, "from published.dim_business")[0],
        warnings=_warnings(connection),
        scorecard=scorecard,
        definitions={row["kpi"]: row for row in rows(connection, "from published.dim_kpi order by all")},
        history=_history(connection),
        sources=rows(connection, "from published.source_status where is_enabled order by title"),
        advice=rows(connection, "from published.kpi_advice order by rank"),
        moved=rows(
            connection,
            "select driver.kpi, driver.words from published.kpi_drivers as driver "
            "inner join published.kpi_scorecard as card on driver.kpi = card.kpi "
            "where card.is_focus and driver.rank = 0 and driver.against = 'previous' "
            "order by card.stage_order, card.kpi",
        ),
    )


def rows(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None) -> list[Row]:
    """The rows of a query, each by the names of its columns."""
    result = connection.execute(query, values or [])
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _warnings(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Failed checks of the publication's own run; what rests on one that blocks is stale."""
    has_results = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'published' and table_name = 'check_results'"
    ).fetchone()
    if not has_results:
        return []
    return rows(connection, "from published.check_results where not passed order by check_name")


def _history(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    """The totals of each KPI at its scorecard's grain, up to the scorecard's period, oldest first."""
    found: dict[str, list[Row]] = {}
    for row in rows(
        connection,
        """
        select v.kpi, v.grain, v.period_start, v.period_end, v.value, v.is_final
        from published.kpi_values as v
        join published.kpi_scorecard as s using (kpi, grain)
        where v.segment_dimension = '' and v.period_start <= s.period_start
        order by v.kpi, v.period_start
        """,
    ):
        found.setdefault(row["kpi"], []).append(row)
    return {kpi: points[-HISTORY[points[-1]["grain"]] :] for kpi, points in found.items()}
