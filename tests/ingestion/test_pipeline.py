from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import catalog, pipeline
from ingestion.spec import Window, months_before
from tests.ingestion.fake_source import AS_OF, SPEC, FakeVendor
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT
from warehouse.settings import Settings

FIRST, SECOND, THIRD = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)


def _rows(home: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def _spend(home: Path) -> list[Any]:
    return _rows(home, "select account_id, date, spend from raw_fake.daily order by all")


def _loads(home: Path) -> list[Any]:
    return _rows(home, "select distinct table_name, _dlt_load_id from (select 'daily' as table_name, _dlt_load_id from "
                 "raw_fake.daily union all select 'names', _dlt_load_id from raw_fake.names) order by all")  # fmt: skip


@pytest.fixture
def vendor() -> FakeVendor:
    return FakeVendor(
        spend={("a", FIRST): "1.10", ("a", SECOND): "2.20", ("a", THIRD): "3.30", ("b", SECOND): "9.90"},
        names=[{"name": "x", "size": 3, "is_open": True}, {"name": "y"}],
    )


def test_lands_every_type_and_keeps_the_wires_text(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.wrong = lambda context: [
        pa.table(
            {"account_id": ["a"], "date": [date(2026, 1, 4)], "share": [0.5], "seen_at": [datetime(2026, 1, 4, 5)]}
        ),
    ]
    report = vendor.load(tmp_path, FIRST, date(2026, 1, 4))
    assert report.tables == {"daily": 5, "names": 2}
    assert (report.rows, report.newest_data_day) == (7, date(2026, 1, 4))
    assert _rows(tmp_path, "select spend, share, seen_at::varchar from raw_fake.daily where date = '2026-01-04'") == [
        (None, 0.5, "2026-01-04 05:00:00+00")
    ]
    assert _rows(tmp_path, "select name, size, is_open from raw_fake.names order by all") == [
        ("x", 3, True),
        ("y", None, None),
    ]
    assert _rows(tmp_path, "select distinct _dlt_load_id from raw_fake.daily") == [(report.load_id,)]
    types = dict(_rows(tmp_path, "select column_name, data_type from duckdb_columns() where schema_name = 'raw_fake'"))
    assert (types["date"], types["spend"], types["_loaded_at"]) == ("DATE", "VARCHAR", "TIMESTAMP WITH TIME ZONE")


def test_no_address_of_a_person_lands_whatever_the_vendor_put_it_into(
    tmp_path: Path, vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVACY__HASH_KEY", "test-key")
    vendor.names = [{"name": "Offer for Anna@Example.com"}, {"name": "Brand @ home"}]
    vendor.load(tmp_path, FIRST, THIRD)
    # echo -n anna@example.com | openssl dgst -sha256 -hmac test-key
    hashed = "3efc75d3fd6614c474df00a9862a7b8de6ee45325b632a22da0b7da1d10b2ca4"
    assert _rows(tmp_path, "select name from raw_fake.names order by 1") == [
        ("Brand @ home",),
        (f"Offer for {hashed}",),
    ]


def test_a_window_is_replaced_and_the_days_around_it_stay(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.load(tmp_path, FIRST, THIRD)
    vendor.spend = {("a", FIRST): "100", ("a", SECOND): "2.50"}  # b's second day is now empty, a's was restated
    vendor.load(tmp_path, SECOND, SECOND)
    assert _spend(tmp_path) == [("a", FIRST, "1.10"), ("a", SECOND, "2.50"), ("a", THIRD, "3.30")]


def test_reading_old_days_again_makes_the_source_no_older(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.load(tmp_path, FIRST, THIRD)
    assert vendor.load(tmp_path, FIRST, FIRST).newest_data_day == THIRD
    assert _rows(tmp_path, "select newest_data_day from ops.sources") == [(THIRD,)]


def test_a_window_without_any_row_is_emptied(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.load(tmp_path, FIRST, THIRD)
    vendor.spend, vendor.names = {}, []
    report = vendor.load(tmp_path, FIRST, SECOND)
    assert report.rows == 0
    assert _spend(tmp_path) == [("a", THIRD, "3.30")]
    assert _rows(tmp_path, "from raw_fake.names") == []


def test_a_skipped_account_keeps_its_rows(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.load(tmp_path, FIRST, THIRD)
    vendor.spend = {("a", SECOND): "2.50", ("b", SECOND): "half of it"}
    vendor.disabled = {"b"}
    report = vendor.load(tmp_path, FIRST, THIRD)
    assert _spend(tmp_path) == [("a", SECOND, "2.50"), ("b", SECOND, "9.90")]
    assert report.warnings == ("account b was skipped, its earlier rows are kept: the account is closed",)
    assert _rows(tmp_path, "select warnings from ops.loads order by started_at")[-1] == (json.dumps(report.warnings),)


def test_the_same_load_twice_changes_nothing(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.load(tmp_path, FIRST, THIRD)
    before = _spend(tmp_path)
    coverage = "select table_name, account_id, date_day, rows from ops.coverage order by all"
    covered = _rows(tmp_path, coverage)
    vendor.load(tmp_path, FIRST, THIRD)
    assert _spend(tmp_path) == before
    assert _rows(tmp_path, coverage) == covered
    assert [(account, rows) for _, account, _, rows in covered] == [
        (*a,) for a in zip("aaabbb", [1, 1, 1, 0, 1, 0], strict=True)
    ]
    assert _rows(tmp_path, "select count(*) from ops.loads") == [(2,)]
    assert _rows(tmp_path, "select count(*) from duckdb_schemas() where schema_name like 'landing%'") == [(0,)]
    assert list((tmp_path / "dlt").iterdir()) == []


KILLED = """
import os
from datetime import date
from pathlib import Path
import dlt
from ingestion import landing, ops
from tests.ingestion.fake_source import FakeVendor

def die_after(function):
    def killed(*args, **kwargs):
        function(*args, **kwargs)
        os._exit(9)
    return killed

for module, name in ((landing, "land"), (ops, "record")):
    child = os.fork()
    if child == 0:
        setattr(module, name, die_after(getattr(module, name)))
        vendor = FakeVendor(spend={{("a", date(2026, 1, 1)): "killed"}}, names=[{{"name": "killed"}}])
        vendor.load(Path({home!r}), date(2026, 1, 1), date(2026, 1, 3))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_rows_that_come_again_keep_the_load_that_brought_them(tmp_path: Path, vendor: FakeVendor) -> None:
    first = vendor.load(tmp_path, FIRST, THIRD).load_id
    assert vendor.load(tmp_path, FIRST, THIRD).rows == 6
    assert _loads(tmp_path) == [("daily", first), ("names", first)]
    vendor.spend["a", FIRST], vendor.spend["a", SECOND] = vendor.spend["a", SECOND], vendor.spend["a", FIRST]
    third = vendor.load(tmp_path, FIRST, THIRD).load_id
    assert _loads(tmp_path) == [("daily", third), ("names", first)]
    vendor.names = [{"name": "x", "size": 3, "is_open": True, "hue": "red"}, {"name": "y"}]
    fourth = vendor.load(tmp_path, FIRST, THIRD).load_id
    assert _loads(tmp_path) == [("daily", third), ("names", fourth)]
    vendor.names = [{"name": "x", "size": 3, "is_open": True}, {"name": "y"}]
    vendor.load(tmp_path, FIRST, THIRD)
    assert _rows(tmp_path, "select hue from raw_fake.names order by name") == [(None,), (None,)]


def test_a_kill_before_the_commit_leaves_raw_as_it_was(tmp_path: Path, vendor: FakeVendor) -> None:
    """Killed once between landing and swap, and once inside the swap's transaction."""
    vendor.load(tmp_path, FIRST, THIRD)
    before = _spend(tmp_path)
    script = KILLED.format(home=str(tmp_path))
    killed = subprocess.run(
        [sys.executable, "-c", script], check=True, cwd=PROJECT_ROOT, timeout=120, capture_output=True, text=True
    )
    assert killed.stdout.split() == ["9", "9"]
    assert _spend(tmp_path) == before
    assert _rows(tmp_path, "select count(*) from landing_fake.names") == [(1,)]
    assert _rows(tmp_path, "select count(*) from ops.loads") == [(1,)]
    vendor.spend = {("a", FIRST): "1.11"}
    vendor.load(tmp_path, FIRST, THIRD)
    assert _spend(tmp_path) == [("a", FIRST, "1.11")]


def test_a_package_left_pending_is_never_loaded(tmp_path: Path, vendor: FakeVendor) -> None:
    def fail(context: Any) -> list[Any]:
        raise ConfigurationError("fake: the third page is missing")

    vendor.wrong = fail
    with pytest.raises(ConfigurationError, match=r"^fake: the third page is missing$"):
        vendor.load(tmp_path, FIRST, THIRD)
    vendor.wrong = None
    vendor.spend = {("a", FIRST): "new"}
    vendor.load(tmp_path, FIRST, THIRD)
    assert _spend(tmp_path) == [("a", FIRST, "new")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"account_id": "a", "date": "2026-01-02", "spend": "7"},
            r"fake\.daily: 2 rows came for the key \(account_id=a, date=2026-01-02\)",
        ),
        (
            {"account_id": "a", "date": "2026-01-09"},
            r"fake\.daily: 1 rows came for date = 2026-01-09, which was not asked for",
        ),
        (
            {"account_id": "c", "date": "2026-01-02"},
            r"fake\.daily: 1 rows came for date = 2026-01-02, which was not asked for",
        ),
        ({"account_id": "a", "date": "soon"}, r"fake\.daily\.date: a value is no date"),
        ({"account_id": 5, "date": "2026-01-02"}, r"fake\.daily\.account_id: a value is no text"),
        ({"account_id": "a", "share": "0.5"}, r"fake\.daily\.share: a value is no double"),
    ],
)
def test_what_breaks_the_contract_is_refused_in_one_line(
    tmp_path: Path, vendor: FakeVendor, row: dict[str, Any], message: str
) -> None:
    vendor.load(tmp_path, FIRST, THIRD)
    before = _spend(tmp_path)
    vendor.spend[("a", FIRST)] = "changed"
    vendor.wrong = lambda context: [[row]]
    with pytest.raises(ConfigurationError, match=message) as refused:
        vendor.load(tmp_path, FIRST, THIRD)
    assert "\n" not in str(refused.value)
    assert _spend(tmp_path) == before


def _with_a_day(*rows: dict[str, Any]) -> Callable[[Any], list[Any]]:
    """More rows of account a in days of their own, in one page."""
    dated = [{"account_id": "a", "date": f"2026-01-{day:02d}", **row} for day, row in enumerate(rows, start=5)]
    return lambda context: [dated]


def test_a_new_column_is_kept_as_text_and_told(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.wrong = _with_a_day({"spend": "1"}, {"clicks": 3, "labels": ["x", {"y": 1}]}, {"clicks": "4 " + "z" * 5000})
    report = vendor.load(tmp_path, FIRST, date(2026, 1, 8))
    told = "daily.clicks is new and kept as text; declare it in ingestion/fake/__init__.py"
    assert report.warnings == (told, told.replace("clicks", "labels"))
    kept = _rows(tmp_path, "select day(date), clicks, labels from raw_fake.daily where day(date) > 4 order by date")
    assert kept == [(5, None, None), (6, "3", '["x", {"y": 1}]'), (7, "4 " + "z" * 5000, None)]
    # It is no reason to lose the column that it does not come every time.
    vendor.wrong = None
    vendor.load(tmp_path, FIRST, SECOND)
    assert _rows(tmp_path, "select clicks from raw_fake.daily where day(date) = 6") == [("3",)]


def test_a_row_that_does_not_parse_is_set_aside_and_the_others_are_loaded(
    tmp_path: Path, vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVACY__HASH_KEY", "test-key")
    broken = {"date": "2026-13-40", "spend": "paid by anna@example.com"}
    vendor.wrong = _with_a_day({"spend": "5"}, broken, {"share": 0.5}, {"share": "half"}, {"spend": "9"})
    for _ in range(2):
        report = vendor.load(tmp_path, FIRST, date(2026, 1, 9))
        assert report.warnings == (
            "daily: 1 rows are in ops.quarantine: date is no date",
            "daily: 1 rows are in ops.quarantine: share is no double",
        )
    assert _rows(tmp_path, "select day(date) from raw_fake.daily where day(date) > 4 order by 1") == [(5,), (7,), (9,)]
    assert _rows(tmp_path, "select source, table_name, field, reason, row from ops.quarantine order by field") == [
        ("fake", "daily", "date", "is no date",
         '{"account_id": "a", "date": "2026-13-40", "spend": "paid by (address)"}'),
        ("fake", "daily", "share", "is no double", '{"account_id": "a", "date": "2026-01-08", "share": "half"}'),
    ]  # fmt: skip
    assert _rows(tmp_path, "select distinct load_id from ops.quarantine") == [(report.load_id,)]


def test_a_type_that_flips_stops_the_load(tmp_path: Path, vendor: FakeVendor) -> None:
    """One value in a hundred is a broken row; every value, or a fifth of them, is another type."""
    vendor.load(tmp_path, FIRST, THIRD)
    before = _spend(tmp_path)
    for wrong, rows in ((40, 40), (40, 200)):
        values = [{"share": "0.5" if number < wrong else 0.5} for number in range(rows)]
        page = [{"account_id": "a", "date": date(2026, 1, 4), **value} for value in values]
        vendor.wrong = lambda context, page=page: [page]  # type: ignore[misc]
        with pytest.raises(
            ConfigurationError, match=r"fake\.daily\.share: a value is no double; the vendor has changed"
        ):
            vendor.load(tmp_path, FIRST, date(2026, 1, 4))
    assert _spend(tmp_path) == before


def test_a_reply_of_another_shape_is_one_line_that_names_the_table(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.wrong = lambda context: [[{"account_id": "a"}["accountId"]]]
    with pytest.raises(
        ConfigurationError, match=r"^fake\.daily: the vendor's reply is not as documented \(KeyError: 'acc"
    ):
        vendor.load(tmp_path, FIRST, THIRD)


def test_a_full_disk_is_one_line_and_raw_is_as_it_was(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.load(tmp_path, FIRST, THIRD)
    before = _spend(tmp_path)

    def full(context: Any) -> list[Any]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    vendor.wrong = full
    with pytest.raises(ConfigurationError, match=r"^fake: .* cannot be written: .*No space left on device; check its"):
        vendor.load(tmp_path, FIRST, THIRD)
    assert _spend(tmp_path) == before


@pytest.mark.parametrize("under_way", [None, StopIteration()], ids=["reading", "between two tables"])
def test_a_ctrl_c_in_the_middle_of_a_load_stays_one_and_raw_is_as_it_was(
    tmp_path: Path, vendor: FakeVendor, under_way: Exception | None
) -> None:
    vendor.load(tmp_path, FIRST, THIRD)
    before = _spend(tmp_path)

    def stopped(_: object) -> list[object]:
        pressed = KeyboardInterrupt()
        pressed.__context__ = under_way
        raise pressed

    vendor.wrong = stopped
    with pytest.raises(KeyboardInterrupt):
        vendor.load(tmp_path, FIRST, THIRD)
    assert _spend(tmp_path) == before


def test_a_locked_warehouse_is_one_clear_line(tmp_path: Path, vendor: FakeVendor) -> None:
    vendor.load(tmp_path, FIRST, FIRST)
    file = str(tmp_path / "warehouse.duckdb")
    script = f"import duckdb, sys; con = duckdb.connect({file!r}); print(1, flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(
            ConfigurationError, match=rf"warehouse.duckdb: locked by another process \(.*{holder.pid}"
        ) as locked:
            vendor.load(tmp_path, FIRST, FIRST)
        assert locked.value.exit_code == 2
        assert "\n" not in str(locked.value)
    finally:
        holder.communicate()


def test_ensure_tables_makes_every_declared_table_once_and_keeps_rows(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    pipeline.ensure_tables(settings)
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute(
            "insert into raw_fx_rates.ecb_rates (date, currency_code, rate) values ('2026-01-02', 'USD', '1.1')"
        )
        con.execute("alter table raw_fx_rates.ecb_rates drop column _loaded_at")
    pipeline.ensure_tables(settings)
    found = set(_rows(tmp_path, "select schema_name || '.' || table_name from duckdb_tables()"))
    wanted = {
        (f"raw_{name}.{table.name}",) for name, source in catalog.discover().items() for table in source.spec.tables
    }
    assert found == wanted | {
        (f"ops.{name}",)
        for name in ("sources", "loads", "requests", "coverage", "restatements", "quarantine", "source_tables")
    }
    assert _rows(tmp_path, "select currency_code, _loaded_at from raw_fx_rates.ecb_rates") == [("USD", None)]
    listed = _rows(tmp_path, "select source, is_enabled, newest_data_day from ops.sources order by 1")
    assert listed == [(name, False, None) for name in catalog.discover()]


def test_a_raw_column_of_another_type_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    pipeline.ensure_tables(settings)
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("alter table raw_fx_rates.ecb_rates alter rate type double")
    with pytest.raises(
        ConfigurationError, match=r"raw_fx_rates\.ecb_rates\.rate: is double in the warehouse and varchar"
    ):
        pipeline.ensure_tables(settings)


def test_telemetry_is_off_from_any_directory(tmp_path: Path) -> None:
    script = "import ingestion, dlt; print(dlt.config['runtime.dlthub_telemetry'])"
    told = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout.strip() == "False", told.stderr


days = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@given(start=days, length=st.integers(0, 500), piece=st.integers(1, 120))
def test_chunks_cover_a_window_once_without_gaps(start: date, length: int, piece: int) -> None:
    window = Window(start, start + timedelta(days=length))
    chunks = window.chunks(piece)
    assert [day for chunk in chunks for day in chunk.days()] == window.days()
    assert all(len(chunk.days()) <= piece for chunk in chunks)


@given(start=days, length=st.integers(0, 500), earliest=days)
def test_clamp_keeps_exactly_the_days_from_earliest_on(start: date, length: int, earliest: date) -> None:
    window = Window(start, start + timedelta(days=length))
    clamped = window.clamp(earliest)
    assert (clamped.days() if clamped else []) == [day for day in window.days() if day >= earliest]


@given(day=days, months=st.integers(0, 60))
def test_months_before_is_that_many_months_earlier_and_no_later_day(day: date, months: int) -> None:
    earlier = months_before(day, months)
    assert (day.year - earlier.year) * 12 + day.month - earlier.month == months
    assert earlier.day == day.day or (earlier.day < day.day and (earlier + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("Europe/Berlin", date(2026, 1, 9)),
        ("America/New_York", date(2026, 1, 9)),
        ("Pacific/Auckland", date(2026, 1, 9)),
        ("Pacific/Honolulu", date(2026, 1, 8)),
    ],
)
def test_the_last_complete_day_is_that_of_the_accounts_zone(tmp_path: Path, zone: str, end: date) -> None:
    settings = Settings(home=tmp_path)
    source = catalog.Source(SPEC, lambda context: [], lambda context: [])
    context = pipeline.open_context(source, settings=settings, as_of=AS_OF, window=Window(FIRST, date(2026, 2, 1)))
    assert context.complete_window(zone) == Window(FIRST, end)


def test_a_window_that_is_not_over_yet_is_none(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    source = catalog.Source(SPEC, lambda context: [], lambda context: [])
    today = Window(date(2026, 1, 10), date(2026, 1, 12))
    context = pipeline.open_context(source, settings=settings, as_of=AS_OF, window=today)
    assert context.complete_window("UTC") is None
    with pytest.raises(ConfigurationError, match="time zone 'Europe/Nowhere' of the account is unknown here"):
        context.complete_window("Europe/Nowhere")
