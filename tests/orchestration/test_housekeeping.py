"""Runs whose process is gone hold up nobody, and old ones go without what is known of the days that they read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from orchestration import housekeeping as module
from orchestration.housekeeping import forget, housekeeping
from refresh.lock import exclusive
from warehouse.settings import Business, Settings

DAYS = dg.DailyPartitionsDefinition("2026-11-01")


@dg.asset(partitions_def=DAYS)
def table() -> None:
    """A table that is read by day."""


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, business=Business(reporting_currency="EUR"))


def test_old_runs_go_and_the_days_that_they_read_stay_marked(instance: dg.DagsterInstance, settings: Settings) -> None:
    for day in ("2026-11-02", "2026-11-03"):
        assert dg.materialize([table], instance=instance, partition_key=day).success
    later = datetime.now(UTC) + timedelta(days=settings.keep_runs_days)
    assert list(forget(instance, settings, later - timedelta(minutes=10))) == []
    gone = list(forget(instance, settings, later + timedelta(minutes=10)))
    assert len(gone) == 2
    assert instance.get_runs() == []
    assert not any(instance.all_logs(run_id) for run_id in gone)
    assert instance.get_materialized_partitions(table.key) == {"2026-11-02", "2026-11-03"}


def test_a_run_without_a_process_is_failed_at_the_second_look(
    instance: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STARTS_WITHIN", timedelta(minutes=-5))
    run = create_run_for_test(instance, job_name="refresh_daily")
    instance.report_dagster_event(dg.DagsterEvent("PIPELINE_START", "refresh_daily"), run.run_id)
    sensor = housekeeping(settings)

    def look(cursor: str | None) -> str | None:
        with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
            sensor(context)
            return context.cursor

    def status() -> dg.DagsterRunStatus:
        found = instance.get_run_by_id(run.run_id)
        assert found
        return found.status

    # it is at work, or a refresh by hand is: nobody knows
    with exclusive(settings):
        assert not look(run.run_id)
    assert status() is dg.DagsterRunStatus.STARTED
    cursor = look(None)
    assert (cursor, status()) == (run.run_id, dg.DagsterRunStatus.STARTED)
    assert not look(cursor)
    assert status() is dg.DagsterRunStatus.FAILURE
