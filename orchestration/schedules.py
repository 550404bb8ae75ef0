"""A schedule for each cadence: one run when it is due, however many were missed, over the days that none has read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from orchestration.cadence import Cadence, Timing, is_due
from warehouse.workdays import Workdays

OPEN_WINDOWS = "refresh/open_windows"
"""The tag of a run that reads what may have changed, and not the days of its partitions alone."""
_FIRST, _LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
# What a run marks as read at most; a longer pause is read as well, and marked by a backfill if somebody wants it.
_MARKED = timedelta(days=31)


def schedule(
    cadence: Cadence,
    job: dg.UnresolvedAssetJobDefinition,
    timing: Timing,
    *,
    zone: ZoneInfo,
    daily: Collection[dg.AssetKey],
    workdays: Workdays,
    why: str,
) -> dg.ScheduleDefinition:
    """The schedule of `job`. `daily` are the assets of one partition a day, `why` says why it starts when it does.

    That of a month runs on the first of `workdays`.
    """

    @dg.schedule(
        name=f"{cadence}_schedule",
        job=job,
        cron_schedule=timing.starts,
        execution_timezone=str(zone),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{_WHEN[cadence]}, in {zone}: {why}. After a pause one run reads all the days that were missed.",
        tags={"cadence": cadence},
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        day = context.scheduled_execution_time.astimezone(zone).date()
        if not is_due(cadence, day, workdays):
            return dg.SkipReason(f"{day:%A} {day} is not the first working day of its month")
        return dg.RunRequest(
            run_key=f"{cadence} {day}",
            tags={OPEN_WINDOWS: cadence, **_partitions(context.instance, daily, day - timedelta(days=1))},
        )

    return tick


def asked_days(tags: Mapping[str, str], newest: date) -> tuple[date, date] | None:
    """The days that a run with these tags is to read; None for what may have changed.

    None too for the partition of the `newest` day alone: whoever runs a job by hand for that day wants it up to date.
    """
    first, last = tags.get(_FIRST, tags.get("dagster/partition")), tags.get(_LAST, tags.get("dagster/partition"))
    if OPEN_WINDOWS in tags or not first or not last:
        return None
    days = date.fromisoformat(first), date.fromisoformat(last)
    return None if days == (newest, newest) else days


def _partitions(instance: dg.DagsterInstance, daily: Collection[dg.AssetKey], day: date) -> dict[str, str]:
    """The partitions of a run up to `day`: those after the newest that all of `daily` have."""
    newest = [max(instance.get_materialized_partitions(key), default="") for key in daily]
    oldest = min(newest, default="")
    first = max(
        day - _MARKED + timedelta(days=1), date.fromisoformat(oldest) + timedelta(days=1) if oldest else date.min
    )
    return {_FIRST: str(min(first, day)), _LAST: str(day)}


_WHEN: dict[Cadence, str] = {
    "daily": "Every day",
    "weekly": "Every Monday",
    "monthly": "The first working day of each month",
}
