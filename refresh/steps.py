"""The five stages of a refresh; the command line and the orchestrator call these same functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from refresh.holds import Holds
from refresh.mirror import Copied, copy_publication
from refresh.plan import RefreshPlan
from transform.wholeness import what_is_not_whole
from warehouse.connection import writer
from warehouse.disk import one_line
from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.layout import INTERMEDIATE, MARTS, OPS, SEMANTIC, STAGING

if TYPE_CHECKING:
    from ingestion.meter import Meter as LoadMeter
    from ingestion.pipeline import LoadReport
    from quality.gate import GateReport
    from transform.build import BuildReport
    from warehouse.publish import Publication

# The ad platforms, GA4 and the CRM are due within 36 or 60 hours, Search Console within 120.
_LATE_HOURS = 72


@dataclass(frozen=True)
class Published:
    """A publication, the pages that were made from it, its copy in Postgres, and what of it is not new."""

    publication: Publication
    pages: tuple[Path, ...]
    copied: Copied = field(default_factory=Copied)
    holds: Holds = field(default_factory=Holds)


@one_line
def preflight(plan: RefreshPlan) -> None:
    """Find out in a second what would otherwise be found after minutes of work.

    Raises ConfigurationError for a warehouse that somebody holds, a KPI that is declared wrongly, and a setting or
    secret that a source of the plan misses.
    """
    from ingestion.catalog import get
    from ingestion.pipeline import open_context
    from transform.kpi.registry import load_registry

    with writer(plan.settings):
        load_registry(plan.settings)
    for name in plan.windows:
        open_context(get(name), settings=plan.settings, as_of=plan.as_of).require()


@one_line
def ingest(plan: RefreshPlan, source: str, watch: Callable[[LoadMeter], None] = lambda meter: None) -> LoadReport:
    """Load the plan's window of one source into its raw schema; all or nothing. `watch` is given the load's meter.

    Raises ConfigurationError with one line when the source cannot be read; its raw tables are then as before.
    """
    from ingestion.catalog import get
    from ingestion.pipeline import load
    from refresh.forget import forget_again

    found = get(source)
    try:
        return load(
            found, plan.windows[source], settings=plan.settings, as_of=plan.as_of, run_id=plan.run_id, watch=watch
        )
    finally:  # also a load that stopped has brought rows
        forget_again(plan.settings, found.spec)


@one_line
def transform(plan: RefreshPlan) -> BuildReport:
    """Build and test every dbt model.

    Raises CheckFailed for a failed data test as long as nothing was published; later on, what rests on it is held.
    """
    from ingestion.pipeline import ensure_tables
    from transform.build import build

    ensure_tables(plan.settings)
    return build(
        plan.settings,
        run_id=plan.run_id,
        as_of=plan.as_of,
        is_full=plan.full_rebuild,
        goes_on=plan.settings.publication.exists(),
    )


def model_rows(plan: RefreshPlan) -> int:
    """The rows that the built tables hold now."""
    with writer(plan.settings) as connection:
        found = connection.execute(
            "select sum(estimated_size) from duckdb_tables() where schema_name in (?, ?, ?)",
            [STAGING, INTERMEDIATE, MARTS],
        ).fetchone()
    return int(found[0] or 0) if found else 0


@one_line
def compute_kpis(plan: RefreshPlan) -> int:
    """Compute every KPI at each of its grains. Returns the number of values in the store."""
    from transform.kpi.registry import load_registry
    from transform.kpi.store import compute

    registry = load_registry(plan.settings)
    with writer(plan.settings) as connection:
        return compute(connection, registry, settings=plan.settings, as_of=plan.as_of, run_id=plan.run_id)


@one_line
def run_checks(plan: RefreshPlan) -> GateReport:
    """Run every check of the gate and give the results, failed ones too."""
    from quality.gate import run_gate
    from transform.kpi.registry import load_registry

    return run_gate(plan.settings, load_registry(plan.settings), plan.run_id, plan.as_of)


def gate_of(plan: RefreshPlan) -> GateReport:
    """What the gate found in this run, as it was stored; the gate runs now where it has not yet."""
    from quality.checks import CheckResult
    from quality.gate import GateReport

    with writer(plan.settings) as connection:
        try:
            rows = connection.execute(
                "select check_name, table_name, passed, severity, value, limit_text, mend, owner, null, about "
                f"from {OPS}.check_results where run_id = ?",
                [plan.run_id],
            ).fetchall()
        except duckdb.CatalogException:
            rows = []
    return GateReport(tuple(CheckResult(*row) for row in rows)) if rows else run_checks(plan)


@one_line
def publish(plan: RefreshPlan, gate: GateReport) -> Published:
    """Publish the warehouse's published schema as a new version, write the pages from it, and copy it to Postgres.

    KPIs and tables that rest on a failed load, data test or check keep the state of the last publication, marked stale.
    Raises CheckFailed when that is all of them, or when there is no last publication, and when models and KPIs are not
    of one build; nothing is published then.
    """
    from dashboards.build import build as build_pages
    from warehouse.carried import carry_over
    from warehouse.publish import publish as publish_version

    with writer(plan.settings) as connection:
        left = what_is_not_whole(connection)
    if left:
        raise CheckFailed(
            f"{plan.settings.warehouse}: {left}, since a run did not end; run `kpi refresh`, which does all of it again"
        )
    holds = held_back(plan, gate)
    if holds.kpis:
        carry_over(plan.settings, holds.kpis)
    publication = publish_version(
        plan.settings,
        run_id=plan.run_id,
        published_at=datetime.now(UTC),
        data_through=data_through(plan),
        checks_passed=gate.checks_passed,
        checks_total=gate.total,
        held=holds.tables,
    )
    return Published(publication, tuple(build_pages(plan.settings)), copy_publication(plan.settings), holds)


def held_back(plan: RefreshPlan, gate: GateReport) -> Holds:
    """What may not be published anew after all that failed. Raises CheckFailed where nothing may."""
    from refresh.faults import faults_of
    from refresh.holds import holds_of, refuse
    from transform.build import target_path
    from transform.kpi.lineage import Lineage
    from transform.kpi.registry import load_registry

    faults = faults_of(plan, gate)
    if not faults:
        return Holds()
    registry = load_registry(plan.settings)
    holds = holds_of(faults, registry, Lineage(target_path(plan.settings)))
    refuse(holds, is_first=not plan.settings.publication.exists())
    return holds


def data_through(plan: RefreshPlan) -> date:
    """The newest day that every source which delivers day by day and feeds a KPI has reached; of any, where none does.

    Reference rates and files count as they stand, as they do for the KPIs. A source that feeds no KPI does not count,
    nor does one that may be late by more than three days: Search Console comes two to three days after the others and
    would date them all; its own KPIs end where it ends.
    """
    with writer(plan.settings) as connection:
        found = connection.execute(
            "with feeding as ("
            f"    select distinct trim(unnest(string_split(sources, ','))) as source from {SEMANTIC}.dim_kpi"
            ") "
            "select coalesce("
            "    min(newest_data_day) filter ("
            f"       where restatement_days > 0 and max_data_age_hours <= {_LATE_HOURS}"
            "        and source in (select source from feeding)"
            "    ),"
            "    max(newest_data_day)"
            f") from {OPS}.sources where is_enabled"
        ).fetchone()
    day: date | None = found[0] if found else None
    if day is None:
        raise ConfigurationError(f"{OPS}.sources: no source was ever loaded; run `kpi refresh` first")
    return day
