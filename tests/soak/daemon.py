"""Dagster's own daemon, turn by turn, at moments of a virtual clock; a run is a process that may be killed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from unittest import mock

import dagster as dg
from dagster._core.launcher import LaunchRunContext, RunLauncher
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import freeze_time, get_freezable_log_manager
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster._daemon.auto_run_reexecution.event_log_consumer import EventLogConsumerDaemon
from dagster._daemon.daemon import MonitoringDaemon
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._daemon.sensor import execute_sensor_iteration
from dagster._scheduler.scheduler import ScheduleIterationTimes, launch_scheduled_runs
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from cli.ui import DAGSTER_YAML
from orchestration import housekeeping
from warehouse.layout import PROJECT_ROOT

IN_PROGRESS = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
# What steps print is in what the run's process says; a file for each would start two more processes a step.
_OURS = """
run_launcher:
  module: tests.soak.daemon
  class: Launcher
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
_LOGGER = logging.getLogger("tests.soak.daemon")


class Launcher(RunLauncher, ConfigurableClass):
    """Keeps what it is to launch until somebody takes it."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self.waiting: list[str] = []
        super().__init__()

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        return cls(inst_data=inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        self.waiting.append(context.dagster_run.run_id)

    def terminate(self, run_id: str) -> bool:
        return False


class Daemon:
    """The daemons that schedules, runs, retries and sensors need."""

    def __init__(self, instance: dg.DagsterInstance, context: WorkspaceProcessContext) -> None:
        self.instance = instance
        self._context = context
        self._iterations: dict[str, ScheduleIterationTimes] = {}
        self._daemons = (MonitoringDaemon(1), EventLogConsumerDaemon(1), QueuedRunCoordinatorDaemon(1))

    def turn(self, now: datetime) -> list[str]:
        """One turn of each at that moment. Returns the runs that are to be launched."""
        with freeze_time(now):
            _exhaust(launch_scheduled_runs(self._context, _LOGGER, now, self._iterations))
            _exhaust(execute_sensor_iteration(self._context, _LOGGER, None, None))
            for daemon in self._daemons:
                _exhaust(daemon.run_iteration(self._context))
        launcher = self.instance.run_launcher
        assert isinstance(launcher, Launcher)
        waiting, launcher.waiting = launcher.waiting, []
        return waiting

    @property
    def is_busy(self) -> bool:
        """Whether a run waits, runs, or is thought to run."""
        return self.instance.get_runs_count(dg.RunsFilter(statuses=IN_PROGRESS)) > 0


@contextmanager
def daemon(home: Path) -> Iterator[Daemon]:
    """The daemon over `orchestration.definitions` for the present environment, with Dagster's state in `home`."""
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.yaml").write_text(DAGSTER_YAML + _OURS, encoding="utf-8")
    target = LoadableTargetOrigin(
        executable_path=None, module_name="orchestration.definitions", working_directory=str(PROJECT_ROOT)
    )
    load = InProcessWorkspaceLoadTarget([InProcessCodeLocationOrigin(target, location_name="kpi")])
    # The clocks of the machine and of the business differ, so that a run may seem to begin later than it is looked at.
    with (
        mock.patch.object(housekeeping, "_STARTS_WITHIN", timedelta(days=-1000)),
        dg.DagsterInstance.from_config(str(folder)) as instance,
        WorkspaceProcessContext(instance, load) as context,
    ):
        yield Daemon(instance, context)


def execute(home: str, run_id: str, now: str) -> int:
    """Be the process of a run that is launched at `now`; its clock goes on from there, and waits take no time."""
    from dagster._cli.api import _execute_run_command_body

    from ingestion import pipeline

    shift = [datetime.fromisoformat(now).timestamp() - time.time()]
    load = pipeline.load
    with (
        mock.patch("dagster._time._mockable_get_current_timestamp", lambda: time.time() + shift[0]),
        mock.patch(
            "dagster._time._mockable_get_current_datetime",
            lambda: datetime.fromtimestamp(time.time() + shift[0], tz=datetime.fromisoformat(now).tzinfo),
        ),
        mock.patch("dagster._core.log_manager.DagsterLogManager", new=get_freezable_log_manager()),
        mock.patch("dagster._core.execution.plan.active.time", _Clock(shift)),
        mock.patch.object(pipeline, "load", lambda *args, **more: load(*args, **more, sleep=lambda seconds: None)),
        dg.DagsterInstance.from_config(str(Path(home) / "dagster")) as instance,
    ):
        _execute_run_command_body(run_id, instance, lambda event: None, True)
        run = instance.get_run_by_id(run_id)
        return 0 if run and run.is_success else 1


class _Clock:
    """What a step's retries wait by."""

    def __init__(self, shift: list[float]) -> None:
        self._shift = shift

    def time(self) -> float:
        return time.time() + self._shift[0]

    def sleep(self, seconds: float) -> None:
        self._shift[0] += seconds
        time.sleep(min(seconds, 0.05))


def failures(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """The lines that a failed run shows of its steps, or of itself."""
    found = []
    for entry in instance.all_logs(run_id, of_type={dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}):
        event = entry.dagster_event
        if event and event.is_step_failure and event.step_failure_data.user_failure_data:
            found.append(str(event.step_failure_data.user_failure_data.description))
        elif event and event.is_step_failure:
            error = event.step_failure_data.error
            found.append(f"unforeseen: {error.message.strip() if error else event.message}")
    return found or ["the run itself"]


def _exhaust(iteration: Iterable[Any]) -> None:
    """Take all that a daemon gives; what it caught is raised."""
    for given in iteration:
        if given is not None and hasattr(given, "stack"):
            raise RuntimeError(f"Dagster's daemon: {given.to_string()}")
