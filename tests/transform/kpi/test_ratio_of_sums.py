"""However the days of a period are split into rows, a rate is the ratio of its sums."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transform.build import target_path
from transform.kpi.compiler import Request, compile_requests
from transform.kpi.periods import start_of
from warehouse.settings import Settings

COLUMNS = ("click_through_rate", "clicks", "impressions")
MONDAY = date(2026, 2, 23)
ROWS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 1000), st.integers(0, 50), st.sampled_from(["Paid Search", "Email"])),
    min_size=1,
    max_size=25,
)


@pytest.fixture(scope="module")
def spend(stub: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    request = Request("click_through_rate", COLUMNS, "week")
    sql = compile_requests([request], target_path(stub), tmp_path_factory.mktemp("cache"))[request]
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; create schema warehouse.marts")
        connection.execute(
            "create table warehouse.marts.fct_ad_spend (date_day date, channel text, spend_amount decimal(18, 6), "
            "impressions bigint, clicks bigint)"
        )
        yield connection, sql


@given(rows=ROWS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_week_is_the_ratio_of_its_sums(
    spend: tuple[duckdb.DuckDBPyConnection, str], rows: list[tuple[int, int, int, str]]
) -> None:
    connection, sql = spend
    expected: dict[date, tuple[int, int]] = {}
    connection.execute("delete from warehouse.marts.fct_ad_spend")
    for offset, impressions, clicks, channel in rows:
        day = MONDAY + timedelta(days=offset)
        connection.execute(
            "insert into warehouse.marts.fct_ad_spend values (?, ?, 0, ?, ?)", [day, channel, impressions, clicks]
        )
        total = expected.get(start_of(day, "week"), (0, 0))
        expected[start_of(day, "week")] = (total[0] + clicks, total[1] + impressions)
    found = {row[0].date(): row[1:] for row in connection.execute(sql).fetchall()}
    assert found == {
        week: (clicks / impressions if impressions else None, clicks, impressions)
        for week, (clicks, impressions) in expected.items()
    }
