"""Each defect is planted once, and must be found by its own check, with its value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from quality.gate import GateReport, evaluate
from quality.judge import Judge
from quality.rules import derive_checks
from tests.warehouse.small import AS_OF, build_warehouse
from transform.kpi.registry import Registry
from warehouse.layout import PROJECT_ROOT
from warehouse.settings import Settings

RUNBOOK = PROJECT_ROOT / "docs" / "runbook.md"

# check -> (what is planted, what the check says it found)
DEFECTS = {
    "hubspot_has_rows": ("update ops.sources set rows = 0 where source = 'hubspot'", "0"),
    # Midnight in New York, before which Monday the 16th ended, is 05:00 UTC: seven days and three hours ago.
    "google_ads_is_fresh": (
        "update ops.sources set newest_data_day = '2026-11-15' where source = 'google_ads'",
        "171 hours",
    ),
    # No zone is known of account 7: Friday the 20th ended at 23:00 UTC, as in Berlin.
    "google_ads_accounts_are_fresh": (
        "insert into ops.coverage values ('google_ads', 'campaign_daily', '7', '2026-11-20', 1, now())",
        "57 (account 7)",
    ),
    "google_ads_covers_its_window": (
        "delete from ops.coverage where source = 'google_ads' and date_day = '2026-11-03'",
        "2 rows, first: campaign_daily 1 2026-11-03",
    ),
    "google_ads_has_its_columns": (
        "alter table raw_google_ads.campaign_daily drop column impressions; "
        "insert into raw_google_ads.customers values (null, 'America/New_York')",
        "2 rows, first: campaign_daily has no column impressions",
    ),
    "google_ads_has_no_duplicates": (
        "insert into raw_google_ads.customers values ('1', 'America/New_York')",
        "1 row: customers 1 2 times",
    ),
    # Saturdays had 100 rows.
    "meta_ads_volume_is_usual": (
        "insert into ops.coverage select 'meta_ads', 'ad_daily', '2', day::date, "
        "if(day = date '2026-11-21', 5, 100), now() "
        "from range(date '2026-09-14', date '2026-11-23', interval 1 day) as days (day)",
        "1 row: ad_daily 2 2026-11-21 5 rows, usually 100.0",
    ),
    # Sundays were at 7.5; of the eight before the newest one, these three and those of the small world are six.
    "kpi_cost_per_mille_does_not_jump": (
        "insert into semantic.kpi_values by name (select k.* replace (period_start - age as period_start, "
        "period_end - age as period_end) from semantic.kpi_values as k, (values (14), (21), (28)) as before (age) "
        "where kpi = 'cost_per_mille' and period_start = '2026-11-08')",
        "1 row: day 2026-11-22 512.5 after 7.5",
    ),
    "meta_ads_reads_every_account": (
        "insert into ops.coverage values ('meta_ads', 'campaign_daily', '9', '2026-10-20', 1, now())",
        "1 row: campaign_daily 9 not read since 2026-10-20",
    ),
    "kpi_cost_per_mille_in_range": (
        "update semantic.kpi_values set value = 512.5 where kpi = 'cost_per_mille' and period_start = '2026-11-22'",
        "512.5 (day 2026-11-22)",
    ),
    "kpi_new_visitors_in_range": (
        "update semantic.kpi_values set value = -1 where kpi = 'new_visitors' and period_start = '2026-11-16'",
        "-1 (week 2026-11-16)",
    ),
    "kpi_click_through_rate_segments_in_range": (
        "insert into semantic.kpi_values by name (select * replace ('channel' as segment_dimension, 'Paid Social' as "
        "segment_value, 1.5 as value) from semantic.kpi_values where kpi = 'click_through_rate' and "
        "period_start = '2026-11-22')",
        "1.5 (day 2026-11-22 Paid Social)",
    ),
    "kpi_click_through_rate_is_fresh": (
        "delete from semantic.kpi_values where kpi = 'click_through_rate' and period_start > '2026-11-18' and "
        "segment_dimension = ''",
        "104 hours",
    ),
    "kpi_retention_rate_is_complete": (
        "update semantic.kpi_values set null_reason = null where kpi = 'retention_rate'",
        "1 row: month 2026-10-01 is NULL without a reason",
    ),
    "kpi_cost_per_lead_is_complete": (
        "delete from semantic.kpi_values where kpi = 'cost_per_lead'",
        "1 row: week has no values",
    ),
    "clicks_within_impressions": (
        "update marts.fct_ad_spend set clicks = 28001 where date_day = '2026-11-01' and platform = 'google_ads'",
        "1 row: google_ads 1 2026-11 28421 clicks 22000 impressions",
    ),
    "fct_customer_journey_has_no_future_dates": (
        "update marts.fct_customer_journey set date_day = '2026-11-24' where touchpoint_id = 't3'",
        "1 row: 2026-11-24 1 rows",
    ),
    # 28001 clicks of above are in the fact alone, as is the order that came twice.
    "marts_add_up_to_their_facts": (
        "update marts.channel_daily set sessions = 21 where date_day = '2026-11-03' and channel = 'Paid Search'",
        "5 rows, first: campaign_daily.clicks 2026-11-01 is 30.000000 of 28011.000000",
    ),
    "metrics_add_up_over_days": (
        "insert into semantic.kpi_values by name (select * replace ('spend' as kpi, 10 as value) from "
        "semantic.kpi_values where kpi = 'cost_per_mille' and period_start >= '2026-11-16' union all "
        "select * replace ('spend' as kpi, 71 as value) from semantic.kpi_values where kpi = 'new_visitors' and "
        "period_start = '2026-11-16')",
        "1 row: spend week 2026-11-16 is 71.0 of 70.0",
    ),
    "metrics_add_up_over_channels": (
        "insert into semantic.kpi_values by name (select k.* replace (segment as segment_value, amount as value, "
        "'channel' as segment_dimension) from semantic.kpi_values as k, "
        "(values ('Paid Search', 40), ('Paid Social', 32)) as parts (segment, amount) "
        "where kpi = 'spend' and grain = 'week')",
        "1 row: spend week 2026-11-16 is 71.0 of 72.0",
    ),
    "journeys_end_as_the_crm_says": (
        "delete from marts.fct_conversions where conversion_id = 'd3'",
        "1 row: d3 ends 0 journeys, worth 0.000000 of 100.000000",
    ),
    "orders_have_an_amount_and_a_currency": (
        "update marts.fct_orders set currency_code = 'eur' where order_id = 'd1'",
        "1 row: d1 300.000000 eur is 300.000000 at 1.0",
    ),
    "causes_add_up_to_the_gap": (
        "update marts.reconciliation_causes set conversions = 2 where cause = 'unexplained'",
        "1 row: 2026-11-02 Paid Search google_ads gap 4.000000000 and 400.000000 causes 5.000000000 and 400.000000",
    ),
    "no_kpi_rests_on_numbers_that_are_not_whole": (
        "insert into ops.requests values ('1', 'google_ads', 'campaign_daily', '1', '2026-11-18', '2026-11-20', "
        """'{"dataLossFromOtherRow": true}', now())""",
        "1 row: google_ads.campaign_daily 2026-11-18 to 2026-11-20 dataLossFromOtherRow under click_through_rate, "
        "cost_per_lead, cost_per_mille, new_visitors, retention_rate",
    ),
    "orders_are_unique": (
        "insert into marts.fct_orders from marts.fct_orders where order_id = 'd2'",
        "1 row: d2 2 times",
    ),
    "attribution_weights_sum_to_one": (
        "update marts.fct_attribution set weight = 0.4 where conversion_id = 'd3' and model = 'linear' and "
        "channel = 'Paid Social'",
        "1 row: d3 linear sums to 0.9",
    ),
    "attributed_revenue_equals_orders": (
        "update marts.fct_attribution set credited_value = 299.99 where conversion_id = 'd1' and model = 'last'",
        "1 row: d1 last credited 299.990000 of 300.000000",
    ),
    "spend_has_an_exchange_rate": (
        "update marts.fct_ad_spend set fx_rate = null where date_day = '2026-11-02' and platform = 'meta_ads'",
        "1 row: EUR 2026-11-02",
    ),
    "every_amount_has_an_exchange_rate": (
        "insert into marts.money_quarantine by name select unnest(['a', 'b']) as row_key, 'fct_orders' as fact, "
        "'revenue' as measure, unnest([date '2026-11-07', date '2026-11-09']) as date_day, 'JPY' as currency_code, "
        "unnest([1000, 234.5]) as amount_local, 'unknown_currency' as reason, 'add JPY' as mend",
        "1 row: JPY 2026-11-07 to 2026-11-09 fct_orders revenue 1234.50 in 2 rows, unknown_currency: add JPY",
    ),
    "google_ads_spend_equals_what_was_received": (
        "update raw_google_ads.campaign_daily set cost_micros = '10010000' where date = '2026-11-02'",
        "1 row: account 1 marts 280.000000 received 280.01",
    ),
    "meta_ads_campaigns_add_up_to_the_account": (
        "update raw_meta_ads.account_daily set spend = '5.50' where date_start = '2026-11-02'",
        "1 row: account 2 2026-11 campaigns 110.000000 account total 110.500000",
    ),
}
# What must not be found: a value of the day that is under way.
UNFOUND = (
    "insert into semantic.kpi_values by name (select * replace (date '2026-11-23' as period_start, date '2026-11-23' "
    "as period_end, 9999 as value) from semantic.kpi_values where kpi = 'click_through_rate' and "
    "period_start = '2026-11-01')",
)
WARNINGS = {
    "kpi_click_through_rate_is_fresh",
    "meta_ads_reads_every_account",
    "kpi_click_through_rate_segments_in_range",
    "meta_ads_campaigns_add_up_to_the_account",
    "google_ads_accounts_are_fresh",
    "meta_ads_volume_is_usual",
    "kpi_cost_per_mille_does_not_jump",
    "no_kpi_rests_on_numbers_that_are_not_whole",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("an owner's home")
    build_warehouse(home / "warehouse.duckdb")
    return Settings(home=home)


@pytest.fixture(scope="module")
def defective(
    settings: Settings, judge: Judge, registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GateReport]:
    home = Path(tmp_path_factory.mktemp("defective"))
    warehouse = build_warehouse(home / "warehouse.duckdb")
    with duckdb.connect(str(warehouse)) as connection:
        for statement in (*(statement for statement, _ in DEFECTS.values()), *UNFOUND):
            connection.execute(statement)
    yield evaluate(judge, Settings(home=home), registry, AS_OF)


def test_sound_data_pass_every_check(settings: Settings, judge: Judge, registry: Registry) -> None:
    report = evaluate(judge, settings, registry, AS_OF)

    assert [result for result in report.results if not result.passed] == []
    assert report.passed
    assert report.checks_passed == report.total == 3 * 5 + 2 * 2 + 1 + 5 * 5 + 3 + 19
    ages = {result.name: (result.value, result.limit) for result in report.results}
    # Sunday ended at midnight: of New York at 05:00 UTC, of Berlin at 23:00, of UTC itself at 00:00.
    limit = "at most 36 hours since its newest day ended in its time zone"
    assert ages["google_ads_is_fresh"] == ("3 hours", limit)
    assert ages["meta_ads_is_fresh"] == ("9 hours", limit)
    assert ages["hubspot_is_fresh"] == ("8 hours", limit)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found(defective: GateReport, name: str) -> None:
    found = next(result for result in defective.results if result.name == name)

    assert not found.passed
    assert found.error is None
    assert found.value == DEFECTS[name][1]
    assert found.severity == ("warn" if name in WARNINGS else "block")
    assert found.mend
    assert found.owner


def test_every_kind_of_check_has_a_planted_defect(settings: Settings, registry: Registry) -> None:
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        checks = derive_checks(connection, registry, AS_OF, settings.zone)

    kinds = {check.name: check.rule for check in checks}
    assert {kinds[name] for name in DEFECTS} == {*kinds.values()}
    assert len(kinds) == len(checks)


def test_the_runbook_says_what_to_do_for_every_check(settings: Settings, registry: Registry) -> None:
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        checks = derive_checks(connection, registry, AS_OF, settings.zone)
    section = RUNBOOK.read_text(encoding="utf-8").split("## When a check fails")[1].split("\n## ")[0]
    cells = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    told = [re.sub("<[a-z]+>", "[a-z0-9_]+", name) for cell in cells for name in re.findall("`([^`]+)`", cell)]

    untold = [check.name for check in checks if not any(re.fullmatch(name, check.name) for name in told)]
    assert untold == []


def test_nothing_else_is_found(defective: GateReport) -> None:
    assert {result.name for result in defective.results if not result.passed} == {*DEFECTS}


def test_late_data_are_found_by_the_clock_given(settings: Settings, judge: Judge, registry: Registry) -> None:
    report = evaluate(judge, settings, registry, AS_OF + timedelta(hours=29))

    late = {result.name: result.value for result in report.blocking}
    assert late == {
        "hubspot_is_fresh": "37 hours",
        "meta_ads_is_fresh": "38 hours",
    }


def test_a_source_never_loaded_is_found(judge: Judge, registry: Registry, tmp_path: Path) -> None:
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update ops.sources set is_enabled = true where source = 'ga4'")
    report = evaluate(judge, Settings(home=tmp_path), registry, AS_OF)

    assert {result.name: result.value for result in report.blocking} == {
        "ga4_has_rows": "0",
        "ga4_is_fresh": "none",
    }


def test_a_check_that_breaks_is_an_error_apart_from_bad_data(judge: Judge, registry: Registry, tmp_path: Path) -> None:
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table marts.fct_customer_journey rename column date_day to day")
    report = evaluate(judge, Settings(home=tmp_path), registry, AS_OF)

    (broken,) = report.blocking
    assert broken.name == "fct_customer_journey_has_no_future_dates"
    assert broken.error
    assert "date_day" in broken.error
    assert "\n" not in broken.error


@pytest.mark.parametrize("null_reason", ["no_data", "missing_numerator"])
def test_a_kpi_whose_source_is_not_connected_is_not_late(
    judge: Judge, registry: Registry, tmp_path: Path, null_reason: str
) -> None:
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "delete from semantic.kpi_values where kpi = 'cost_per_lead' and period_start > '2026-10-26'"
        )
        connection.execute(
            "update semantic.kpi_values set value = null, null_reason = ? where kpi = 'cost_per_lead'", [null_reason]
        )
    report = evaluate(judge, Settings(home=tmp_path), registry, AS_OF)

    assert [result for result in report.results if not result.passed] == []


def test_a_vendor_that_withholds_is_told_with_the_kpis_that_rest_on_it(
    judge: Judge, registry: Registry, tmp_path: Path
) -> None:
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            """
            insert into ops.requests by name
            select * replace (make_timestamp(requested_at) as requested_at) from (values
                ('1', 'ga4', 'day_totals', '1', date '2026-11-01', date '2026-11-03', '{"samplingMetadatas": []}', 1),
                ('1', 'ga4', 'week_totals', '1', date '2026-11-02', date '2026-11-08', '{"samplingMetadatas": []}', 1),
                ('2', 'ga4', 'day_totals', '1', date '2026-11-01', date '2026-11-02', '{}', 2),
                ('2', 'ga4', 'week_totals', '1', date '2026-11-02', date '2026-11-08', '{}', 2),
                ('2', 'ga4', 'traffic_daily', '1', date '2026-11-18', date '2026-11-20', '{"currency": "EUR"}', 2),
                ('2', 'ga4', 'traffic_daily', '1', date '2026-11-21', date '2026-11-22',
                 '{"dataLossFromOtherRow":true}', 3),
                ('3', 'hubspot', 'deals', null, null, null, '{"subjectToThresholding": true}', 3)
            ) as t (load_id, source, table_name, account_id, window_start, window_end, metadata, requested_at)
            """
        )
        connection.execute("update semantic.dim_kpi set sources = 'google_ads'")
        connection.execute(
            "update semantic.dim_kpi set sources = 'ga4,google_ads' where kpi in ('new_visitors', 'cost_per_lead')"
        )
    report = evaluate(judge, Settings(home=tmp_path), registry, AS_OF)

    (found,) = report.warnings
    assert (found.name, found.value) == (
        "no_kpi_rests_on_numbers_that_are_not_whole",
        # The 3rd, sampled as it was, has not been read since; the other row is of traffic_daily.
        "2 rows, first: ga4.day_totals 2026-11-03 to 2026-11-03 samplingMetadatas under cost_per_lead, new_visitors",
    )
