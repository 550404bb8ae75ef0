"""Builds that go on from the last one come to what one build of everything comes to, row for row."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.pipeline import ensure_tables
from tests.transform.conftest import Built
from tests.transform.hand_world import DIRECT, Row, event, fill, insert, traffic
from transform import increments
from transform.build import BuildReport, build, dbt_vars
from warehouse.connection import writer
from warehouse.settings import Settings

EMAIL = traffic("Email", "newsletter", "email")
HOME = "https://larkspur.example/"
# What tells of the builds themselves and not of the data: when a person was renamed, and the state of the increments.
HISTORY = {
    "person_changes", "int_identity_labels", "int_changed_days", "int_changed_sessions", "int_changed_session_days",
    "int_replaced_sessions", "int_event_copies", "int_event_days", "source_status", "int_changed_visits",
    "int_journey_people", "int_identity_changed_pairs", "int_identity_changed_nodes", "int_identity_changed_components",
    "int_identity_replaced_shared", "int_replaced_paths", "int_path_changes", "int_visit_lookups",
    "int_touched_visits", "int_open_deal_marks",
}  # fmt: skip

# Days of events as they are after each load: a load replaces the whole day.
_LATE = event("m.1", 50, "2026-03-10 22:40:00", "page_view", 3, page=f"{HOME}first", **EMAIL)
_EVENING = event("m.1", 50, "2026-03-10 22:50:00", "page_view", 1, page=f"{HOME}second", **DIRECT)
_NIGHT = event("m.1", 50, "2026-03-10 23:10:00", "page_view", 1, day="2026-03-11", page=f"{HOME}third", **DIRECT)
_EARLIER = event("m.1", 49, "2026-03-09 09:00:00", "page_view", 1, page=f"{HOME}before", **EMAIL)
_PURCHASE = {"transaction_id": "T1", "purchase_revenue": "10", "session_channel_group": "Direct"}


def _shared(click: str, browsers: int, day: str) -> list[Row]:
    """Visits of so many browsers with one click: eleven are too many for it to link any of them."""
    return [
        event(f"{click}.{number}", 1, f"{day} 10:00:00", "page_view", 20 + number, collected_gclid=click, **DIRECT)
        for number in range(browsers)
    ]


def _server(at: str, row_index: int, **more: Any) -> Row:
    return {**event("s.1", 0, at, "page_view", row_index, **more), "event_params": "{}"}


def _bought(at: str, row_index: int) -> Row:
    bought = event("p.1", int(at[8:10]), at, "purchase", row_index, **_PURCHASE)
    return {**bought, "event_params": bought["event_params"][:-1] + ', "currency": {"string_value": "EUR"}}'}


def first_days(load: Loads) -> None:
    """An evening whose night is not there yet, a server's event, an order, and clicks that many browsers carry."""
    load.day("2026-03-07", *_shared("round", 11, "2026-03-07"))
    load.day("2026-03-05", *_shared("spread", 9, "2026-03-05"))
    load.day("2026-03-03", *_shared("kiosk", 1, "2026-03-03"))
    load.day("2026-03-10", _EVENING, _server("2026-03-10 21:50:00", 2), _bought("2026-03-10 12:00:00", 4))
    load.day("2026-03-08", event("a.1", 1, "2026-03-08 09:00:00", "page_view", 1, **DIRECT))
    load.day(
        "2026-03-06", event("k.1", 7, "2026-03-06 09:00:00", "page_view", 1, collected_gclid="early-click", **DIRECT)
    )


def late_events(load: Loads) -> None:
    """The night; events that came late, before those known of their session; a visit to which the server's belongs."""
    load.day("2026-03-11", _NIGHT, event("c.1", 2, "2026-03-11 08:00:00", "generate_lead", 2, **DIRECT))
    load.day(
        "2026-03-10", _EVENING, {**_EVENING, "row_index": 9}, _LATE, _server("2026-03-10 21:50:00", 2),
        event("s.1", 60, "2026-03-10 22:10:00", "page_view", 5, **EMAIL), _bought("2026-03-10 12:00:00", 4),
    )  # fmt: skip
    load.day("2026-03-04", *_shared("spread", 11, "2026-03-04")[8:])
    # an earlier visit with the same order: the order was that visit's
    load.day("2026-03-09", _EARLIER, _bought("2026-03-09 12:00:00", 4))
    load.run("insert into raw_google_ads.click_view (customer_id, date, gclid, campaign_id) "
             "values ('41', '2026-03-09', 'late-click', '11'), ('41', '2026-03-06', 'early-click', '11')")  # fmt: skip
    load.run("insert into raw_hubspot.contacts (contact_id, is_archived, created_at, ga_client_id) "
             "values ('600', false, '2026-03-10 23:30:00+00', 'm.1'), "
             "('601', false, '2026-03-11 08:00:00+00', 'c.1')")  # fmt: skip
    # three deals are open: one of them will be won, one lost from the list, one worth something else
    load.run(
        "insert into raw_hubspot.deals (deal_id, is_archived, created_at, stage_id, is_closed, is_won, amount,"
        " currency_code) select 800 + number, false, '2026-03-06 09:00:00+00', 'offer', false, false, '50', 'EUR'"
        " from range(3) as deals (number)"
    )
    load.run(
        "insert into raw_hubspot.contacts (contact_id, is_archived, created_at, ga_client_id)"
        " select 700 + number, false, '2026-03-11 09:00:00+00', 'kiosk.0' from range(11) as people (number)"
    )


def restated_days(load: Loads) -> None:
    """A day that became empty, one that lost its evening, one that lost a form, a late merge, one that leaves few
    enough people at a kiosk, a deleted contact, deals that were open, a file for an older day, and a campaign of visits
    long known that has another name."""
    load.day("2025-10-20")
    load.day("2026-03-07", *_shared("round", 10, "2026-03-07"))
    load.day("2026-03-08")
    load.day("2026-03-10", _server("2026-03-10 21:50:00", 2), _bought("2026-03-10 12:00:00", 4))
    load.day("2026-03-11", {**_NIGHT, "row_index": 3})
    load.day("2026-03-12", event("m.1", 70, "2026-03-12 08:00:00", "page_view", 1, gclid_page=True, **DIRECT))
    load.run("update raw_hubspot.contacts set merged_object_ids = '601' where contact_id = '600'")
    load.run("update raw_hubspot.contacts set is_archived = true where contact_id = '601'")
    load.run("update raw_hubspot.contacts set merged_object_ids = '701' where contact_id = '700'")
    load.run("delete from raw_hubspot.contacts where contact_id = '503'")
    load.run("update raw_hubspot.deals set is_closed = true, is_won = true, closed_at = '2026-03-09 09:00:00+00'"
             " where deal_id = '800'")  # fmt: skip
    load.run("delete from raw_hubspot.deals where deal_id = '801'")
    load.run("update raw_hubspot.deals set amount = '70' where deal_id = '802'")
    load.run("update raw_google_ads.campaign_daily set campaign_name = 'Brand DACH' where campaign_id = '11'")
    load.drop(event("d.1", 5, "2026-02-02 08:00:00", "page_view", 1, **EMAIL), {**_EARLIER, "row_index": 2})


BATCHES: tuple[Callable[[Loads], None], ...] = (first_days, late_events, restated_days)


class Loads:
    """Loads into the raw tables of one warehouse, as the pipeline does them: a day of events at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, number: int) -> None:
        self.run = connection.execute
        self.connection = connection
        self._id = {"_dlt_load_id": str(number), "_loaded_at": datetime(2026, 3, 10, number, tzinfo=UTC)}

    def day(self, day: str, *events: Row) -> None:
        self.run("delete from raw_ga4_export.events where event_date = ?", [day])
        insert(self.connection, "raw_ga4_export.events", *(_with_click(row) | self._id for row in events))

    def drop(self, *events: Row) -> None:
        rows = ({"file_name": "late.jsonl", **row, **self._id} for row in events)
        insert(self.connection, "raw_file_drop.ga4_events", *rows)


def _with_click(row: Row) -> Row:
    return {**row, "collected_gclid": "late-click"} if row.pop("gclid_page", False) else row


@pytest.fixture(autouse=True, scope="module")
def models_only() -> Any:
    """What data tests find is theirs to say; here every second counts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_EXCLUDE_RESOURCE_TYPES", "test unit_test")
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Everything in the raw tables, built once."""
    settings = Settings(home=tmp_path_factory.mktemp("whole"))
    ensure_tables(settings)
    with writer(settings) as connection:
        fill(connection)
    _load(settings, *BATCHES)
    assert _build(settings, day=13).is_full
    return settings


def test_three_increments_make_what_one_build_makes(built: Built, whole: Settings, tmp_path: Path) -> None:
    settings = _copy(built.settings, tmp_path)
    for number, batch in enumerate(BATCHES):
        _load(settings, batch, first=number)
        assert not _build(settings, day=11 + number).is_full
    assert _differences(settings, whole) == {}
    with duckdb.connect(str(settings.warehouse)) as connection:
        left = connection.execute("select table_name from duckdb_tables() where schema_name = 'main'").fetchall()
    assert left == []


def test_one_increment_makes_what_three_make(built: Built, whole: Settings, tmp_path: Path) -> None:
    settings = _copy(built.settings, tmp_path)
    _load(settings, *BATCHES)
    assert not _build(settings, day=13).is_full
    assert _differences(settings, whole) == {}


def test_a_build_with_nothing_new_builds_only_what_looks_at_the_clock(whole: Settings, tmp_path: Path) -> None:
    settings = _copy(whole, tmp_path)
    # a deal of a spreadsheet is closed once the time that stands there has passed
    _load(settings, lambda load: load.run(
        "insert into raw_file_drop.crm_deals (deal_id, created_at, closed_at, is_won, _dlt_load_id) "
        "values ('late', '2026-03-01 08:00:00+00', '2026-03-13 09:30:00+00', false, '9')"
    ))  # fmt: skip
    assert not _build(settings, day=13).is_as_before
    (tmp_path / "before").mkdir()
    before = _copy(settings, tmp_path / "before")
    report = _build(settings, day=13)
    assert report.is_as_before
    assert report.models < 8
    assert _differences(settings, before) == {}
    assert [_is_as_built(settings, 13, hour) for hour in (9, 10)] == [True, False]
    assert not _is_as_built(settings, 14)
    business = settings.business.model_copy(update={"attribution_lookback_days": 20})
    assert not _is_as_built(settings.model_copy(update={"business": business}), 13)
    _load(settings, lambda load: load.drop(event("e.1", 5, "2026-02-03 08:00:00", "page_view", 1, **EMAIL)), first=9)
    assert not _is_as_built(settings, 13)
    _load(settings, lambda load: load.run("delete from raw_file_drop.ga4_events where user_pseudo_id = 'e.1'"))
    assert _is_as_built(settings, 13)
    _load(settings, lambda load: increments.changed_in_place(load.connection))
    assert not _is_as_built(settings, 13)


def _is_as_built(settings: Settings, day: int, hour: int = 8) -> bool:
    as_of = datetime(2026, 3, day, hour, tzinfo=UTC)
    with writer(settings) as connection:
        return increments.is_as_built(connection, dbt_vars(settings, as_of), as_of)


def _copy(settings: Settings, folder: Path) -> Settings:
    shutil.copytree(settings.home, folder / "home")
    return settings.model_copy(update={"home": folder / "home"})


def _load(settings: Settings, *batches: Callable[[Loads], None], first: int = 0) -> None:
    with writer(settings) as connection:
        for number, batch in enumerate(batches, start=first):
            batch(Loads(connection, number))


def _build(settings: Settings, day: int) -> BuildReport:
    return build(settings, run_id="t", as_of=datetime(2026, 3, day, 8, tzinfo=UTC), unit_tests=True)


def _differences(one: Settings, other: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of the tables of either that the other lacks, by table."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{one.warehouse}' as one (read_only); attach '{other.warehouse}' as other (read_only)"
        )
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'other' "
            "and schema_name in ('intermediate', 'marts') and not list_contains(?, table_name) order by 1",
            [sorted(HISTORY)],
        ).fetchall()
        assert len(tables) > 50
        for (table,) in tables:
            rows = connection.execute(
                f"select 'missing', * from (from other.{table} except all from one.{table})"
                f" union all select 'wrong', * from (from one.{table} except all from other.{table})"
            ).fetchall()
            if rows:
                found[table] = rows
    return found
