"""What is known of the days that were read, of several accounts at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion import coverage, ops, swap
from ingestion.context import Coverage
from ingestion.coverage import DaysRead
from ingestion.spec import Window
from tests.ingestion.fake_source import SPEC
from warehouse.settings import Settings

MONDAY, TUESDAY = datetime(2026, 1, 5, 8, tzinfo=UTC), datetime(2026, 1, 6, 8, tzinfo=UTC)


def _day(number: int) -> date:
    return date(2026, 1, number)


def _covered(account: str, first: int, last: int) -> Coverage:
    return Coverage("daily", account, Window(_day(first), _day(last)))


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """On Monday days 1 to 3 of `a` and day 2 of `b` were read, on Tuesday days 3 and 4 of `a`, in two parts."""
    with duckdb.connect() as found:
        found.execute("set timezone = 'UTC'")
        ops.ensure(found, [SPEC], Settings(home=tmp_path))
        swap.ensure_raw(found, SPEC)
        found.execute(
            "insert into raw_fake.daily (account_id, date) values "
            "('a', '2026-01-01'), ('a', '2026-01-03'), ('a', '2026-01-04'), ('b', '2026-01-02'), ('b', '2026-01-09')"
        )
        table = SPEC.table("daily")
        monday, tuesday = [_covered("a", 1, 3), _covered("b", 2, 2)], [_covered("a", 3, 4), _covered("a", 4, 4)]
        coverage.write(found, SPEC, table, monday, scope="true", as_of=MONDAY)
        coverage.write(found, SPEC, table, tuesday, scope="true", as_of=TUESDAY)
        yield found


def test_a_day_has_its_rows_and_the_first_and_the_last_moment(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        "select account_id, day(date_day), rows, loaded_at, first_loaded_at from ops.coverage order by all"
    ).fetchall()
    assert found == [
        ("a", 1, 1, MONDAY, MONDAY),
        ("a", 2, 0, MONDAY, MONDAY),
        ("a", 3, 1, TUESDAY, MONDAY),
        ("a", 4, 1, TUESDAY, TUESDAY),
        ("b", 2, 1, MONDAY, MONDAY),
    ]


def test_an_account_is_told_of_its_own_days_and_of_those_that_it_lacks(con: duckdb.DuckDBPyConnection) -> None:
    days = DaysRead(con, "fake")
    assert days.read_at("daily", "b") == {_day(2): MONDAY}
    assert days.read_at("daily", "a")[_day(3)] == TUESDAY
    assert days.missed("daily", "b") == [_day(1), _day(3), _day(4)]
    assert days.missed("daily", "a") == []
    assert days.missed("daily", "new") == [_day(1), _day(2), _day(3), _day(4)]
    assert (days.missed("names", "a"), dict(days.read_at("names", "a"))) == ([], {})
    assert DaysRead(con, "other").missed("daily", "b") == []
