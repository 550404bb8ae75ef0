"""Values of the stub, worked out by hand from tests/transform/kpi/project/models/marts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

from tests.transform.kpi.conftest import AS_OF
from transform.kpi import store
from transform.kpi.registry import Registry
from transform.kpi.store import compute, horizon
from transform.kpi.values import Horizon
from warehouse.errors import ConfigurationError
from warehouse.layout import DBT_PROJECT
from warehouse.settings import Settings

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
W2, W9, W10, W11 = date(2026, 1, 5), date(2026, 2, 23), date(2026, 3, 2), date(2026, 3, 9)


def value(
    connection: duckdb.DuckDBPyConnection, kpi: str, grain: str, start: date, channel: str = ""
) -> tuple[Any, ...] | None:
    return connection.execute(
        "select value, numerator, denominator, null_reason from semantic.kpi_values "
        "where kpi = ? and grain = ? and period_start = ? and segment_value = ?",
        [kpi, grain, start, channel],
    ).fetchone()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (("cost_per_mille", "day", date(2026, 1, 5), ""), (10.0, 100.0, 10000.0, None)),
        # 5.00 = 150 / 30000 * 1000, where the mean of the days' 10.00 and 2.50 would be 6.25
        (("cost_per_mille", "week", W2, ""), (5.0, 150.0, 30000.0, None)),
        (("cost_per_mille", "week", W11, ""), (None, 30.0, 0.0, "zero_denominator")),
        (("cost_per_mille", "month", FEBRUARY, ""), (15.0, 120.0, 8000.0, None)),
        (("cost_per_mille", "week", W2, "Paid Social"), (2.5, 50.0, 20000.0, None)),
        (("click_through_rate", "week", W2, ""), (0.01, 300.0, 30000.0, None)),
        (("click_through_rate", "week", date(2026, 1, 12), ""), (None, None, None, "no_data")),
        (("cost_per_click", "month", MARCH, ""), (1.75, 210.0, 120.0, None)),
        # p3 came on two devices in one week: one new person, though each day and channel has one
        (("new_visitors", "week", W9, ""), (2.0, 2.0, None, None)),
        (("new_visitors", "month", FEBRUARY, ""), (1.0, 1.0, None, None)),
        (("new_visitors", "day", date(2026, 2, 24), ""), (1.0, 1.0, None, None)),
        (("engagement_rate", "week", W10, ""), (2 / 3, 2.0, 3.0, None)),
        (("tracked_consent_rate", "week", W2, ""), (0.88, 88.0, 100.0, None)),
        (("conversion_rate", "month", JANUARY, ""), (2 / 3, 2.0, 3.0, None)),
        (("cost_per_lead", "week", W9, ""), (60.0, 180.0, 3.0, None)),
        (("cost_per_lead", "week", W11, ""), (None, 30.0, 0.0, "zero_denominator")),
        # leads of a channel that nobody pays for cost an unknown amount, not nothing
        (("cost_per_lead", "week", W10, "Organic Search"), (None, None, 1.0, "missing_numerator")),
        # linear: 0.75 of o3's 2000 on Paid Search and all of o2's 500 on Paid Social, over 120 of spend
        (("return_on_ad_spend", "month", FEBRUARY, ""), (2000 / 120, 2000.0, 120.0, None)),
        (("return_on_ad_spend", "month", FEBRUARY, "Paid Search"), (12.5, 1500.0, 120.0, None)),
        # money was spent and nothing was credited: 0, not NULL
        (("return_on_ad_spend", "month", MARCH, ""), (0.0, 0.0, 210.0, None)),
        (("return_on_ad_spend", "week", date(2026, 2, 9), ""), (None, 500.0, None, "missing_denominator")),
        # 120 of ads and 620 of other cost for one new customer
        (("customer_acquisition_cost", "month", FEBRUARY, ""), (740.0, 740.0, 1.0, None)),
        # margins 200 + 250 + 750 = 1200 credited to marketing, cost 740
        (("return_on_investment", "month", FEBRUARY, ""), (460 / 740, 460.0, 740.0, None)),
        # March's only order came by a typed-in visit, which is no marketing
        (("return_on_investment", "month", MARCH, ""), (-1.0, -210.0, 210.0, None)),
        (("retention_rate", "month", FEBRUARY, ""), (0.25, 1.0, 4.0, None)),
        (("retention_rate", "month", MARCH, ""), (None, None, None, "no_data")),
        # on the last day of the period, never a sum over days
        (("repeat_purchase_rate", "month", JANUARY, ""), (0.0, 0.0, 1.0, None)),
        (("repeat_purchase_rate", "month", FEBRUARY, ""), (0.5, 1.0, 2.0, None)),
        (("repeat_purchase_rate", "week", W10, ""), (1 / 3, 1.0, 3.0, None)),
        (("repeat_purchase_rate", "month", FEBRUARY, "Organic Search"), (0.0, 0.0, 1.0, None)),
        (("bounce_rate", "day", date(2026, 1, 5), ""), (0.5, 1.0, 2.0, None)),
        (("bounce_rate", "week", W10, ""), (1 / 3, 1.0, 3.0, None)),
        (("bounce_rate", "month", JANUARY, ""), (2 / 3, 2.0, 3.0, None)),
        (("average_engagement_seconds", "day", date(2026, 1, 5), ""), (21.0, 42.0, 2.0, None)),
        # 60, 20 and 3 seconds
        (("average_engagement_seconds", "week", W9, ""), (83 / 3, 83.0, 3.0, None)),
        (("average_engagement_seconds", "month", JANUARY, ""), (18.0, 54.0, 3.0, None)),
        (("pages_per_session", "day", date(2026, 1, 5), ""), (2.0, 4.0, 2.0, None)),
        (("pages_per_session", "week", W9, ""), (7 / 3, 7.0, 3.0, None)),
        (("pages_per_session", "week", W2, "Paid Search"), (2.5, 5.0, 2.0, None)),
        (("pages_per_session", "month", JANUARY, ""), (2.0, 6.0, 3.0, None)),
        (("page_views", "month", MARCH, ""), (10.0, 10.0, None, None)),
        (("organic_sessions", "week", W10, ""), (3.0, 3.0, None, None)),
        (("platform_roas", "day", date(2026, 1, 5), "Paid Search"), (2.5, 250.0, 100.0, None)),
        (("platform_roas", "week", W2, ""), (2.0, 300.0, 150.0, None)),
        (("platform_roas", "month", MARCH, ""), (90 / 210, 90.0, 210.0, None)),
        # linear: 0.75 of o3 and all of o2
        (("cost_per_acquisition", "month", FEBRUARY, ""), (120 / 1.75, 120.0, 1.75, None)),
        (("cost_per_acquisition", "month", FEBRUARY, "Paid Search"), (160.0, 120.0, 0.75, None)),
        (("cost_per_acquisition", "week", W9, ""), (240.0, 180.0, 0.75, None)),
        (("cost_per_acquisition", "month", MARCH, ""), (None, 210.0, 0.0, "zero_denominator")),
        (("average_deal_value", "day", date(2026, 3, 5), ""), (300.0, 300.0, 1.0, None)),
        (("average_deal_value", "week", W10, ""), (250.0, 500.0, 2.0, None)),
        (("average_deal_value", "month", FEBRUARY, ""), (1250.0, 2500.0, 2.0, None)),
        (("churn_rate", "month", FEBRUARY, ""), (0.75, 3.0, 4.0, None)),
        (("churn_rate", "month", FEBRUARY, "Paid Search"), (0.0, 0.0, 1.0, None)),
        (("net_revenue_retention", "month", FEBRUARY, ""), (0.3125, 500.0, 1600.0, None)),
        (("net_revenue_retention", "month", FEBRUARY, "Paid Search"), (0.5, 500.0, 1000.0, None)),
        # o5 of 200 came by phone; a typed-in visit is a visit
        (("attribution_coverage", "day", date(2026, 3, 6), ""), (0.0, 0.0, 200.0, None)),
        (("attribution_coverage", "week", W10, ""), (0.6, 300.0, 500.0, None)),
        (("attribution_coverage", "month", FEBRUARY, ""), (1.0, 2500.0, 2500.0, None)),
        (("spend_match_rate", "day", date(2026, 1, 6), ""), (0.0, 0.0, 50.0, None)),
        (("spend_match_rate", "week", W2, ""), (100 / 150, 100.0, 150.0, None)),
        (("spend_match_rate", "month", MARCH, ""), (130 / 210, 130.0, 210.0, None)),
        # 3 claimed; the CRM holds 1.75 of paid channels
        (("conversion_reconciliation_gap", "month", FEBRUARY, ""), (1.25 / 1.75, 1.25, 1.75, None)),
        (("conversion_reconciliation_gap", "month", FEBRUARY, "Paid Social"), (0.5, 0.5, 1.0, None)),
        (("conversion_reconciliation_gap", "week", W9, ""), (1.25 / 0.75, 1.25, 0.75, None)),
        (("conversion_reconciliation_gap", "day", date(2026, 2, 10), ""), (0.0, 0.0, 1.0, None)),
        # the platforms claimed nothing, and half of o1 is the ads'
        (("conversion_reconciliation_gap", "month", JANUARY, ""), (-1.0, -0.5, 0.5, None)),
        (("brand_search_volume", "day", date(2026, 2, 23), ""), (100.0, 100.0, None, None)),
        (("brand_search_volume", "week", W9, ""), (125.0, 125.0, None, None)),
        (("brand_search_volume", "month", MARCH, ""), (55.0, 55.0, None, None)),
        # three promoters, one detractor and one in between
        (("net_promoter_score", "month", FEBRUARY, ""), (0.4, 2.0, 5.0, None)),
        (("net_promoter_score", "month", MARCH, ""), (-1.0, -1.0, 1.0, None)),
        (("net_promoter_score", "week", W9, ""), (0.0, 0.0, 2.0, None)),
        (("net_promoter_score", "day", date(2026, 2, 10), "Paid Search"), (0.0, 0.0, 1.0, None)),
        # on the last day of the period: 100 + 80 spent of 80 planned, and Paid Social had no budget
        (("spend_pacing", "day", date(2026, 3, 8), ""), (2.25, 180.0, 80.0, None)),
        (("spend_pacing", "day", date(2026, 3, 8), "Paid Search"), (1.25, 100.0, 80.0, None)),
        (("spend_pacing", "day", date(2026, 3, 8), "Paid Social"), (None, 80.0, 0.0, "zero_denominator")),
        (("spend_pacing", "week", W10, ""), (2.25, 180.0, 80.0, None)),
        (("spend_pacing", "month", FEBRUARY, ""), (120 / 140, 120.0, 140.0, None)),
        (("win_rate", "day", date(2026, 1, 21), ""), (0.0, 0.0, 1.0, None)),
        (("win_rate", "week", W9, ""), (0.5, 1.0, 2.0, None)),
        (("win_rate", "month", FEBRUARY, ""), (2 / 3, 2.0, 3.0, None)),
        # 5, 12, 14 and 30.5 days: half-way between the two in the middle
        (("sales_cycle_days", "month", FEBRUARY, ""), (13.0, 13.0, None, None)),
        (("sales_cycle_days", "week", W9, ""), (14.0, 14.0, None, None)),
        (("sales_cycle_days", "day", date(2026, 2, 10), ""), (5.0, 5.0, None, None)),
        (("lead_to_customer_rate", "month", FEBRUARY, ""), (0.25, 1.0, 4.0, None)),
        (("lead_to_customer_rate", "week", date(2026, 2, 2), ""), (0.5, 1.0, 2.0, None)),
        (("lead_to_customer_rate", "day", date(2026, 2, 3), ""), (0.0, 0.0, 1.0, None)),
        # 450 + 150 + 200 of 2 + 1 + 4 customers: a stock, so January's rows are not in February
        (("customer_lifetime_value", "month", FEBRUARY, ""), (800 / 7, 800.0, 7.0, None)),
        (("customer_lifetime_value", "month", JANUARY, ""), (500 / 6, 500.0, 6.0, None)),
        (("customer_lifetime_value", "month", FEBRUARY, "Paid Search"), (225.0, 450.0, 2.0, None)),
        # without December's customers, who were won before any cost is known; with the 100 that won nobody
        (("ltv_to_cac", "month", FEBRUARY, ""), (1.0, 600.0, 600.0, None)),
        (("ltv_to_cac", "month", JANUARY, ""), (0.6, 300.0, 500.0, None)),
        (("ltv_to_cac", "month", FEBRUARY, "Organic Search"), (None, 150.0, None, "missing_denominator")),
        (("ltv_to_cac", "month", FEBRUARY, "Paid Social"), (None, None, 100.0, "missing_numerator")),
        # January's customers had not earned back what they cost by the end of January
        (("cac_payback_months", "month", JANUARY, ""), (None, None, None, "not_yet")),
        (("cac_payback_months", "month", FEBRUARY, ""), (1.0, 1.0, None, None)),
        (("expected_lifetime_value", "month", FEBRUARY, ""), (192.5, 770.0, 4.0, None)),
        (("expected_lifetime_value", "month", FEBRUARY, "Paid Search"), (270.0, 540.0, 2.0, None)),
        (("expected_lifetime_value", "month", JANUARY, ""), (None, None, 2.0, "missing_numerator")),
        # on the last day of the period: 600 + 50
        (("pipeline_value", "month", FEBRUARY, ""), (650.0, 650.0, None, None)),
        (("pipeline_value", "week", W9, ""), (460.0, 460.0, None, None)),
        (("pipeline_value", "day", date(2026, 2, 27), ""), (500.0, 500.0, None, None)),
        (("pipeline_value", "day", date(2026, 3, 9), ""), (0.0, 0.0, None, None)),
        (("pipeline_value", "month", FEBRUARY, "Direct"), (50.0, 50.0, None, None)),
        # nobody can tell what the open deal is worth
        (("pipeline_value", "day", date(2026, 3, 8), "Direct"), (None, None, None, "not_yet")),
        (("open_deal_amount", "month", FEBRUARY, ""), (1200.0, 1200.0, None, None)),
        # 1,400 of 6,000, where the mean of 50 % and 10 % would be 30 %
        (("search_impression_share", "week", W2, ""), (1400 / 6000, 1400.0, 6000.0, None)),
        (("search_impression_share", "day", date(2026, 1, 6), "Paid Search"), (0.1, 400.0, 4000.0, None)),
        (("search_impression_share", "month", MARCH, ""), (0.9, 90.0, 100.0, None)),
        (("search_impression_share", "month", FEBRUARY, ""), (None, None, None, "no_data")),
        # 60 of 1,500, where the mean of the posts' 5 % and 2 % would be 3.5 %
        (("social_engagement_rate", "week", W2, ""), (0.04, 60.0, 1500.0, None)),
        (("social_engagement_rate", "day", date(2026, 1, 5), ""), (0.05, 50.0, 1000.0, None)),
        (("social_engagement_rate", "month", JANUARY, "Organic Video"), (0.02, 10.0, 500.0, None)),
        (("social_engagement_rate", "month", MARCH, ""), (0.0, 0.0, 200.0, None)),
        # a post that nobody saw
        (("social_engagement_rate", "day", date(2026, 3, 4), ""), (None, 0.0, 0.0, "zero_denominator")),
        # of the oldest source on the last day of the period
        (("data_age_hours", "day", date(2026, 2, 27), ""), (32.5, 32.5, None, None)),
        (("data_age_hours", "week", W10, ""), (20.0, 20.0, None, None)),
        (("data_age_hours", "month", FEBRUARY, ""), (30.0, 30.0, None, None)),
        (("data_age_hours", "month", MARCH, ""), (200.0, 200.0, None, None)),
        (("data_age_hours", "week", W10, "hubspot"), (9.0, 9.0, None, None)),
        (("marketing_qualified_leads", "day", date(2026, 1, 6), ""), (1.0, 1.0, None, None)),
        (("marketing_qualified_leads", "week", W2, ""), (2.0, 2.0, None, None)),
        (("marketing_qualified_leads", "month", FEBRUARY, ""), (1.0, 1.0, None, None)),
        (("marketing_qualified_leads", "month", MARCH, ""), (0.0, 0.0, None, None)),
        (("sales_qualified_leads", "day", date(2026, 3, 2), ""), (2.0, 2.0, None, None)),
        (("sales_qualified_leads", "week", W2, "Paid Search"), (1.0, 1.0, None, None)),
        (("sales_qualified_leads", "week", W2, ""), (1.0, 1.0, None, None)),
        (("sales_qualified_leads", "month", MARCH, ""), (2.0, 2.0, None, None)),
        (("likes", "week", W2, ""), (35.0, 35.0, None, None)),
        (("likes", "month", FEBRUARY, ""), (8.0, 8.0, None, None)),
        # on the last day of the period with a count
        (("followers", "day", date(2026, 2, 27), ""), (450.0, 450.0, None, None)),
        (("followers", "week", W9, ""), (480.0, 480.0, None, None)),
        (("followers", "month", FEBRUARY, ""), (460.0, 460.0, None, None)),
        (("followers", "month", FEBRUARY, "Organic Video"), (50.0, 50.0, None, None)),
        (("leads", "day", date(2026, 1, 6), ""), (0.0, 0.0, None, None)),
        (("spend", "day", date(2026, 1, 7), ""), (None, None, None, "no_data")),
        (("customers", "month", FEBRUARY, ""), (2.0, 2.0, None, None)),
    ],
)
def test_values_are_those_worked_out_by_hand(
    computed: duckdb.DuckDBPyConnection, key: tuple[str, str, date, str], expected: tuple[Any, ...]
) -> None:
    found = value(computed, *key)
    assert found is not None
    assert found == (pytest.approx(expected[0]), *expected[1:])


def test_the_stub_has_no_column_that_the_marts_lack(computed: duckdb.DuckDBPyConnection) -> None:
    contracts = {
        model["name"]: {column["name"] for column in model["columns"]}
        for path in (DBT_PROJECT / "models" / "marts").glob("*.yml")
        for model in YAML(typ="safe").load(path.read_text(encoding="utf-8")).get("models") or []
        if "columns" in model
    }
    columns = computed.execute(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'marts' and table_name not like 'int_%'"
    ).fetchall()
    assert len(columns) > 30
    assert [f"{table}.{column}" for table, column in columns if column not in contracts[table]] == []


def test_every_null_has_a_reason_and_every_value_none(computed: duckdb.DuckDBPyConnection) -> None:
    wrong = computed.execute(
        "select * from semantic.kpi_values "
        "where (value is null) = (null_reason is null) or isinf(value) or isnan(value)"
    ).fetchall()
    assert wrong == []


def test_a_value_stands_once(computed: duckdb.DuckDBPyConnection) -> None:
    twice = computed.execute(
        "select kpi, grain, period_start, segment_dimension, segment_value from semantic.kpi_values "
        "group by all having count(*) > 1"
    ).fetchall()
    assert twice == []


def test_a_segment_of_which_nothing_is_known_has_no_row(computed: duckdb.DuckDBPyConnection) -> None:
    assert value(computed, "click_through_rate", "week", W2, "Paid Search") == (0.02, 200.0, 10000.0, None)
    assert value(computed, "click_through_rate", "week", date(2026, 1, 12), "Paid Search") is None
    found = computed.execute(
        "select count(*) from semantic.kpi_values where segment_dimension <> '' and null_reason = 'no_data'"
    ).fetchone()
    assert found == (0,)


def test_a_ratio_is_its_numerator_over_its_denominator(computed: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    for kpi in registry.kpis:
        if kpi.denominator is None:
            continue
        wrong = computed.execute(
            "select * from semantic.kpi_values where kpi = ? and value is not null "
            "and abs(value - numerator / denominator * ?) > 1e-9 * greatest(abs(value), 1)",
            [kpi.name, kpi.scale],
        ).fetchall()
        assert wrong == [], kpi.name


def test_periods_follow_each_other_without_a_gap_up_to_the_running_one(computed: duckdb.DuckDBPyConnection) -> None:
    gaps = computed.execute(
        "select * from (select *, lead(period_start) over ("
        "partition by kpi, grain order by period_start) as next_start from semantic.kpi_values"
        " where segment_dimension = '')"
        " where next_start is not null and next_start <> period_end + interval 1 day"
    ).fetchall()
    assert gaps == []
    last = computed.execute(
        "select grain, min(period_start), max(period_start), bool_or(is_final) from (select *, row_number() over ("
        "partition by kpi, grain order by period_start desc) as age from semantic.kpi_values"
        " where segment_dimension = '')"
        " where age = 1 group by grain order by grain"
    ).fetchall()
    today, week, month = date(2026, 3, 10), W11, MARCH
    assert last == [("day", today, today, False), ("month", month, month, False), ("week", week, week, False)]


@pytest.mark.parametrize(
    ("kpi", "last_final"),
    [
        # Google Ads is loaded up to 03-09 and restates 30 days: final up to 02-07; Meta restates too but is disabled
        ("click_through_rate", date(2026, 2, 7)),
        # the export is loaded up to 03-08 and restates 3 days
        ("engagement_rate", date(2026, 3, 5)),
        # orders, by way of the thin attribution model, rest on the export too
        ("attributed_margin", date(2026, 3, 5)),
        # the CRM counts as it stands
        ("leads", date(2026, 3, 9)),
    ],
)
def test_a_day_is_final_when_no_enabled_source_restates_it(
    computed: duckdb.DuckDBPyConnection, kpi: str, last_final: date
) -> None:
    found = computed.execute(
        "select max(period_start) filter (where is_final), min(period_start) filter (where not is_final) "
        "from semantic.kpi_values where kpi = ? and grain = 'day' and segment_dimension = ''",
        [kpi],
    ).fetchone()
    assert found is not None
    assert found[0] == last_final
    assert (found[1] - found[0]).days == 1


def test_the_scorecard_waits_for_the_slowest_source(computed: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    rows = computed.execute("select kpi, period_start, status, is_focus from semantic.kpi_scorecard").fetchall()
    starts = {kpi: start for kpi, start, _, _ in rows}
    assert len(starts) == len(registry.kpis) >= 31
    assert starts["click_through_rate"] == date(2026, 3, 9)
    assert starts["engagement_rate"] == W10
    assert starts["customer_acquisition_cost"] == FEBRUARY
    assert sum(is_focus for _, _, _, is_focus in rows) == 7


def test_dim_kpi_holds_kpis_and_metrics_with_their_sources(
    computed: duckdb.DuckDBPyConnection, registry: Registry
) -> None:
    kinds = computed.execute("select kind, count(*) from semantic.dim_kpi group by kind order by kind").fetchall()
    assert kinds == [("kpi", len(registry.kpis)), ("metric", len(registry.metrics))]
    found = computed.execute(
        "select sources, numerator_name, valid_max, target_value, benchmark_source from semantic.dim_kpi "
        "where kpi in ('cost_per_lead', 'engagement_rate') order by kpi"
    ).fetchall()
    assert found == [
        ("fx_rates,google_ads,hubspot", "spend", 5000.0, 32.0, None),
        ("ga4_export", "engaged_sessions", 1.0, 0.62, None),
    ]


def test_a_second_run_gives_the_same_rows_and_a_failed_one_keeps_them(
    computed: duckdb.DuckDBPyConnection, stub: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot() -> list[Any]:
        tables = ("kpi_values", "kpi_scorecard", "dim_kpi")
        return [computed.execute(f"select * from semantic.{table} order by all").fetchall() for table in tables]

    before = snapshot()
    assert compute(computed, registry, settings=stub, as_of=AS_OF, run_id="run-1") == len(before[0])
    assert snapshot() == before
    with monkeypatch.context() as broken:
        broken.setattr(store, "describe", lambda *_: {"kpi": None})
        with pytest.raises(duckdb.Error):
            compute(computed, registry, settings=stub, as_of=AS_OF, run_id="run-2")
    assert snapshot() == before


def test_an_earlier_as_of_ends_the_series_earlier(stub: Settings, registry: Registry, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        compute(connection, registry, settings=stub, as_of=datetime(2026, 3, 3, 8, tzinfo=UTC), run_id="earlier")
        newest = connection.execute("select max(period_start) from semantic.kpi_values where grain = 'day'").fetchone()
        assert newest == (date(2026, 3, 3),)
        final = connection.execute("select max(period_end) from semantic.kpi_values where is_final").fetchone()
        assert final == (date(2026, 3, 2),)


def test_a_crm_that_is_not_connected_is_unknown_and_not_zero(
    stub: Settings, registry: Registry, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        facts = (
            "leads",
            "lead_outcomes",
            "orders",
            "closed_deals",
            "attribution",
            "customer_base",
            "customer_activity",
        )
        for fact in facts:
            connection.execute(f"delete from marts.fct_{fact}")
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="no-crm")
        assert value(connection, "return_on_ad_spend", "week", W10) == (None, None, 120.0, "missing_numerator")
        assert value(connection, "return_on_investment", "month", FEBRUARY) == (None, None, 740.0, "missing_numerator")
        assert value(connection, "cost_per_lead", "week", W10) == (None, 120.0, None, "missing_denominator")
        assert value(connection, "leads", "week", W10) == (None, None, None, "no_data")
        assert value(connection, "win_rate", "month", FEBRUARY) == (None, None, None, "no_data")
        assert value(connection, "conversion_reconciliation_gap", "week", W9) == (None, None, None, "no_data")
        assert value(connection, "cost_per_click", "month", MARCH) == (1.75, 210.0, 120.0, None)
        # a KPI without any data is still there, in its newest complete period and the running one
        months = connection.execute(
            "select period_start, null_reason from semantic.kpi_values where kpi = 'retention_rate' order by 1"
        ).fetchall()
        assert months == [(FEBRUARY, "no_data"), (MARCH, "no_data")]
        scored = connection.execute("select count(*) from semantic.kpi_scorecard").fetchone()
        assert scored == (len(registry.kpis),)


def test_analytics_that_is_not_connected_is_unknown_and_not_a_return_of_zero(
    stub: Settings, registry: Registry, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from marts.fct_sessions")
        # without a session, every order is attributed to nothing
        connection.execute("update marts.fct_attribution set channel = '(unattributed)'")
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="no-analytics")
        assert value(connection, "return_on_ad_spend", "week", W10) == (None, None, 120.0, "missing_numerator")
        assert value(connection, "return_on_investment", "month", FEBRUARY) == (None, None, 740.0, "missing_numerator")
        assert value(connection, "attributed_conversions", "month", FEBRUARY) == (None, None, None, "no_data")
        assert value(connection, "new_visitors", "week", W10) == (None, None, None, "no_data")
        # what rests on the CRM and the costs alone stays
        acquisition = value(connection, "customer_acquisition_cost", "month", FEBRUARY)
        assert acquisition is not None
        assert acquisition[1] == 740.0
        assert value(connection, "orders", "month", FEBRUARY) == (2.0, 2.0, None, None)


def test_a_margin_without_any_cost_misses_the_cost(stub: Settings, registry: Registry, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from marts.fct_marketing_cost")
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="no-costs")
        assert value(connection, "return_on_investment", "month", FEBRUARY) == (None, None, None, "missing_denominator")
        # a month without a margin has nothing to tell either
        assert value(connection, "return_on_investment", "month", MARCH) == (None, None, None, "no_data")


def test_a_mart_that_was_not_built_is_named(stub: Settings, registry: Registry, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("drop table marts.fct_leads")
        with pytest.raises(ConfigurationError, match=r"fct_leads does not exist! run `kpi refresh`"):
            compute(connection, registry, settings=stub, as_of=AS_OF, run_id="r")


def test_a_source_that_was_never_loaded_leaves_nothing_final() -> None:
    through = date(2026, 3, 9)
    assert horizon(through, [(0, None), (0, through)]) == Horizon(through, through)
    assert horizon(through, [(3, None), (30, through)]) == Horizon(through, None)
    assert horizon(through, [(3, date(2026, 3, 7)), (30, through)]) == Horizon(date(2026, 3, 7), date(2026, 2, 7))


def test_a_crm_that_was_not_read_lately_leaves_its_periods_open(
    stub: Settings, registry: Registry, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    february = (
        "select is_final from semantic.kpi_values where kpi = 'repeat_purchase_rate' and grain = 'month'"
        " and segment_value = '' and period_start = '2026-02-01'"
    )
    scored = (
        "select period_start from semantic.kpi_scorecard where kpi in ('cost_per_lead', 'repeat_purchase_rate')"
        " order by kpi"
    )
    with duckdb.connect(str(copy)) as connection:
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="r")
        assert connection.execute(february).fetchall() == [(True,)]
        assert connection.execute(scored).fetchall() == [(W10,), (FEBRUARY,)]
        # last read up to 31 January, a Saturday: what was sold since is not known
        connection.execute("delete from ops.loads where source = 'hubspot' and window_end > '2026-01-31'")
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="r")
        assert connection.execute(february).fetchall() == [(False,)]
        assert connection.execute(scored).fetchall() == [(date(2026, 1, 19),), (JANUARY,)]
