"""The five stages of a refresh; the command line and the orchestrator call these same functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from refresh.plan import RefreshPlan
from warehouse.connection import writer
from warehouse.errors import CheckFailed, ConfigurationError

if TYPE_CHECKING:
    from ingestion.pipeline import LoadReport
    from quality.gate import GateReport
    from transform.build import BuildReport
    from warehouse.publish import Publication


@dataclass(frozen=True)
class Published:
    """A publication and the pages that were made from it."""

    publication: Publication
    pages: tuple[Path, ...]


def ingest(plan: RefreshPlan, source: str) -> LoadReport:
    """Load the plan's window of one source into its raw schema; all or nothing.

    Raises ConfigurationError with one line when the source cannot be read; its raw tables are then as before.
    """
    from ingestion.catalog import discover
    from ingestion.pipeline import load
    from refresh.forget import forget_again

    found = discover()
    if source not in found:
        raise ConfigurationError(f"source {source!r}: no such source; known: {', '.join(sorted(found))}")
    report = load(found[source], plan.windows[source], settings=plan.settings, as_of=plan.as_of, run_id=plan.run_id)
    forget_again(plan.settings, found[source].spec)
    return report


def transform(plan: RefreshPlan) -> BuildReport:
    """Build and test every dbt model. Raises CheckFailed for a failed data test."""
    from ingestion.pipeline import ensure_tables
    from transform.build import build

    ensure_tables(plan.settings)
    return build(plan.settings, run_id=plan.run_id, as_of=plan.as_of)


def compute_kpis(plan: RefreshPlan) -> int:
    """Compute every KPI at each of its grains. Returns the number of values in the store."""
    from transform.kpi.registry import load_registry
    from transform.kpi.store import compute

    registry = load_registry(plan.settings)
    with writer(plan.settings) as connection:
        compute(connection, registry, settings=plan.settings, as_of=plan.as_of, run_id=plan.run_id)
        found = connection.execute("select count(*) from semantic.kpi_values").fetchone()
    return int(found[0]) if found else 0


def check(plan: RefreshPlan) -> GateReport:
    """Run every check of the gate. Raises CheckFailed naming the first check that stops the publication."""
    report = run_checks(plan)
    if not report.passed:
        raise CheckFailed(refusal(report))
    return report


def run_checks(plan: RefreshPlan) -> GateReport:
    """Run every check of the gate and return the results, failed ones too."""
    from quality.gate import run_gate
    from transform.kpi.registry import load_registry

    return run_gate(plan.settings, load_registry(plan.settings), plan.run_id, plan.as_of)


def refusal(report: GateReport) -> str:
    """One line for the checks that failed: the first with its value, limit and mend, and how many more."""
    failed = [result for result in report.results if not result.passed and result.severity == "error"]
    first = failed[0]
    more = f" (and {len(failed) - 1} more: `kpi status`)" if len(failed) > 1 else ""
    return (
        f"{first.table}: check {first.name} failed: value {first.value}, limit {first.limit}; {first.mend}"
        f"{more}; nothing was published"
    )


def publish(plan: RefreshPlan, gate: GateReport) -> Published:
    """Publish the warehouse's published schema as a new version, then write the pages from it.

    Raises CheckFailed when `gate` did not pass; the last publication then stays.
    """
    from dashboards.build import build as build_pages
    from warehouse.publish import publish as publish_version

    if not gate.passed:
        raise CheckFailed(refusal(gate))
    publication = publish_version(
        plan.settings,
        run_id=plan.run_id,
        published_at=datetime.now(UTC),
        data_through=data_through(plan),
        checks_passed=sum(result.passed for result in gate.results),
        checks_total=len(gate.results),
    )
    return Published(publication, tuple(build_pages(plan.settings)))


def data_through(plan: RefreshPlan) -> date:
    """The newest day that every source with daily accounts has reached (the newest day of any where none has)."""
    from ingestion.catalog import discover

    with writer(plan.settings) as connection:
        rows = connection.execute(
            "select source, newest_data_day from ops.sources where is_enabled and newest_data_day is not null"
        ).fetchall()
    newest: dict[str, date] = dict(rows)
    if not newest:
        raise ConfigurationError("ops.sources: no source was ever loaded; run `kpi refresh` first")
    specs = {name: source.spec for name, source in discover().items()}
    by_account = [
        day
        for name, day in newest.items()
        if name in specs and any(table.account_column for table in specs[name].tables)
    ]
    return min(by_account) if by_account else max(newest.values())
