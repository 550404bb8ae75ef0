"""A load that would have to wait for longer than its budget stops, keeps what it has read, and goes on from there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from ingestion import pipeline
from ingestion.catalog import Source
from ingestion.context import LoadContext
from ingestion.http import LoadStopped
from ingestion.spec import Window
from refresh.plan import make_plan
from tests.ingestion.conftest import Trial
from tests.ingestion.fake_source import SPEC
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings, SourceSettings

AS_OF = datetime(2026, 1, 10, 8, tzinfo=UTC)
STOP = "fake: must wait 3600 s; try again at noon"


class Paced:
    """Two accounts, a day a request; the vendor allows `allowed` of them a load."""

    def __init__(self, home: Path, allowed: int) -> None:
        self.settings = Settings(home=home, sources={"fake": SourceSettings(enabled=True)})
        self.allowed = allowed
        self.asked: list[tuple[str, int]] = []

    def build(self, context: LoadContext) -> list[Any]:
        self.asked = []
        return [dlt.resource(self.daily(context), name="daily"), dlt.resource(self.names(), name="names")]

    def daily(self, context: LoadContext) -> Iterator[Any]:
        for account in ("a", "b"):
            window = context.account_window("daily", account, "UTC")
            for day in window.days() if window else []:
                yield [{"account_id": account, "date": day, "spend": "1"}]
                if len(self.asked) == self.allowed:
                    raise LoadStopped(STOP)
                self.asked.append((account, day.day))
                context.covered("daily", account, Window(day, day))

    def names(self) -> Iterator[Any]:
        yield [{"name": "half of them"}]
        if len(self.asked) == self.allowed:
            raise LoadStopped(STOP)
        yield [{"name": "the other half"}]

    def load(self, first: int, last: int, as_of: datetime = AS_OF) -> pipeline.LoadReport:
        window = Window(date(2026, 1, first), date(2026, 1, last))
        source = Source(SPEC, self.build, lambda context: [])
        return pipeline.load(source, window, settings=self.settings, as_of=as_of, run_id="run-1")

    def rows(self, sql: str) -> list[Any]:
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as con:
            return con.execute(sql).fetchall()

    def held(self) -> list[tuple[str, int]]:
        return self.rows("select account_id, day(date) from raw_fake.daily order by all")


def test_a_stopped_load_keeps_its_whole_days_and_the_next_goes_on_after_them(tmp_path: Path) -> None:
    vendor = Paced(tmp_path, allowed=4)
    with pytest.raises(ConfigurationError, match=rf"^{STOP}; the next load goes on after the 4 rows that were read"):
        vendor.load(1, 3)
    assert vendor.held() == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]
    assert vendor.rows("from raw_fake.names") == []  # half a snapshot is none
    assert vendor.rows("select window_start, stopped from ops.loads") == [(None, STOP)]
    assert vendor.rows("select newest_data_day from ops.sources") == [(None,)]
    vendor.allowed = 99
    vendor.load(1, 3)
    assert vendor.asked == [("b", 2), ("b", 3)]
    assert len(vendor.held()) == 6
    assert vendor.rows("select count(*) from raw_fake.names") == [(2,)]
    # The load after it is one as any other.
    vendor.load(1, 3)
    assert len(vendor.asked) == 6


@pytest.mark.parametrize("later", [timedelta(hours=17), timedelta(days=2)])
def test_days_that_may_have_changed_since_the_stop_are_read_again(tmp_path: Path, later: timedelta) -> None:
    """Read on the 10th; three days of restatement: the 5th was final then, the 8th was not."""
    vendor = Paced(tmp_path, allowed=4)
    with pytest.raises(LoadStopped):
        vendor.load(5, 9)
    vendor.allowed = 99
    vendor.load(5, 9, AS_OF + later)
    assert vendor.asked[:5] == [("a", 6), ("a", 7), ("a", 8), ("a", 9), ("b", 5)]


def test_loads_that_stop_every_day_come_to_an_end(tmp_path: Path) -> None:
    vendor = Paced(tmp_path, allowed=2)
    for day in range(4):
        try:
            vendor.load(1, 3, AS_OF + timedelta(days=day))
        except LoadStopped:
            continue
        break
    assert len(vendor.held()) == 6


def test_the_plan_asks_again_for_the_days_of_a_stopped_load(tmp_path: Path) -> None:
    vendor = Paced(tmp_path, allowed=1)
    with pytest.raises(LoadStopped):
        vendor.load(1, 9)
    settings = Settings(home=tmp_path, sources={"fx_rates": SourceSettings(enabled=True)})
    pipeline.ensure_tables(settings)
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("update ops.loads set source = 'fx_rates'")
    plan = make_plan(settings, as_of=AS_OF)
    assert (plan.windows["fx_rates"].end - plan.windows["fx_rates"].start).days > 300


def test_google_ads_goes_on_after_the_account_that_was_read(trial: Trial) -> None:
    trial.load("google_ads", "2026-11-18", "2026-11-22")
    undisturbed = trial.rows(
        "select * exclude (_dlt_load_id, _loaded_at) from raw_google_ads.campaign_daily order by all"
    )
    trial.execute("delete from ops.coverage; delete from ops.loads; delete from raw_google_ads.campaign_daily")
    # One request at a time: of two that are under way, the one that is refused may keep the other from being sent.
    trial.overrides = {"google_ads": {"parallel_requests": 1}}
    trial.inject("google_ads.resource_exhausted", "2000000002/googleAds:searchStream", times=99, skip=1)
    with pytest.raises(LoadStopped, match=r"must wait 1234 s.*the next load goes on after the \d+ rows"):
        trial.load("google_ads", "2026-11-18", "2026-11-22")
    assert trial.rows("select distinct customer_id from raw_google_ads.campaign_daily") == [("2000000001",)]
    trial.control.faults.clear()
    trial.control.log.clear()
    trial.load("google_ads", "2026-11-18", "2026-11-22")
    again = trial.rows("select * exclude (_dlt_load_id, _loaded_at) from raw_google_ads.campaign_daily order by all")
    assert again == undisturbed


def test_the_export_goes_on_after_the_tables_that_were_read(trial: Trial) -> None:
    trial.overrides = {"ga4_export": {"wait_budget_seconds": 0, "parallel_requests": 1}}
    trial.inject("any.503", "tables/events_20261105/data", times=9)
    with pytest.raises(LoadStopped):
        trial.load("ga4_export", "2026-11-01", "2026-11-10")
    days = trial.rows("select day(event_date) from raw_ga4_export.shards order by 1")
    assert days == [(day,) for day in range(1, 5)]
    assert days == trial.rows("select day(date_day) from ops.coverage where table_name = 'events' order by 1")
    trial.control.faults.clear()
    trial.control.log.clear()
    trial.load("ga4_export", "2026-11-01", "2026-11-10")
    asked = {request.path.split("/")[-2] for request in trial.asked("/data") if request.path.endswith("/data")}
    assert asked == {f"events_202611{day:02d}" for day in range(5, 11)}
    assert trial.rows("select count(*) from raw_ga4_export.shards") == [(10,)]
