"""What Dagster leaves lying: runs whose process is gone, which hold up all others, and runs that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from refresh.lock import is_running
from warehouse.settings import Settings

# A run has its process, and its lock, well before.
_STARTS_WITHIN = timedelta(minutes=5)
# Runs taken away at a time, so that a tick stays short.
_AT_ONCE = 20
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def housekeeping(settings: Settings) -> dg.SensorDefinition:
    """A sensor that starts no run. Dagster itself keeps runs for ever, and does not see a loss of power."""

    @dg.sensor(
        name="housekeeping",
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Fails runs whose process is gone, so that the next one can start, and takes away runs with their logs "
            f"after {settings.keep_runs_days} days (keep_runs_days); the days that they read stay marked."
        ),
    )
    def tick(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        now = datetime.now(UTC)
        lost = {} if is_running(settings) else lost_runs(context.instance, now)
        # Once may be a run that is just ending, and has let go of the home already.
        suspected = set((context.cursor or "").split())
        for run_id in suspected & lost.keys():
            context.instance.report_run_failed(lost[run_id], "Its process is gone: it was killed, or the power failed.")
        context.update_cursor(" ".join(sorted(lost.keys() - suspected)))
        failed, gone = len(suspected & lost.keys()), len(list(forget(context.instance, settings, now)))
        return dg.SkipReason(f"{failed} runs without a process failed, {gone} old runs taken away")

    return tick


def lost_runs(instance: dg.DagsterInstance, now: datetime) -> dict[str, dg.DagsterRun]:
    """Runs that should hold the home by now; asked while nobody holds it."""
    since = (now - _STARTS_WITHIN).timestamp()
    records = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    return {
        record.dagster_run.run_id: record.dagster_run
        for record in records
        if record.start_time is not None and record.start_time < since
    }


def forget(instance: dg.DagsterInstance, settings: Settings, now: datetime) -> Iterator[str]:
    """Take away runs that ended long ago, with their events and logs. Gives their ids."""
    before = now - timedelta(days=settings.keep_runs_days)
    old = dg.RunsFilter(statuses=_ENDED, created_before=before)
    for record in instance.get_run_records(old, limit=_AT_ONCE, ascending=True):
        run_id = record.dagster_run.run_id
        events = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
        marks = {
            (event.asset_key, event.partition)
            for entry in events
            if (event := entry.event_log_entry.dagster_event) and event.asset_key and event.partition
        }
        instance.delete_run(run_id)
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        for key, day in sorted(marks):
            if day not in instance.get_materialized_partitions(key):
                mark = dg.AssetMaterialization(key, "Read by a run that is no longer kept.", partition=day)
                instance.report_runless_asset_event(mark)
        yield run_id
