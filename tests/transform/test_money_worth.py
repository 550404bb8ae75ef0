"""What money is worth: every rule of exchange rates on an amount worked out by hand, in one build."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from ingestion.pipeline import ensure_tables
from quality.money import money_checks
from tests.transform.conftest import Built
from tests.transform.hand_world import AS_OF
from tests.transform.money_world import DEALS, Deal, fill
from transform.build import build
from warehouse.connection import writer
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def money(tmp_path_factory: pytest.TempPathFactory) -> Built:
    settings = Settings(home=tmp_path_factory.mktemp("money"))
    ensure_tables(settings)
    with writer(settings) as connection:
        fill(connection)
    names = "+fct_orders +fct_marketing_cost +fct_sessions +fct_spend_pacing +money_quarantine"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_INDIRECT_SELECTION", "cautious")
        return Built(settings, build(settings, run_id="money", as_of=AS_OF, select=names))


@pytest.mark.parametrize("deal", DEALS, ids=lambda deal: deal.name)
def test_worth_of_an_order(money: Built, deal: Deal) -> None:
    orders = money.rows(f"select revenue_amount from marts.fct_orders where order_id = 'file_drop:{deal.name}'")
    aside = money.rows(
        "select reason, amount_local from marts.money_quarantine "
        f"where row_key = 'file_drop:{deal.name}' and measure = 'revenue'"
    )
    # either converted or told of, never both and never neither
    assert orders == ([] if deal.worth is None else [(Decimal(deal.worth),)])
    assert aside == ([] if deal.reason is None else [(deal.reason, Decimal(deal.amount))])


def test_received_is_converted_plus_set_aside_in_every_currency(money: Built) -> None:
    received = money.rows(
        "select upper(currency_code), sum(cast(amount as decimal(18, 6))) from raw_file_drop.crm_deals group by 1"
    )
    kept = money.rows(
        "select currency_code, sum(amount) from ("
        "select currency_code, revenue_local as amount from marts.fct_orders union all "
        "select currency_code, amount_local from marts.money_quarantine where measure = 'revenue') group by 1"
    )
    assert sorted(kept, key=str) == sorted(received, key=str)


def test_spend_cost_and_web_revenue_without_a_rate_are_set_aside_too(money: Built) -> None:
    assert money.rows(
        "select fact, measure, source, account_id, date_day, currency_code, amount_local from marts.money_quarantine"
        " where fact not in ('fct_orders', 'fct_spend_pacing') order by fact, measure desc"
    ) == [
        ("fct_ad_spend", "spend", "google_ads", "72", date(2026, 2, 1), "XTS", Decimal("11.919")),
        ("fct_ad_spend", "platform_conversion_value", "google_ads", "72", date(2026, 2, 1), "XTS", Decimal("119.19")),
        ("fct_marketing_cost", "cost", "file_drop", None, date(2026, 2, 2), "XTS", Decimal("118.4")),
        ("fct_sessions", "purchase_revenue", "ga4_export", None, date(2026, 2, 2), "XTS", Decimal(7)),
    ]
    assert money.rows("select cost_amount from marts.fct_marketing_cost where cost_type = 'other'") == [(Decimal(100),)]
    # two purchases were made, and one of them has an amount: 59.20 / 1.184
    assert money.rows("select purchases, currency_code, revenue_local, revenue_amount from marts.fct_sessions") == [
        (2, "USD", Decimal("59.2"), Decimal(50))
    ]
    # a month's budget of 28 in equal parts, from the first day of spend on
    budgets = "select count(*), sum(amount_local) from marts.money_quarantine where fact = 'fct_spend_pacing'"
    assert money.rows(budgets) == [(28, Decimal(28))]
    assert money.rows("select count(*) from marts.fct_spend_pacing") == [(0,)]
    assert money.rows("select measure from marts.money_quarantine where row_key = 'file_drop:of_no_country'") == [
        ("revenue",),
        ("gross_margin",),
    ]


def test_each_reason_has_its_mend(money: Built) -> None:
    mends = dict(money.rows("select reason, min_by(mend, date_day) from marts.money_quarantine group by 1"))
    assert "`kpi refresh --source fx_rates --from 2022-03-09`" in mends["rate_too_old"]
    assert mends["unknown_currency"].startswith("add XTS to sources.fx_rates.currencies")
    assert mends["no_currency"].startswith("write its ISO 4217 code")


def test_a_day_of_an_account_stays_its_own_and_events_are_cut_by_the_business(money: Built) -> None:
    # The same moment: the account bills it to the 1st (New York), the order is of the 2nd (Berlin), each at its rate.
    assert money.rows("select date_day, account_time_zone, spend_amount from marts.fct_ad_spend") == [
        (date(2026, 2, 1), "America/New_York", Decimal(10))  # 11.919 / 1.1919, Friday's
    ]
    assert money.rows(
        "select won_at, date_day, revenue_amount from marts.fct_orders where order_id = 'file_drop:midnight'"
    ) == [(datetime(2026, 2, 1, 23, 30), date(2026, 2, 2), Decimal(100))]  # 118.40 / 1.184, Monday's


def test_the_order_numbers_count_the_order_that_was_set_aside(money: Built) -> None:
    """The first order of C1 has no rate: the second does not become a first purchase by that."""
    assert money.rows(
        "select order_id, order_number, is_first_purchase from marts.fct_orders"
        " where contact_id = 'file_drop:C1' order by won_at limit 1"
    ) == [("file_drop:lira", 2, False)]


def test_the_check_names_currency_days_rows_amount_and_mend(money: Built) -> None:
    check = money_checks({"marts.money_quarantine"})[0]
    assert (check.name, check.severity) == ("every_amount_has_an_exchange_rate", "block")
    told = [subject for (subject,) in money.rows(check.query)]
    # orders first: they are what must not vanish unseen
    assert told[0].startswith("RUB 2022-03-09 to 2022-03-09 fct_orders revenue 117201.00 in 1 rows, rate_too_old: load")
    assert any(
        line.startswith("XTS 2026-02-02 to 2026-02-05 fct_orders revenue 150.00 in 2 rows, unknown_currency: add XTS")
        for line in told
    )
    assert any(line.startswith("no currency 2026-02-02 to 2026-02-02 fct_orders revenue 100.00") for line in told)
    # six of orders' revenue, one of a margin, two of spend, one of cost, one of a web purchase, one of
    # a budget
    assert len(told) == 12
