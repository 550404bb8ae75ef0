"""What a schedule asks for: one run, the days since the last one, on its own days only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from orchestration.cadence import Cadence, timings
from orchestration.schedules import OPEN_WINDOWS, asked_days, schedule
from warehouse.workdays import Workdays

BERLIN = ZoneInfo("Europe/Berlin")
TABLE, OTHER, NEW = (dg.AssetKey(["raw_ads", table]) for table in ("campaigns", "clicks", "keywords"))
FIRST, LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """Of two tables it has read some days, of a third none."""
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as found:
        for key, *days in ((TABLE, "2026-11-10", "2026-11-19"), (OTHER, "2026-11-10", "2026-11-12")):
            for day in days:
                found.report_runless_asset_event(dg.AssetMaterialization(key, partition=str(day)))
        yield found


def asked(
    instance: dg.DagsterInstance, cadence: Cadence, moment: str, *daily: dg.AssetKey, holidays: str = ""
) -> dg.RunRequest | str:
    """The run that is asked for, or why none is."""
    job, workdays = dg.define_asset_job("job"), Workdays(holidays)
    found = schedule(cadence, job, timings()[cadence], zone=BERLIN, daily=daily, workdays=workdays, why="")
    at = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=at) as context:
        answer = found(context)
    if isinstance(answer, dg.RunRequest):
        return answer
    assert isinstance(answer, dg.SkipReason)
    return str(answer.skip_message)


@pytest.mark.parametrize(
    ("cadence", "moment", "daily", "days"),
    [
        # on from the newest day that all have, ten days in one run
        ("daily", "2026-11-23T06:00", (TABLE, OTHER), ("2026-11-13", "2026-11-22")),
        # marked at once is no more than a month
        ("daily", "2026-11-23T06:00", (TABLE, NEW), ("2026-10-23", "2026-11-22")),
        # nothing is missing: yesterday again
        ("weekly", "2026-11-16T06:20", (TABLE,), ("2026-11-15", "2026-11-15")),
        # yesterday of the business, when clocks change in the night
        ("daily", "2026-03-29T06:00", (TABLE,), ("2026-03-28", "2026-03-28")),
        ("daily", "2026-10-25T06:00", (TABLE,), ("2026-10-24", "2026-10-24")),
        ("monthly", "2026-08-03T06:40", (TABLE,), ("2026-08-02", "2026-08-02")),
    ],
)
def test_a_schedule_asks_for_one_run_of_the_days_since_the_last(
    instance: dg.DagsterInstance,
    cadence: Cadence,
    moment: str,
    daily: tuple[dg.AssetKey, ...],
    days: tuple[str, str],
) -> None:
    request = asked(instance, cadence, moment, *daily)
    assert isinstance(request, dg.RunRequest)
    assert (request.tags[FIRST], request.tags[LAST]) == days
    assert request.run_key == f"{cadence} {moment[:10]}"


def test_the_monthly_run_waits_for_the_first_working_day(instance: dg.DagsterInstance) -> None:
    reason = asked(instance, "monthly", "2026-08-01T06:40")
    assert reason == "Saturday 2026-08-01 is not the first working day of its month"


def test_the_monthly_run_waits_for_the_end_of_a_public_holiday(instance: dg.DagsterInstance) -> None:
    reason = asked(instance, "monthly", "2027-01-01T06:40", holidays="DE")
    assert reason == "Friday 2027-01-01 is not the first working day of its month"
    request = asked(instance, "monthly", "2027-01-04T06:40", holidays="DE")
    assert isinstance(request, dg.RunRequest)
    assert isinstance(asked(instance, "monthly", "2027-01-01T06:40"), dg.RunRequest)


@pytest.mark.parametrize(
    ("tags", "days"),
    [
        ({}, None),
        # a backfill reads its days and nothing else
        ({FIRST: "2026-09-01", LAST: "2026-09-30"}, (date(2026, 9, 1), date(2026, 9, 30))),
        ({"dagster/partition": "2026-09-05"}, (date(2026, 9, 5), date(2026, 9, 5))),
        # by hand for yesterday: bring me up to date
        ({"dagster/partition": "2026-11-22"}, None),
        ({FIRST: "2026-11-13", LAST: "2026-11-22", OPEN_WINDOWS: "daily"}, None),
    ],
)
def test_the_days_that_a_run_is_to_read(tags: dict[str, str], days: tuple[date, date] | None) -> None:
    assert asked_days(tags, date(2026, 11, 22)) == days
