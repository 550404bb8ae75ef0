"""Spend, cost and exchange rates of the hand-made world."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.transform.conftest import Built


def test_spend_is_exact_and_converted_at_the_rate_of_its_day(built: Built) -> None:
    rows = built.rows(
        "select date_day, platform, campaign_name, channel, currency_code, spend_local, spend_amount, impressions,"
        " clicks from marts.fct_ad_spend order by platform, date_day"
    )
    assert rows == [
        (date(2026, 1, 10), "file_drop", "January", "Email", "EUR", Decimal(20), Decimal(20), 0, 30),
        # 12.34 + 0.66: two devices are one campaign
        (date(2026, 1, 9), "google_ads", "Brand", "Paid Search", "EUR", Decimal(13), Decimal(13), 1200, 50),
        # Saturday takes Friday's rate: 10 / 0.8
        (date(2026, 1, 10), "google_ads", "Everything", "Cross-network", "CHF", Decimal(10), Decimal("12.5"), 300, 3),
        # a millionth of a franc is not lost
        (date(2026, 1, 12), "google_ads", "Everything", "Cross-network", "CHF", *[Decimal("10.000001")] * 2, 300, 3),
        # Sunday takes Friday's rate: 5 / 1.25; a click is a click on the link
        (date(2026, 1, 11), "meta_ads", "Prospecting", "Paid Social", "USD", Decimal(5), Decimal(4), 500, 7),
        (date(2026, 1, 12), "meta_ads", "Prospecting", "Paid Social", "USD", Decimal(8), Decimal(5), 500, 7),
    ]


def test_overlapping_action_types_of_meta_are_counted_once(built: Built) -> None:
    assert built.rows(
        "select date_day, platform_conversions, platform_conversion_value_local, platform_conversion_value_amount"
        " from marts.fct_ad_spend where platform = 'meta_ads' order by date_day"
    ) == [
        (date(2026, 1, 11), 5.0, Decimal(50), Decimal(40)),
        (date(2026, 1, 12), 0.0, Decimal(0), Decimal(0)),
    ]


def test_other_cost_is_beside_media_cost(built: Built) -> None:
    # 800 CHF on a Saturday: 800 / 0.8
    assert built.rows(
        "select channel, cost_local, cost_amount from marts.fct_marketing_cost where cost_type = 'other'"
    ) == [("Agency", Decimal(800), Decimal(1000))]
    assert built.rows("select cost_type, sum(cost_amount) from marts.fct_marketing_cost group by 1 order by 1") == [
        ("media", Decimal("64.500001")),
        ("other", Decimal(1000)),
    ]
    assert built.rows("select is_paid from marts.dim_channel where channel = 'Agency'") == [(False,)]


def test_rates_are_carried_for_a_week_and_no_longer(built: Built) -> None:
    rates = dict(
        built.rows(
            "select date_day, rate_day from intermediate.int_fx_rates where currency_code = 'USD'"
            " and date_day between '2026-01-11' and '2026-01-21'"
        )
    )
    assert rates[date(2026, 1, 11)] == date(2026, 1, 9)
    assert rates[date(2026, 1, 19)] == date(2026, 1, 12)
    assert date(2026, 1, 20) not in rates


def test_currencies_that_joined_the_euro_keep_their_parity(built: Built) -> None:
    rates = dict(
        built.rows(
            "select currency_code, fx_rate from intermediate.int_fx_rates"
            " where date_day = '2026-02-05' and currency_code in ('EUR', 'BGN', 'HRK')"
        )
    )
    assert rates == {"EUR": 1.0, "BGN": 1 / 1.95583, "HRK": 1 / 7.53450}
    before = built.rows(
        "select count(*) from intermediate.int_fx_rates where date_day < '2026-01-01' and currency_code = 'BGN'"
    )
    assert before == [(0,)]


def test_claims_of_platforms_beside_what_the_crm_closed(built: Built) -> None:
    rows = built.rows(
        "select channel, platform, platform_conversions, ga4_conversions, crm_conversions, platform_value_amount,"
        " crm_value_amount, gap from marts.reconciliation where month = '2026-01-01' order by platform"
    )
    assert rows == [
        ("Paid Search", "google_ads", 1.0, 0.0, 0.0, Decimal(30), Decimal(0), None),
        ("Paid Social", "meta_ads", 2.0, 0.0, 0.0, Decimal(40), Decimal(0), None),
    ]
