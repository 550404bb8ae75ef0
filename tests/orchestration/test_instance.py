"""The settings of Dagster's own that `kpi ui` writes, as Dagster reads them."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus

from cli.ui import dagster_home


def test_one_run_at_a_time_no_telemetry_retries_of_lost_runs_and_limits(tmp_path: Path) -> None:
    with dg.DagsterInstance.from_config(str(dagster_home(tmp_path))) as instance:
        assert instance.get_settings("telemetry") == {"enabled": False}
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1  # type: ignore[union-attr]
        assert (instance.run_retries_enabled, instance.run_retries_max_retries) == (True, 2)
        assert instance.run_retries_retry_on_asset_or_op_failure is False
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 12 * 3600
        kept = instance.get_tick_retention_settings(InstigatorType.SCHEDULE)
        assert kept[TickStatus.SKIPPED] == 14
        assert kept[TickStatus.SUCCESS] == 180
