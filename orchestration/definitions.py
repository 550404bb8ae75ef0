"""What Dagster loads: the whole path as assets, a job and a schedule for each cadence in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

import dagster as dg

from ingestion.catalog import discover
from ingestion.spec import SourceSpec
from orchestration.accounts import Accounts
from orchestration.alerting import alert_sensors
from orchestration.cadence import CADENCES, Cadence, in_use, reported_by, timings
from orchestration.defs.gate import expected_checks, gate
from orchestration.defs.kpis import PUBLISHED_VALUES, TABLES, kpi_group, kpis
from orchestration.defs.models import manifest_of, models
from orchestration.defs.publication import publication
from orchestration.defs.raw import daily_tables, ops_tables, raw_tables
from orchestration.housekeeping import housekeeping
from orchestration.run_plan import RefreshRun
from orchestration.schedules import schedule
from orchestration.translators import key_of
from refresh.plan import history_days, last_complete_day
from transform.kpi.registry import load_registry
from warehouse.layout import PUBLISHED, raw_schema
from warehouse.settings import Settings, as_of_now, load_settings
from warehouse.workdays import Workdays

# Days that have a partition at least, in a home of sources that go back less.
_MONTH = 31


def build_definitions(settings: Settings) -> dg.Definitions:
    """Everything that Dagster shows and runs for these settings; needs no secret and opens no warehouse."""
    registry = load_registry(settings)
    manifest = manifest_of(settings)
    specs = {name: source.spec for name, source in discover().items()}
    enabled = set(settings.enabled_sources())
    accounts = Accounts.read(settings)
    newest = last_complete_day(settings, as_of_now())
    hour, why = accounts.first_hour(settings.zone, newest.year)
    workdays = Workdays(settings.business.public_holidays)
    timing = timings(hour, workdays.latest_first(newest.year))
    dbt = models(manifest)
    published = {key for key in dbt.keys if key.path[0] == PUBLISHED}
    used = [kpi.cadence for kpi in registry.kpis] + [specs[name].cadence for name in enabled]
    jobs = {cadence: _job(cadence, specs) for cadence in in_use(used)}
    # Exchange rates and files go back for many years, and are seldom read again by day.
    histories = [history_days(specs[name], settings) for name in enabled if specs[name].restatement_days]
    first = newest - timedelta(days=max(_MONTH, *histories, 0))
    days = dg.DailyPartitionsDefinition(
        datetime.combine(min(first, accounts.first_day or first), time()), timezone=settings.business.time_zone
    )
    return dg.Definitions(
        assets=[
            *raw_tables(specs, enabled, days),
            *ops_tables(),
            dbt,
            kpis(registry.kpis, manifest, timing, settings.business.time_zone),
            publication({*published, PUBLISHED_VALUES, *(key_of(table.relation) for table in TABLES)}),
        ],
        asset_checks=[gate(expected_checks(settings, registry))],
        jobs=list(jobs.values()),
        schedules=[
            schedule(
                cadence,
                job,
                timing[cadence],
                zone=settings.zone,
                daily=daily_tables(specs, enabled),
                workdays=workdays,
                why=why,
            )
            for cadence, job in jobs.items()
        ],
        sensors=[housekeeping(settings), *alert_sensors(settings)],
        resources={"refresh": RefreshRun()},
        # One process a run: another process could not open the warehouse, and would import everything again.
        executor=dg.in_process_executor,
    )


def _job(cadence: Cadence, specs: Mapping[str, SourceSpec]) -> dg.UnresolvedAssetJobDefinition:
    """The path in one job, because a failed check holds back its own run only; without what is read less often."""
    reported = reported_by(cadence)
    slower = [kpi_group(other) for other in CADENCES if other not in reported]
    slower += [raw_schema(spec.name) for spec in specs.values() if spec.cadence not in reported]
    everything = dg.AssetSelection.all()
    return dg.define_asset_job(
        name=f"refresh_{cadence}",
        selection=everything - dg.AssetSelection.groups(*slower) if slower else everything,
        config={"resources": {"refresh": {"config": {"cadence": cadence}}}},
        description=f"Load, transform, compute, check and publish what is read {cadence}.",
        # A run whose process was lost is tried again as a whole: another one may have been at the warehouse between.
        tags={"cadence": cadence, "dagster/retry_strategy": "ALL_STEPS"},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dg` loads, for the settings of this machine. Raises ConfigurationError for settings that are wrong."""
    return build_definitions(load_settings())
