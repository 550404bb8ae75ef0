from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import catalog, pipeline
from ingestion.restatements import as_reported
from ingestion.spec import TableSpec, Window
from tests.ingestion.conftest import Trial, serving
from tests.ingestion.fake_source import SPEC, FakeVendor
from tests.ingestion.portal import portal_world
from tests.ingestion.sandbox.tiny import utc
from warehouse.settings import Settings, SourceSettings

FIRST, SECOND, THIRD = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)
MORNING = datetime(2026, 1, 4, 8, tzinfo=UTC)


def _rows(home: Path, sql: str, values: object = None) -> list[Any]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return con.execute(sql, values).fetchall()


def _kept(home: Path) -> list[Any]:
    return _rows(
        home,
        "select account_id, date_day, measure, old_value, new_value, seen_at::varchar from ops.restatements "
        "where source = 'fake' and table_name = 'daily' order by rowid",
    )


def _spend_as_of(home: Path, moment: datetime) -> dict[tuple[str, date], Decimal]:
    rows = _rows(home, as_reported(SPEC, SPEC.table("daily"), "UTC"), {"moment": moment})
    return {(account, day): value for account, day, measure, value in rows if measure == "spend"}


def test_a_first_load_restates_nothing_and_a_reread_keeps_old_and_new(tmp_path: Path) -> None:
    vendor = FakeVendor(spend={("a", FIRST): "1.10", ("a", SECOND): "2.20", ("b", SECOND): "9.90"}, as_of=MORNING)
    report = vendor.load(tmp_path, FIRST, SECOND)
    assert _kept(tmp_path) == []
    # The next morning: a day moved, a day came to nothing, an empty day got rows, and a new day is read first.
    vendor.as_of = MORNING + timedelta(days=1)
    vendor.spend = {("a", FIRST): "1.10", ("a", SECOND): "2.5", ("b", FIRST): "0.30", ("b", THIRD): "7"}
    again = vendor.load(tmp_path, FIRST, THIRD)
    seen = "2026-01-05 08:00:00+00"
    assert _kept(tmp_path) == [
        ("a", SECOND, "spend", Decimal("2.20"), Decimal("2.5"), seen),
        ("b", FIRST, "spend", Decimal(0), Decimal("0.3"), seen),
        ("b", SECOND, "spend", Decimal("9.9"), Decimal(0), seen),
    ]
    loads = "select distinct load_id from ops.restatements"
    assert _rows(tmp_path, loads) == [(again.load_id,)] != [(report.load_id,)]
    # What is read the same again leaves no trace, in whatever order and spelling the rows come.
    vendor.spend = {("b", THIRD): "7.000", ("b", FIRST): "0.3", ("a", SECOND): "2.50", ("a", FIRST): "1.1"}
    vendor.load(tmp_path, FIRST, THIRD)
    assert len(_kept(tmp_path)) == 3


def test_a_day_is_told_as_it_was_reported_at_any_moment(tmp_path: Path) -> None:
    vendor = FakeVendor(accounts=("a",), as_of=MORNING)
    for spend in ("10", "12", "11"):
        vendor.spend = {("a", FIRST): spend, ("a", SECOND): "5"}
        vendor.load(tmp_path, FIRST, SECOND)
        vendor.as_of += timedelta(days=1)
    assert _spend_as_of(tmp_path, MORNING - timedelta(hours=1)) == {}
    told = [_spend_as_of(tmp_path, MORNING + timedelta(days=days, hours=1)) for days in range(4)]
    assert [day["a", FIRST] for day in told] == [10, 12, 11, 11]
    assert [day["a", SECOND] for day in told] == [5, 5, 5, 5]


def test_a_load_that_fails_keeps_no_restatement(tmp_path: Path) -> None:
    vendor = FakeVendor(spend={("a", FIRST): "1"})
    vendor.load(tmp_path, FIRST, FIRST)
    vendor.spend = {("a", FIRST): "2"}
    vendor.wrong = lambda context: [[{"account_id": "z", "date": "2026-01-01"}]]
    with pytest.raises(Exception, match="not asked for"):
        vendor.load(tmp_path, FIRST, FIRST)
    assert _kept(tmp_path) == []


def test_measures_that_the_table_lacks_are_refused_at_declaration() -> None:
    with pytest.raises(ValueError, match="spent"):
        TableSpec("daily", ("day",), {"day": "date"}, "Days.", window_column="day", measures=("spent",))
    with pytest.raises(ValueError, match="window_column or dated_by"):
        TableSpec("names", ("name",), {"name": "text", "size": "bigint"}, "Names.", measures=("size",))


def test_conversions_that_grow_with_their_lag_leave_a_trace(trial: Trial) -> None:
    """Google Ads learns of conversions late: the same day a week later has more of them, and the same cost."""
    trial.load("google_ads", "2026-11-01", "2026-11-20")
    trial.control.advance(timedelta(days=7))
    trial.load("google_ads", "2026-11-01", "2026-11-20")
    changed = trial.rows(
        "select distinct measure, new_value > old_value from ops.restatements "
        "where source = 'google_ads' and table_name = 'campaign_daily' order by all"
    )
    assert ("conversions", True) in changed
    assert not [measure for measure, _ in changed if measure in ("cost_micros", "clicks", "impressions")]
    raw = trial.rows("select sum(conversions::decimal(38, 9)) from raw_google_ads.campaign_daily")
    moved = trial.rows(
        "select sum(new_value - old_value) from ops.restatements "
        "where table_name = 'campaign_daily' and measure = 'conversions'"
    )
    assert 0 < moved[0][0] < raw[0][0]


def test_files_that_tell_of_past_days_otherwise_leave_a_trace_by_currency(tmp_path: Path) -> None:
    folder, home = tmp_path / "inbox", tmp_path / "home"
    folder.mkdir()
    costs, deals = (
        "date,channel,campaign,cost,currency\n",
        "deal_id,contact_id,created_at,closed_at,stage,is_won,amount,",
    )

    def drop(now: str, cost_lines: str, deal_lines: str) -> None:
        (folder / "costs.csv").write_text(costs + cost_lines)
        (folder / "crm_deals.csv").write_text(f"{deals}currency\n{deal_lines}")
        source = SourceSettings(enabled=True, folder=str(folder))  # type: ignore[call-arg]
        settings, window = Settings(home=home, sources={"file_drop": source}), Window(FIRST, FIRST)
        pipeline.load("file_drop", window, settings=settings, as_of=utc(now), run_id="test")

    won = "a,1,2026-09-01,2026-10-20,won,yes,500,EUR\n"
    drop("2026-11-22T08:00:00", "2026-10-05,Email,news,100.00,EUR\n2026-10-05,Fair,,200,CHF\n", won)
    assert _rows(home, "select count(*) from ops.restatements") == [(0,)]
    # An invoice was corrected, a deal lowered, another one entered late; what is of the 22nd is news.
    drop(
        "2026-11-23T08:00:00",
        "2026-10-05,Email,news,120.00,EUR\n2026-10-05,Fair,,200,CHF\n2026-11-22,Email,news,7,EUR\n",
        won.replace("500", "450.5")
        + "b,1,2026-09-01,2026-10-21,won,yes,80,CHF\nc,1,2026-09-01,2026-10-22,lost,no,9,EUR\n",
    )
    assert _rows(
        home,
        "select table_name, account_id, date_day::varchar, measure, old_value, new_value from ops.restatements "
        "order by all",
    ) == [
        ("costs", "EUR", "2026-10-05", "cost", 100, 120),
        ("crm_deals", "CHF", "2026-10-21", "won_amount", 0, 80),
        ("crm_deals", "CHF", "2026-10-21", "won_deals", 0, 1),
        ("crm_deals", "EUR", "2026-10-20", "won_amount", 500, Decimal("450.5")),
    ]
    spec = catalog.get("file_drop").spec

    def told(now: str) -> list[tuple[Any, ...]]:
        found = _rows(home, as_reported(spec, spec.table("costs"), "Europe/Berlin"), {"moment": utc(now)})
        return [(part, str(day), value) for part, day, measure, value in found if measure == "cost"]

    assert told("2026-11-22T07:00:00") == []
    assert told("2026-11-22T09:00:00") == [("CHF", "2026-10-05", 200), ("EUR", "2026-10-05", 100)]
    assert told("2026-11-23T09:00:00") == [
        ("CHF", "2026-10-05", 200), ("EUR", "2026-10-05", 120), ("EUR", "2026-11-22", 7)
    ]  # fmt: skip


def test_a_deal_and_a_contact_of_the_past_that_change_leave_a_trace(trial: Trial, tmp_path: Path) -> None:
    trial.overrides["hubspot"] = {"full_read_days": "0"}
    with serving(portal_world()) as vendors:
        portal = Trial(vendors, tmp_path / "home", trial.overrides)
        portal.control.set_clock(utc("2026-11-30T08:00:00"))
        portal.load("hubspot", "2026-11-29", "2026-11-29")
        assert portal.rows("select count(*) from ops.restatements") == [(0,)]
        # As if somebody had raised deal 901 since; 504 of 10 November is archived on 4 December.
        portal.execute("update raw_hubspot.deals set amount = '1400' where deal_id = '901'")
        portal.control.set_clock(utc("2026-12-04T12:00:00"))
        portal.load("hubspot", "2026-12-03", "2026-12-03")
        # 513 of 1 December, which was told on the 4th, is erased on the 5th.
        portal.control.set_clock(utc("2026-12-06T08:00:00"))
        portal.load("hubspot", "2026-12-05", "2026-12-05")
        found = portal.rows(
            "select table_name, account_id, date_day::varchar, measure, old_value, new_value from ops.restatements "
            "order by rowid"
        )
    assert sorted(found) == [
        ("contacts", "", "2026-11-10", "contacts", 1, 0),
        ("contacts", "", "2026-12-01", "contacts", 2, 1),
        ("deals", "EUR", "2026-11-20", "won_amount", 1400, Decimal("1500.5")),
    ]
