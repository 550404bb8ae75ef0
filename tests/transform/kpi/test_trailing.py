"""Windows of whole months: of the stub, worked out by hand from its rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.transform.kpi.conftest import AS_OF
from transform.kpi.registry import Kpi, Registry
from transform.kpi.store import compute
from transform.kpi.trailing import widened
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

DECEMBER, JANUARY, MARCH, MAY = date(2025, 12, 1), date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)


def window(connection: duckdb.DuckDBPyConnection, kpi: str, months: int, start: date) -> tuple[Any, ...] | None:
    return connection.execute(
        "select period_end, value, numerator, denominator, is_complete from semantic.kpi_values"
        " where kpi = ? and grain = ? and period_start = ?",
        [kpi, f"trailing_{months}_months", start],
    ).fetchone()


@pytest.fixture(scope="module")
def later(stub: Settings, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The stub's warehouse with a day of December, so that January to March is a whole window."""
    copy = tmp_path_factory.mktemp("trailing") / "warehouse.duckdb"
    copy.write_bytes(Path(stub.warehouse).read_bytes())
    connection = duckdb.connect(str(copy))
    connection.execute("set timezone = 'UTC'")
    rows = {"sales_cycles (order_id, cycle_days": "90, 8", "closed_deals (deal_id, is_won": "90, true"}
    for fact, values in rows.items():
        connection.execute(
            f"insert into marts.fct_{fact}, date_day, channel) values ({values}, '2025-12-31', 'Direct')"
        )
    compute(connection, registry, settings=stub, as_of=AS_OF, run_id="run")
    return connection


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # 1 of 2 in January and 2 of 3 in February
        (("win_rate", 3, JANUARY), (date(2026, 3, 31), 0.6, 3.0, 5.0, False)),
        # of 5, 12, 14 and 30.5 days; no sum and no mean of medians gives it
        (("sales_cycle_days", 3, JANUARY), (date(2026, 3, 31), 13.0, 13.0, None, False)),
        # it begins with a December of which but the last day is known
        (("win_rate", 3, DECEMBER), None),
        (("sales_cycle_days", 3, DECEMBER), None),
        # three months that are not over yet
        (("win_rate", 3, date(2026, 2, 1)), None),
    ],
)
def test_windows_are_those_worked_out_by_hand(
    later: duckdb.DuckDBPyConnection, key: tuple[str, int, date], expected: tuple[Any, ...] | None
) -> None:
    assert window(later, *key) == (pytest.approx(expected) if expected else None)


def test_a_window_is_kept_of_those_that_ask_for_one(later: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    asked = {kpi.name for kpi in registry.kpis if kpi.trailing_months}
    assert asked >= {"customer_acquisition_cost", "return_on_investment", "win_rate", "net_promoter_score"}
    found = later.execute(
        "select distinct kpi, segment_dimension from semantic.kpi_values where starts_with(grain, 'trailing')"
    ).fetchall()
    assert {kpi for kpi, _ in found} <= asked
    assert {dimension for _, dimension in found} == {""}


def test_a_stock_has_no_windows(registry: Registry) -> None:
    stock = registry.kpi("repeat_purchase_rate")
    fields = {name: getattr(stock, name) for name in Kpi.model_fields} | {"trailing_months": (3,)}
    with pytest.raises(ValueError, match="trailing_months is for a KPI that is counted by month, and is no stock"):
        Kpi.model_validate(fields)


def test_a_relation_without_days_is_refused(registry: Registry) -> None:
    days = {'"w"."marts"."fct_deals"': "date_day"}
    sql = 'select * from "w"."marts"."fct_deals" join "w"."marts"."dim_date"'
    with pytest.raises(ConfigurationError, match=r'closed_deals.yml: win_rate: .*"dim_date" are not of one day each'):
        widened(sql, [registry.kpi("win_rate")], days, 3, JANUARY)
