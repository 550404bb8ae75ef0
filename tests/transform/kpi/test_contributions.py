"""What accounts add to metrics, on the stub whose values are worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from transform.kpi.registry import Registry


@pytest.mark.parametrize(
    ("metric", "start", "end", "expected"),
    [
        ("spend", date(2026, 3, 1), date(2026, 3, 31), {("google_ads", "41"): 130, ("meta_ads", "31"): 80}),
        ("impressions", date(2026, 1, 5), date(2026, 1, 11), {("google_ads", "41"): 10000, ("meta_ads", "31"): 20000}),
        # 740 of February: ads, and a cost from a file
        ("marketing_cost", date(2026, 2, 1), date(2026, 2, 28), {("google_ads", "41"): 120, ("file_drop", ""): 620}),
        ("leads", date(2026, 2, 23), date(2026, 3, 1), {("hubspot", ""): 3}),
        ("sessions", date(2026, 1, 1), date(2026, 1, 31), {("ga4_export", ""): 3}),
        (
            "brand_search_volume",
            date(2026, 2, 23),
            date(2026, 2, 23),
            {("search_console", "https://acme.example/"): 100},
        ),
        ("net_promoters", date(2026, 2, 1), date(2026, 2, 28), {("file_drop", ""): 2}),
        ("attributed_paid_conversions", date(2026, 2, 1), date(2026, 2, 28), {("hubspot", ""): Decimal("1.75")}),
    ],
)
def test_an_account_adds_what_its_rows_add(
    computed: duckdb.DuckDBPyConnection,
    metric: str,
    start: date,
    end: date,
    expected: dict[tuple[str, str], Decimal],
) -> None:
    rows = computed.execute(
        "select source, if(account_id = source, '', account_id), sum(value) from semantic.kpi_contributions "
        "where metric = ? and date_day between ? and ? group by all",
        [metric, start, end],
    ).fetchall()
    assert {(source, account): value for source, account, value in rows} == expected


def test_accounts_add_up_to_the_total_of_every_period(computed: duckdb.DuckDBPyConnection) -> None:
    wrong = computed.execute(
        """
        with parts as (
            select totals.kpi, totals.grain, totals.period_start, totals.value, coalesce(sum(parts.value), 0) as added
            from semantic.kpi_values as totals
            left join semantic.kpi_contributions as parts
                on totals.kpi = parts.metric and parts.date_day between totals.period_start and totals.period_end
            where totals.segment_dimension = ''
                and totals.kpi in (select metric from semantic.kpi_contributions)
            group by all
        )
        select * from parts where abs(coalesce(value, 0) - added) > 1e-9
        """
    ).fetchall()
    assert wrong == []


def test_every_metric_that_adds_up_over_accounts_has_contributions(computed: duckdb.DuckDBPyConnection) -> None:
    found = {name for (name,) in computed.execute("select distinct metric from semantic.kpi_contributions").fetchall()}
    assert {"spend", "clicks", "leads", "orders", "revenue", "engaged_sessions", "closed_deals", "events"} <= found
    # distinct people, a median and what stands at the end of a period
    assert not {"new_visitors", "sales_cycle_days", "spend_month_to_date", "customers"} & found


def test_the_basis_is_what_all_rows_would_add(computed: duckdb.DuckDBPyConnection) -> None:
    # o1 and o2 bring 0.5 and 1 to paid channels, o3 0.75; of three orders
    assert computed.execute(
        "select sum(value), sum(basis) from semantic.kpi_contributions "
        "where metric = 'attributed_paid_conversions' and date_day <= date '2026-02-28'"
    ).fetchone() == (Decimal("2.25"), 3)


@pytest.mark.parametrize(
    ("kpi", "expected"),
    [
        ("cost_per_lead", {("numerator", "spend", 1), ("denominator", "leads", 1)}),
        (
            "return_on_investment",
            {
                ("numerator", "attributed_margin", 1),
                ("numerator", "marketing_cost", -1),
                ("denominator", "marketing_cost", 1),
            },
        ),
        (
            "conversion_reconciliation_gap",
            {
                ("numerator", "claimed_purchases", 1),
                ("numerator", "attributed_paid_conversions", -1),
                ("denominator", "attributed_paid_conversions", 1),
            },
        ),
        ("leads", {("numerator", "leads", 1)}),
    ],
)
def test_a_kpi_is_the_sum_of_its_metrics(
    computed: duckdb.DuckDBPyConnection, kpi: str, expected: set[tuple[str, str, int]]
) -> None:
    rows = computed.execute("select side, metric, weight from semantic.kpi_inputs where kpi = ?", [kpi]).fetchall()
    assert set(rows) == expected


def test_every_definition_has_a_fingerprint_with_the_settings_behind_it(
    computed: duckdb.DuckDBPyConnection, registry: Registry
) -> None:
    rows = computed.execute("select kpi, code_digest, settings from semantic.kpi_definitions").fetchall()
    assert {kpi for kpi, _, _ in rows} == set(registry.definitions)
    settings = {kpi: text for kpi, _, text in rows}
    assert "attribution_model" in settings["return_on_ad_spend"]
    assert "attribution_model" not in settings["click_through_rate"]
