"""Each check of the gate as an asset check on the table that it asks."""

# No postponed annotations here: Dagster reads the annotations of a step as types.

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import dagster as dg
import duckdb

from ingestion.pipeline import ensure_tables
from orchestration.costs import Cost, listed
from orchestration.defs.kpis import REGISTRY, SCORECARD, VALUES
from orchestration.defs.raw import POOL
from orchestration.run_plan import RefreshRun, one_line
from orchestration.translators import key_of
from quality.checks import Check
from quality.gate import GateReport
from quality.rules import derive_checks
from refresh import steps
from refresh.measure import Meter
from transform.kpi.registry import Registry
from warehouse.errors import KpiError
from warehouse.layout import OPS
from warehouse.settings import Settings

LEFT = "something_is_left_to_publish"


def expected_checks(settings: Settings, registry: Registry) -> list[Check]:
    """The checks that a run will make, derived as the gate derives them, from an empty warehouse of every source."""
    with duckdb.connect() as empty:
        ensure_tables(settings, empty)
        # What a source was loaded with decides on its checks: take each for loaded.
        empty.execute(f"update {OPS}.sources set window_start = current_date")
        return derive_checks(empty, registry, datetime.now(UTC), settings.zone)


def gate(checks: Iterable[Check]) -> dg.AssetChecksDefinition:
    """All checks in one step, after the KPIs, and one on top that stops the publication where nothing is left of it.

    A check that fails holds what rests on it, which the publication sees to; the others are published.
    """
    found = {check.name: check for check in checks}
    proved = (VALUES, SCORECARD, REGISTRY)
    specs = [
        dg.AssetCheckSpec(
            check.name,
            asset=key_of(check.table),
            additional_deps=[key for key in proved if key != key_of(check.table)],
            description=f"{check.limit}. If not: {check.mend}",
            metadata={"owner": check.owner},
        )
        for check in found.values()
    ]
    specs.append(
        dg.AssetCheckSpec(
            LEFT,
            asset=SCORECARD,
            additional_deps=[key for key in proved if key != SCORECARD],
            blocking=True,
            description="Not every KPI rests on what failed, and what does has a last good value.",
            metadata={"owner": "data"},
        )
    )

    @dg.multi_asset_check(name="gate", specs=specs, can_subset=True, pool=POOL)
    def run(context: dg.AssetCheckExecutionContext, refresh: RefreshRun) -> Iterator[dg.AssetCheckResult]:
        meter = Meter()
        try:
            report = steps.run_checks(refresh.plan)
        except KpiError as error:
            raise one_line(error) from None
        index = refresh.plan.settings.data_docs(refresh.plan.run_id) / "index.html"
        docs = dg.MetadataValue.url(index.resolve().as_uri())
        refresh.spent(Cost.of(f"{report.total} checks", meter, 0))
        selected = {key.name for key in context.selected_asset_check_keys}
        for result in report.results:
            if result.name not in selected:
                continue
            yield dg.AssetCheckResult(
                asset_key=key_of(result.table),
                check_name=result.name,
                passed=result.passed,
                severity=dg.AssetCheckSeverity.ERROR if result.severity == "block" else dg.AssetCheckSeverity.WARN,
                metadata={
                    "value": result.value,
                    "limit": result.limit,
                    "mend": result.mend,
                    "owner": result.owner,
                    "all checks": docs,
                },
            )
        if LEFT in selected:
            yield _left(refresh, report)

    return run


def _left(refresh: RefreshRun, report: GateReport) -> dg.AssetCheckResult:
    try:
        lines, passed = steps.held_back(refresh.plan, report).lines, True
    except KpiError as error:
        lines, passed = (str(error),), False
    metadata = {"held": dg.MetadataValue.md(listed(lines))} if lines else {}
    return dg.AssetCheckResult(asset_key=SCORECARD, check_name=LEFT, passed=passed, metadata=metadata)
