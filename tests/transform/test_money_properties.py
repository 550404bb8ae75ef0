"""Conversion, rounding and rates for any numbers: the SQL of the models, run on generated rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transform.conftest import Built
from warehouse.layout import DBT_PROJECT

MILLIONTH = Decimal("0.000001")
# Up to a thousand millions; above, a double's 15 digits are coarser than a millionth.
AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False)
RATES = st.floats(min_value=1e-5, max_value=1.0, exclude_min=True)
FIRST = date(2026, 1, 1)
QUICK = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def convert() -> str:
    """The macro's SQL for parameters $amount and $rate."""
    environment = jinja2.Environment(autoescape=False)
    environment.globals["return"] = lambda value: value
    source = (DBT_PROJECT / "macros" / "money.sql").read_text(encoding="utf-8")
    module = environment.from_string(source).module
    return str(module.convert("cast($amount as decimal(18, 6))", "cast($rate as double)"))  # type: ignore[attr-defined]


def converted(convert: str, amount: Decimal, rate: float) -> Decimal:
    row = duckdb.execute(f"select {convert}", {"amount": str(amount), "rate": rate}).fetchone()
    assert row
    return Decimal(row[0])


@QUICK
@given(amount=AMOUNTS, rate=RATES)
def test_an_amount_is_converted_to_the_nearest_millionth(convert: str, amount: Decimal, rate: float) -> None:
    exact = amount * Decimal(rate)
    # half a millionth, and what a double of that size cannot tell apart
    assert abs(converted(convert, amount, rate) - exact) <= MILLIONTH / 2 + abs(exact) * Decimal(2) ** -51
    assert converted(convert, -amount, rate) == -converted(convert, amount, rate)


@QUICK
@given(parts=st.lists(st.decimals(min_value=0, max_value=10**6, places=6), min_size=1, max_size=12), rate=RATES)
def test_converted_parts_add_up_to_the_converted_whole(convert: str, parts: list[Decimal], rate: float) -> None:
    whole = converted(convert, sum(parts, Decimal(0)), rate)
    of_parts = sum((converted(convert, part, rate) for part in parts), Decimal(0))
    # half a millionth for each part and the whole; amounts of this size lose nothing in a double
    assert abs(whole - of_parts) <= MILLIONTH / 2 * (len(parts) + 1) + MILLIONTH / 100


@QUICK
@given(amount=st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=6))
def test_the_reporting_currency_stays_what_it_is(convert: str, amount: Decimal) -> None:
    assert converted(convert, amount, 1.0) == amount


@pytest.fixture(scope="module")
def rates(built: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    """The compiled int_fx_rates as a macro of a database of its own: `from rates()`."""
    compiled = built.settings.home / "dbt/compiled/marketing_kpis/models/intermediate/int_fx_rates.sql"
    sql = re.sub(r'"warehouse"\."\w+"\."(\w+)"', r"\1", compiled.read_text(encoding="utf-8"))
    with duckdb.connect() as connection:
        connection.execute(
            "create table stg_fx_rates__ecb_rates (date_day date, currency_code varchar, units_per_euro double);"
            "create table int_fx_needs (date_day date, currency_code varchar);"
            "create table euro_parities (currency_code varchar, euro_since date, units_per_euro double);"
            f"create macro rates() as table ({sql})"
        )
        yield connection


@QUICK
@given(
    published=st.dictionaries(st.integers(0, 60), st.floats(0.01, 1000.0), max_size=12),
    joins_on=st.none() | st.integers(0, 60),
)
def test_a_rate_is_that_of_the_day_or_the_youngest_before_it_or_the_parity(
    rates: duckdb.DuckDBPyConnection, published: dict[int, float], joins_on: int | None
) -> None:
    rates.execute("delete from stg_fx_rates__ecb_rates; delete from int_fx_needs; delete from euro_parities")
    rates.execute("insert into int_fx_needs values (?, 'AAA')", [FIRST])
    for day, units in published.items():
        rates.execute("insert into stg_fx_rates__ecb_rates values (?, 'AAA', ?)", [FIRST + timedelta(day), units])
    if joins_on is not None:
        rates.execute("insert into euro_parities values ('AAA', ?, 2.0)", [FIRST + timedelta(joins_on)])
    found = dict(
        rates.execute(
            "select date_day, fx_rate from rates() where currency_code = 'AAA' and date_day >= ?", [FIRST]
        ).fetchall()
    )
    for number in range(61):
        earlier = [day for day in published if number - 7 <= day <= number]
        expected = 1 / published[max(earlier)] if earlier else None
        if joins_on is not None and number >= joins_on:
            expected = 0.5
        assert found.get(FIRST + timedelta(number)) == expected
