"""Dagster's view of the path: complete, in line with the registry, and one job that really runs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import dagster as dg
import pytest

from ingestion.catalog import discover
from orchestration.cadence import in_use, timings
from orchestration.definitions import build_definitions
from orchestration.defs.kpis import kpi_group, kpi_key
from orchestration.defs.publication import PAGES, PUBLICATION
from tests.conftest import MainJob
from transform.kpi.registry import load_registry
from warehouse.layout import raw_schema

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
        assert schedule.cron_schedule == timings()[cadence].starts
        assert schedule.execution_timezone == main_job.settings.business.time_zone
        assert schedule.job_name == f"refresh_{cadence}"


def test_the_daily_job_runs_from_the_sources_to_a_new_publication(spare_job: MainJob) -> None:
    job = build_definitions(spare_job.settings).resolve_job_def("refresh_daily")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance)
        assert result.success
        made = {event.asset_key for event in result.get_asset_materialization_events()}
        checks = result.get_asset_check_evaluations()
    assert {PUBLICATION, PAGES, dg.AssetKey(["raw_google_ads", "campaign_daily"]), kpi_key("cost_per_mille")} <= made
    assert kpi_key("retention_rate") not in made  # is read monthly
    assert dg.AssetKey(["marts", "fct_customer_journey"]) in made
    names = {check.check_name for check in checks}
    assert "kpi_cost_per_mille_in_range" in names
    assert len([check for check in checks if check.asset_key.path[0] == "marts"]) > 20
    assert all(check.passed for check in checks)
    ((run_id,),) = spare_job.published("select run_id from publication")
    assert str(run_id).endswith(result.run_id[-6:])
    assert run_id != spare_job.report.run_id
