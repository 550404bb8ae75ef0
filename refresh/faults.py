"""What is wrong with the numbers of a run, each with the place where it is: loads, builds and checks that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from ingestion.records import last_loads
from refresh.plan import RefreshPlan
from transform.kpi.lineage import value_of
from transform.refused import refused_tables
from warehouse.connection import writer
from warehouse.layout import raw_schema
from warehouse.status_tables import KPI_STATUS

if TYPE_CHECKING:
    from quality.checks import CheckResult
    from quality.gate import GateReport


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    `places` are tables (`schema.table`), sources as a whole (`raw_<source>`) and KPIs (`semantic.kpi_values/<kpi>`).
    """

    places: tuple[str, ...]
    reason: str
    mend: str


def faults_of(plan: RefreshPlan, gate: GateReport) -> list[Fault]:
    """All of them, causes before what follows from them; what is remembered in the warehouse counts as well."""
    with writer(plan.settings) as connection:
        return [
            *_loads(plan, connection),
            *_builds(connection),
            *(_check(found) for found in gate.blocking),
            *_carried(connection),
        ]


def _loads(plan: RefreshPlan, connection: duckdb.DuckDBPyConnection) -> Iterator[Fault]:
    """Sources whose newest load failed or stopped: what stands in their raw tables is older than it should be."""
    try:
        loads = last_loads(connection)
    except duckdb.Error:  # nothing was ever loaded
        return
    for load in loads:
        if load.line and plan.settings.source(load.source).enabled:
            yield Fault(
                (raw_schema(load.source),),
                f"the last load of {load.source} {load.outcome}: {load.line}",
                f"`kpi doctor`, then `kpi refresh --source {load.source}`",
            )


def _builds(connection: duckdb.DuckDBPyConnection) -> Iterator[Fault]:
    by_line: dict[str, list[str]] = {}
    try:
        refused = refused_tables(connection)
    except duckdb.Error:  # nothing was ever built
        return
    for found in refused:
        by_line.setdefault(found.line, []).append(found.table)
    for line, tables in by_line.items():
        yield Fault(tuple(tables), line, "correct the rows where they come from, then `kpi refresh`")


def _check(found: CheckResult) -> Fault:
    what = f"could not run: {found.error}" if found.error else f"found {found.value}, limit {found.limit}"
    return Fault(
        tuple((found.about or found.table).split(",")), f"{found.table}: check {found.name} {what}", found.mend
    )


def _carried(connection: duckdb.DuckDBPyConnection) -> Iterator[Fault]:
    """KPIs that were given their last good numbers, and were not computed since: who publishes again has no newer."""
    try:
        rows = connection.execute(
            f"select list(kpi order by kpi), stale_reason, stale_mend from {KPI_STATUS.relation} where is_stale "
            "group by stale_reason, stale_mend order by all"
        ).fetchall()
    except duckdb.CatalogException:
        return
    for kpis, reason, mend in rows:
        yield Fault(tuple(value_of(kpi) for kpi in kpis), reason, mend)
