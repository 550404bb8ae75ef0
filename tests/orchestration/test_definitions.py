"""Dagster's view of the path: complete, in line with the registry, and one job that really runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
import pytest
from dagster._core.execution.plan.resume_retry import ReexecutionStrategy
from dagster._core.storage.tags import RETRY_STRATEGY_TAG

from ingestion.catalog import discover
from orchestration.cadence import in_use, timings
from orchestration.definitions import build_definitions
from orchestration.defs.kpis import kpi_group, kpi_key
from orchestration.defs.publication import PAGES
from orchestration.run_plan import PUBLICATION
from tests.conftest import MainJob
from tests.refresh.test_blast_radius import WRONG_ROWS
from transform.kpi.registry import load_registry
from warehouse.layout import raw_schema
from warehouse.settings import as_of_now

Repository = dg.RepositoryDefinition


@pytest.fixture(scope="module")
def repository(main_job: MainJob) -> Iterator[Repository]:
    secrets = {name: value for name, value in os.environ.items() if name.startswith(("SOURCES__", "PRIVACY__"))}
    for name in secrets:
        del os.environ[name]
    yield build_definitions(main_job.settings).get_repository_def()
    os.environ.update(secrets)


def test_every_raw_table_model_and_kpi_is_an_asset_under_its_own_name(
    main_job: MainJob, repository: Repository
) -> None:
    keys = {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}
    raw = {f"{raw_schema(name)}/{table.name}" for name, source in discover().items() for table in source.spec.tables}
    built = {
        f"{schema}/{table}"
        for schema, table in main_job.warehouse(
            "select schema_name, table_name from duckdb_tables() "
            "where schema_name in ('intermediate', 'marts', 'semantic') union all "
            "select schema_name, view_name from duckdb_views() "
            "where schema_name in ('staging', 'published')"
        )
    }
    kpis = {kpi_key(kpi.name).to_user_string() for kpi in load_registry(main_job.settings).kpis}
    assert raw | built | kpis <= keys
    assert len(built) > 60
    strays = [node.key for node in repository.asset_graph.asset_nodes if node.group_name == "default"]
    assert strays == []


def test_every_kpi_is_in_the_group_of_its_cadence_with_owner_and_freshness(
    main_job: MainJob, repository: Repository
) -> None:
    for kpi in load_registry(main_job.settings).kpis:
        node = repository.asset_graph.get(kpi_key(kpi.name))
        assert node.group_name == kpi_group(kpi.cadence)
        assert node.owners
        assert node.tags["stage"] == kpi.stage
        policy = node.freshness_policy_or_from_metadata
        assert isinstance(policy, dg.FreshnessPolicy)


def test_lineage_reaches_from_each_enabled_source_to_the_pages(main_job: MainJob, repository: Repository) -> None:
    upstream = above(repository, PAGES)
    assert PUBLICATION in upstream
    # GA4's reports and Search Console's totals end in staging: no KPI of the catalogue is computed from them.
    for name in set(main_job.settings.enabled_sources()) - {"ga4", "search_console"}:
        assert any(key.path[0] == raw_schema(name) for key in upstream), name
    for layer in ("staging", "intermediate", "marts", "semantic", "published"):
        assert any(key.path[0] == layer for key in upstream), layer
    spend = above(repository, kpi_key("cost_per_mille"))
    assert dg.AssetKey(["marts", "fct_ad_spend"]) in spend
    assert dg.AssetKey(["marts", "fct_leads"]) not in spend


def above(repository: Repository, key: dg.AssetKey) -> set[dg.AssetKey]:
    graph = repository.asset_graph
    found: set[dg.AssetKey] = set()
    waiting = [key]
    while waiting:
        for parent in graph.get(waiting.pop()).parent_keys:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def test_a_schedule_for_each_cadence_of_the_registry_and_no_other(main_job: MainJob, repository: Repository) -> None:
    cadences = in_use(kpi.cadence for kpi in load_registry(main_job.settings).kpis)
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    assert set(schedules) == {f"{cadence}_schedule" for cadence in cadences}
    for cadence in cadences:
        schedule = schedules[f"{cadence}_schedule"]
        # an account in New York closes its day at 06:00 of the business
        assert schedule.cron_schedule == timings(7)[cadence].starts
        assert "meta_ads 3000000001 too, which is in America/New_York" in str(schedule.description)
        assert schedule.execution_timezone == main_job.settings.business.time_zone
        assert schedule.job_name == f"refresh_{cadence}"
        # by Dagster's own names: what is lost is done again from the start
        again = repository.get_job(schedule.job_name).tags[RETRY_STRATEGY_TAG]
        assert ReexecutionStrategy(again) is ReexecutionStrategy.ALL_STEPS


def test_the_daily_job_runs_from_the_sources_to_a_new_publication(spare_job: MainJob) -> None:
    job = build_definitions(spare_job.settings).resolve_job_def("refresh_daily")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance)
        assert result.success
        events = result.get_asset_materialization_events()
        made = {event.asset_key: event.step_materialization_data.materialization.metadata for event in events}
        checks = result.get_asset_check_evaluations()
    assert {
        PUBLICATION,
        PAGES,
        dg.AssetKey(["raw_google_ads", "campaign_daily"]),
        kpi_key("cost_per_mille"),
    } <= made.keys()
    assert kpi_key("retention_rate") not in made  # is read monthly
    assert dg.AssetKey(["marts", "fct_customer_journey"]) in made
    assert {"step seconds", "step CPU seconds", "API requests", "dagster/row_count", "window"} <= made[
        dg.AssetKey(["raw_google_ads", "campaign_daily"])
    ].keys()
    assert "API quota: tokens_remaining_today" in made[dg.AssetKey(["raw_ga4", "day_totals"])]
    assert str(made[kpi_key("cost_per_mille")]["status"].value)
    assert "▁" in str(made[kpi_key("cost_per_mille")]["chart"].value)
    told = str(made[PUBLICATION]["what the run has cost"].value)
    assert all(f"| {step} |" in told for step in ("load Google Ads", "build and test models", "compute KPIs"))
    names = {check.check_name for check in checks}
    assert "kpi_cost_per_mille_in_range" in names
    assert len([check for check in checks if check.asset_key.path[0] == "marts"]) > 20
    assert all(check.passed for check in checks)
    ((run_id,),) = spare_job.published("select run_id from publication")
    assert str(run_id).endswith(result.run_id[-6:])
    assert run_id != spare_job.report.run_id


def test_a_run_that_cannot_load_a_source_publishes_the_kpis_that_do_not_rest_on_it(spare_job: MainJob) -> None:
    os.environ["SOURCES__META_ADS__ACCESS_TOKEN"] = "wrong"
    # a wrong row as well: the models above it are not built, and the steps after them run all the same
    spare_job.warehouse(WRONG_ROWS)
    job = build_definitions(spare_job.settings).resolve_job_def("refresh_daily")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance)
        assert result.success
        events = result.get_asset_materialization_events()
        made = {event.asset_key: event.step_materialization_data.materialization.metadata for event in events}
        failed = {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}
    assert "is_loaded" in failed
    assert "something_is_left_to_publish" not in failed
    kept = str(made[dg.AssetKey(["raw_meta_ads", "campaign_daily"])]["not loaded, kept as it was"].value)
    assert "token" in kept
    assert "not built, kept as it was" in made[dg.AssetKey(["marts", "channel_daily"])]
    assert "not built, kept as it was" not in made[dg.AssetKey(["marts", "fct_orders"])]
    assert kept in str(made[PUBLICATION]["held"].value)
    resting = "select kpi from dim_kpi where list_contains(string_split(sources, ','), 'meta_ads') order by kpi"
    assert spare_job.published("select kpi from kpi_status where is_stale order by kpi") == spare_job.published(resting)


def test_a_run_of_one_source_that_cannot_be_loaded_fails(spare_job: MainJob) -> None:
    os.environ["SOURCES__META_ADS__ACCESS_TOKEN"] = "wrong"
    key = dg.AssetKey(["raw_meta_ads", "campaign_daily"])
    whole = build_definitions(spare_job.settings).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        result = whole.get_subset(asset_selection={key}).execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    assert result.get_asset_materialization_events() == []


def test_a_backfill_of_a_range_is_one_run_that_reads_these_days_of_this_source(spare_job: MainJob) -> None:
    key = dg.AssetKey([raw_schema("search_console"), "totals_daily"])
    whole = build_definitions(spare_job.settings).resolve_implicit_global_asset_job_def()
    newest = as_of_now().date() - timedelta(days=1)
    first, last = newest - timedelta(days=60), newest - timedelta(days=57)
    tags = {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}
    with dg.DagsterInstance.ephemeral() as instance:
        result = whole.get_subset(asset_selection={key}).execute_in_process(instance=instance, tags=tags)
        assert result.success
        made = [(event.asset_key, event.partition) for event in result.get_asset_materialization_events()]
    assert made == [(key, str(first + timedelta(days=n))) for n in range(4)]
    newest_run = "run_id = (select max(run_id) from ops.loads)"
    loads = spare_job.warehouse(f"select source, window_start, window_end from ops.loads where {newest_run}")
    assert loads == [("search_console", first, last)]


def test_tables_read_by_window_have_a_partition_a_day_of_the_business(
    main_job: MainJob, repository: Repository
) -> None:
    graph = repository.asset_graph
    for name in main_job.settings.enabled_sources():
        spec = discover()[name].spec
        for table in spec.tables:
            days = graph.get(dg.AssetKey([raw_schema(name), table.name])).partitions_def
            assert (days is not None) is (table.window_column is not None), table.name
            if isinstance(days, dg.DailyPartitionsDefinition) and spec.restatement_days:
                assert days.timezone == main_job.settings.business.time_zone
                # the first load's oldest day has one
                assert days.has_partition_key(str(as_of_now().date() - timedelta(days=spec.history_days)))
    assert graph.get(kpi_key("cost_per_mille")).partitions_def is None
