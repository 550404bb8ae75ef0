"""Dagster's runs tell the services of [alerts] how they ended; the code is that of `kpi refresh`."""

# No postponed annotations here: Dagster reads the annotations of a sensor as types.

from datetime import UTC, datetime
from typing import Any

import dagster as dg

from alerts import tell
from alerts.message import Told
from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.settings import Settings, load_settings

_OURS = {kind.__name__ for kind in (ConfigurationError, CheckFailed)}


def alert_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """A sensor for runs that failed and one for those that ended well; none while nobody is to be told.

    A service without a usable address fails the tick that needs it, not the refreshes.
    """
    if not settings.alerts.services:
        return []
    running = dg.DefaultSensorStatus.RUNNING

    @dg.run_failure_sensor(
        name="tell_of_failed_runs",
        default_status=running,
        description="Tells the services of [alerts] why a run failed.",
    )
    def failed(context: dg.RunFailureSensorContext) -> None:
        line = failure_line(context)
        _note(context, tell.after_failure(load_settings(), line, datetime.now(UTC)))

    @dg.run_status_sensor(
        name="tell_of_refreshes",
        run_status=dg.DagsterRunStatus.SUCCESS,
        default_status=running,
        description="Tells the services of [alerts] what a refresh found, and sends the digests that are due.",
    )
    def ended_well(context: dg.RunStatusSensorContext) -> None:
        _note(context, tell.after_refresh(load_settings(), datetime.now(UTC)))

    return [failed, ended_well]


def failure_line(context: dg.RunFailureSensorContext) -> str:
    """What a person is told of the run: our own line where there is one, which holds no secret; else only a name."""
    for event in context.get_step_failure_events():
        data = event.step_failure_data
        if data.user_failure_data and data.user_failure_data.description:
            return data.user_failure_data.description
        return _of_error(data.error, f"the step {event.step_key} failed")
    failure = context.failure_event
    # Without an error Dagster, or our housekeeping, says what became of the run's process.
    return _of_error(failure.job_failure_data.error, failure.message or "the run failed before its first step")


def _of_error(error: Any, words: str) -> str:
    """`error` is None, or Dagster's record of one, whose type has no public name."""
    if error is None:
        return words
    while error.cause:
        error = error.cause
    if error.cls_name in _OURS:
        return str(error.message).split(": ", 1)[-1].strip()
    return f"{words}: unforeseen {error.cls_name}; the run in the Dagster UI has its details"


def _note(context: dg.RunStatusSensorContext, told: list[Told]) -> None:
    """A service that did not take its message is a line of the tick's log: the next run tells it."""
    for each in told:
        if each.problem:
            context.log.warning(each.problem)
