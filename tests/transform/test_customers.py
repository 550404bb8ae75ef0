"""Funnel, cohorts and daily tables of the hand-made world."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.transform.conftest import Built


def test_leads(built: Built) -> None:
    assert built.rows(
        "select lead_id, date_day::varchar, channel, campaign_id, source_system from marts.fct_leads order by lead_at"
    ) == [
        ("504", "2026-01-08", "(unattributed)", None, "hubspot"),
        ("505", "2026-01-09", "Organic Search", None, "hubspot"),
        ("501", "2026-01-12", "Paid Search", "11", "hubspot"),
        ("503", "2026-01-14", "Organic Social", None, "hubspot"),
        ("file_drop:X1", "2026-02-25", "Organic Search", None, "file_drop"),
    ]


def test_funnel_counts_everybody_at_each_step_that_they_reached(built: Built) -> None:
    january = {
        (channel, step): (people, rate)
        for channel, step, people, rate in built.rows(
            "select channel, step, people, rate_from_previous from marts.funnel where month = '2026-01-01'"
        )
    }
    assert [january["Paid Search", step][0] for step in ("visitors", "mql", "customers")] == [1, 1, 1]
    # Ben is an MQL and nothing more
    assert january["Organic Social", "mql"] == (1, 1.0)
    assert january["Organic Social", "sql"] == (0, 0.0)
    assert january["Organic Social", "opportunities"] == (0, None)
    # Dan is a visitor and nothing more
    assert january["Cross-network", "visitors"] == (1, None)
    assert january["Cross-network", "leads"] == (0, 0.0)
    assert built.rows("select sum(people) from marts.funnel where step = 'customers'") == [(4,)]


def test_cohorts_of_complete_months(built: Built) -> None:
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    assert built.rows("select * from marts.cohort_retention order by cohort_month, months_since") == [
        (january, 0, 1, 1, 1.0, Decimal(100)),
        (january, 1, 1, 1, 1.0, Decimal(10)),
        (february, 0, 3, 3, 1.0, Decimal(360)),
    ]


def test_customers_retained_from_one_complete_month_to_the_next(built: Built) -> None:
    assert built.rows(
        "select date_day, channel, customers_at_start, customers_retained from marts.fct_customer_activity"
    ) == [(date(2026, 2, 1), "(unattributed)", 1, 1)]


def test_cohorts_carry_what_they_earned_and_what_they_cost(built: Built) -> None:
    rows = built.rows(
        "select cohort_month, date_day, channel, customers, active_customers, orders, orders_without_margin,"
        " revenue_amount, cumulative_margin_amount, acquisition_cost_amount from marts.fct_customer_cohorts"
        " where customers > 0 order by all"
    )
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    assert rows == [
        # Cora: 16 dollars of margin at 0.625; of what she bought in February, no margin is known
        (january, january, "(unattributed)", 1, 1, 1, 0, Decimal(100), Decimal(10), None),
        (january, february, "(unattributed)", 1, 1, 1, 1, Decimal(10), Decimal(10), None),
        (february, february, "(unattributed)", 1, 1, 1, 1, Decimal(10), None, None),
        (february, february, "Organic Search", 1, 1, 1, 0, Decimal(50), Decimal(20), None),
        (february, february, "Paid Search", 1, 1, 1, 0, Decimal(300), Decimal(100), None),
    ]
    # money that won nobody is in the cohort's cost, and stays in it: 800 francs at 1.25
    agency = (
        "select date_day, customers, acquisition_cost_amount from marts.fct_customer_cohorts where channel = 'Agency'"
    )
    assert built.rows(f"{agency} order by 1") == [(january, 0, Decimal(1000)), (february, 0, Decimal(1000))]
    # 130 of margin do not pay 1,064.50 of cost
    assert built.rows("select * from marts.fct_cac_payback order by 1") == [(january, 1, None), (february, 4, None)]


def test_customer_base_is_cumulative(built: Built) -> None:
    def on(day: str) -> list[tuple[object, ...]]:
        return built.rows(
            "select channel, sum(customers), sum(repeat_customers) from marts.fct_customer_base"
            f" where date_day = '{day}' group by channel order by channel"
        )

    assert on("2026-01-12") == [("(unattributed)", 1, 0)]
    assert on("2026-02-20") == [("(unattributed)", 2, 1), ("Organic Search", 1, 0), ("Paid Search", 1, 0)]
    assert on("2026-03-10") == [("(unattributed)", 2, 1), ("Organic Search", 1, 1), ("Paid Search", 1, 1)]
    # the same customers by the month of their first order: one in January, three in February
    assert built.rows(
        "select acquisition_month, sum(customers) from marts.fct_customer_base where date_day = '2026-03-10'"
        " group by acquisition_month order by 1"
    ) == [(date(2026, 1, 1), 1), (date(2026, 2, 1), 3)]


def test_a_day_of_a_channel(built: Built) -> None:
    assert built.rows(
        "select channel, spend_amount, clicks, sessions, engaged_sessions, new_visitors, leads"
        " from marts.channel_daily where date_day = '2026-01-09' order by channel"
    ) == [
        ("Organic Search", Decimal(0), 0, 0, 0, 0, 1),
        ("Paid Search", Decimal(13), 50, 1, 1, 1, 0),
        ("Referral", Decimal(0), 0, 1, 0, 0, 0),
    ]
    assert built.rows(
        "select channel, orders, new_customers, revenue_amount, round(attributed_conversions, 6),"
        " attributed_revenue_amount from marts.channel_daily where date_day = '2026-02-10' order by channel"
    ) == [
        ("Direct", 0, 0, Decimal(0), 0.333333, Decimal(100)),
        ("Email", 0, 0, Decimal(0), 0.333333, Decimal(100)),
        ("Paid Search", 1, 1, Decimal(300), 0.333333, Decimal(100)),
    ]


def test_a_campaign_by_day(built: Built) -> None:
    assert built.rows(
        "select date_day::varchar, platform, account_id, campaign_name, spend_amount, clicks, platform_conversions,"
        " sessions, round(attributed_conversions, 6), attributed_revenue_amount from marts.campaign_daily"
        " where campaign_id = '11' order by date_day"
    ) == [
        ("2026-01-09", "google_ads", "41", "Brand", Decimal(13), 50, 1.5, 1, 0.0, Decimal(0)),
        ("2026-02-10", "google_ads", "41", "Brand", Decimal(0), 0, 0.0, 0, 0.333333, Decimal(100)),
    ]


def test_days_run_from_the_first_data_to_the_as_of_day(built: Built) -> None:
    assert built.rows("select min(date_day), max(date_day), count(*) from marts.dim_date") == [
        (date(2025, 10, 20), date(2026, 3, 10), 142)
    ]


def test_source_status_tells_the_age_of_the_data(built: Built) -> None:
    # 8 March ended 32 hours before 10 March 08:00
    assert built.rows("select data_age_hours, is_fresh from marts.source_status where source = 'google_ads'") == [
        (32.0, True)
    ]
    assert built.rows("select data_age_hours, is_fresh from marts.source_status where source = 'hubspot'") == [
        (None, None)
    ]


def test_published_views_show_the_marts(built: Built) -> None:
    names = [
        "attribution_channels", "attribution_levels", "campaign_daily", "channel_daily", "cohort_retention",
        "consent_daily", "dim_campaign", "fct_ad_spend", "fct_attribution", "fct_conversion_paths", "fct_conversions",
        "fct_customer_cohorts", "fct_customer_journey", "fct_deal_stages", "fct_lifetime_fits", "fct_orders",
        "fct_pipeline", "funnel", "reconciliation", "reconciliation_causes", "reconciliation_weekly", "source_status",
    ]  # fmt: skip
    assert built.rows(
        "select table_name from information_schema.tables where table_schema = 'published' order by 1"
    ) == [(name,) for name in names]
    for name in names:
        assert built.rows(f"from published.{name} except from marts.{name}") == []
