"""Which KPIs of a publication are not new, as people are told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Stale:
    """A KPI that keeps its last good values: as of when they are (None: it never had any), why, and what to do."""

    kpi: str
    label: str
    as_of: datetime | None
    reason: str
    mend: str


def stale_kpis(connection: duckdb.DuckDBPyConnection) -> list[Stale]:
    """Those of the publication that `connection` reads; none in one from before publications told it."""
    from duckdb import CatalogException  # asked by commands whose help is there at once

    try:
        rows = connection.execute(
            "select kpi, dim_kpi.label, kpi_status.as_of, kpi_status.stale_reason, kpi_status.stale_mend "
            "from published.kpi_status inner join published.dim_kpi using (kpi) "
            "where is_stale and dim_kpi.kind = 'kpi' order by kpi"
        ).fetchall()
    except CatalogException:
        return []
    return [Stale(*row) for row in rows]


def by_reason(stale: Iterable[Stale]) -> dict[tuple[datetime | None, str, str], list[str]]:
    """The labels of those with the same moment, reason and mend."""
    found: dict[tuple[datetime | None, str, str], list[str]] = {}
    for one in stale:
        found.setdefault((one.as_of, one.reason, one.mend), []).append(one.label)
    return found
