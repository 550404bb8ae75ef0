"""What Dagster loads: the whole path as assets, a job and a schedule for each cadence in use."""

from __future__ import annotations

import dagster as dg

from ingestion.catalog import discover
from orchestration.cadence import TIMINGS, Cadence, in_use, reported_by
from orchestration.defs.gate import expected_checks, gate
from orchestration.defs.kpis import PUBLISHED_VALUES, TABLES, kpi_group, kpis
from orchestration.defs.models import manifest_of, models
from orchestration.defs.publication import publication
from orchestration.defs.raw import ops_tables, raw_tables
from orchestration.run_plan import RefreshRun
from orchestration.translators import key_of
from transform.kpi.registry import load_registry
from warehouse.layout import PUBLISHED
from warehouse.settings import Settings, load_settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """Everything that Dagster shows and runs for these settings; needs no secret and opens no warehouse."""
    registry = load_registry(settings)
    manifest = manifest_of(settings)
    specs = {name: source.spec for name, source in discover().items()}
    dbt = models(manifest)
    published = {key for key in dbt.keys if key.path[0] == PUBLISHED}
    cadences = in_use(kpi.cadence for kpi in registry.kpis)
    jobs = {cadence: _job(cadence) for cadence in cadences}
    return dg.Definitions(
        assets=[
            *raw_tables(specs, set(settings.enabled_sources())),
            *ops_tables(),
            dbt,
            kpis(registry.kpis, manifest, settings.business.time_zone),
            publication({*published, PUBLISHED_VALUES, *(key_of(table.relation) for table in TABLES)}),
        ],
        asset_checks=[gate(expected_checks(settings, registry))],
        jobs=list(jobs.values()),
        schedules=[
            dg.ScheduleDefinition(
                name=f"{cadence}_schedule",
                job=job,
                cron_schedule=TIMINGS[cadence].starts,
                execution_timezone=settings.business.time_zone,
                default_status=dg.DefaultScheduleStatus.RUNNING,
            )
            for cadence, job in jobs.items()
        ],
        resources={"refresh": RefreshRun()},
        # One process a run: another process could not open the warehouse, and would import everything again.
        executor=dg.in_process_executor,
    )


def _job(cadence: Cadence) -> dg.UnresolvedAssetJobDefinition:
    """The whole path in one job, because a failed check holds back its own run only."""
    others = [kpi_group(other) for other in TIMINGS if other not in reported_by(cadence)]
    everything = dg.AssetSelection.all()
    return dg.define_asset_job(
        name=f"refresh_{cadence}",
        selection=everything - dg.AssetSelection.groups(*others) if others else everything,
        config={"resources": {"refresh": {"config": {"cadence": cadence}}}},
        description=f"Load, transform, compute, check and publish what is read {cadence}.",
        tags={"cadence": cadence},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dg` loads, for the settings of this machine. Raises ConfigurationError for settings that are wrong."""
    return build_definitions(load_settings())
