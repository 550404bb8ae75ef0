"""What must hold in a built publication before anybody may read it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from warehouse.errors import CheckFailed
from warehouse.layout import PUBLISHED

# The tables that every publication has, and the columns whose values name a row.
KEYS: Mapping[str, tuple[str, ...]] = {
    "publication": ("run_id",),
    "dim_business": ("name",),
    "dim_kpi": ("kpi",),
    "kpi_status": ("kpi",),
    "table_status": ("table_name",),
    "kpi_scorecard": ("kpi",),
    "kpi_values": ("kpi", "grain", "period_start", "segment_dimension", "segment_value"),
    "kpi_reported": ("kpi", "grain", "period_start", "segment_dimension", "segment_value", "version"),
    "kpi_drivers": ("kpi", "against", "segment_dimension", "factor", "part", "segment_value"),
    "kpi_targets": ("kpi", "target_start"),
    "kpi_anomalies": ("kpi", "grain", "period_start", "segment_dimension", "segment_value"),
    "kpi_advice": ("advice_id",),
    "fct_customer_journey": ("touchpoint_id",),
    "fct_attribution": ("attribution_key",),
    "fct_conversions": ("conversion_id",),
    "fct_conversion_paths": ("conversion_id", "position"),
    "attribution_channels": ("model", "conversion_type", "channel"),
    "attribution_levels": ("level_key",),
    "fct_ad_spend": ("spend_key",),
    "fct_orders": ("order_id",),
    "channel_daily": ("date_day", "channel"),
    "campaign_daily": ("date_day", "platform", "account_id", "campaign_id"),
    "funnel": ("month", "channel", "step_number"),
    "cohort_retention": ("cohort_month", "months_since"),
    "fct_customer_cohorts": ("date_day", "cohort_month", "channel"),
    "fct_lifetime_fits": ("date_day",),
    "fct_deal_stages": ("deal_stage_id",),
    "fct_pipeline": ("pipeline_key",),
    "reconciliation": ("month", "channel", "platform"),
    "reconciliation_weekly": ("week", "channel", "platform"),
    "reconciliation_causes": ("week", "channel", "platform", "cause"),
    "source_status": ("source",),
    "consent_daily": ("date_day", "country"),
}
# Part of a key, yet empty where the thing has none: a campaign that is known from links only has no account.
_MAY_BE_NULL = {"campaign_daily": {"platform", "account_id", "campaign_id"}, "reconciliation": {"channel", "platform"}}
_NEVER_NULL = {
    "publication": ("published_at", "checks_passed", "checks_total"),
    "dim_kpi": ("label", "unit", "direction"),
    "kpi_status": ("is_stale",),
    "kpi_scorecard": ("label", "status", "grain", "period_start", "period_end", "is_stale"),
    "kpi_values": ("period_end", "is_complete", "is_final", "computed_at", "run_id"),
    "kpi_targets": ("target_due", "target_owner"),
    "fct_attribution": ("model", "weight"),
    "fct_conversions": ("conversion_type", "date_day", "value"),
    "fct_ad_spend": ("date_day", "spend_amount"),
    "fct_orders": ("date_day", "revenue_amount"),
}
_NEVER_EMPTY = ("publication", "dim_business", "dim_kpi", "kpi_scorecard")


def prove(built: duckdb.DuckDBPyConnection, expected_rows: Mapping[str, int], path: Path) -> None:
    """Prove the publication that `built` is connected to; `expected_rows` are the warehouse's, by table.

    Raises CheckFailed that names the first table and rule that does not hold.
    """
    for table, expected in expected_rows.items():
        found = _number(built, f'select count(*) from {PUBLISHED}."{table}"')
        if found != expected:
            raise CheckFailed(_refusal(path, table, f"has {found} rows, the warehouse {expected}"))
    for table in _NEVER_EMPTY:
        if not expected_rows.get(table):
            raise CheckFailed(_refusal(path, table, "has no rows"))
    for table, key in KEYS.items():
        _prove_table(built, table, key, path)
    silent = _number(built, f"select count(*) from {PUBLISHED}.kpi_values where value is null and null_reason is null")
    if silent:
        raise CheckFailed(_refusal(path, "kpi_values", f"has {silent} values that are NULL without a null_reason"))


def prove_exports(built: duckdb.DuckDBPyConnection, expected_rows: Mapping[str, int], folder: Path) -> None:
    """Prove that each table has a Parquet and a CSV file in `folder`, and as many rows in the Parquet file.

    Raises CheckFailed that names the first file for which that does not hold.
    """
    for table, expected in expected_rows.items():
        parquet = folder / f"{table}.parquet"
        for path in (parquet, folder / "csv" / f"{table}.csv"):
            if not path.exists():
                raise CheckFailed(_refusal(path, table, "was not exported"))
        row = built.execute("select sum(num_rows) from parquet_file_metadata(?)", [str(parquet)]).fetchone()
        if not row or row[0] != expected:
            found = row[0] if row else 0
            raise CheckFailed(_refusal(parquet, table, f"has {found} rows, the database {expected}"))


def _prove_table(built: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], path: Path) -> None:
    needed = [column for column in key if column not in _MAY_BE_NULL.get(table, set())]
    for column in (*needed, *_NEVER_NULL.get(table, ())):
        empty = _number(built, f'select count(*) from {PUBLISHED}."{table}" where "{column}" is null')
        if empty:
            raise CheckFailed(_refusal(path, table, f"has {empty} rows where {column} is NULL"))
    columns = ", ".join(key)
    doubled = _number(
        built, f'select count(*) from (select 1 from {PUBLISHED}."{table}" group by {columns} having count(*) > 1)'
    )
    if doubled:
        raise CheckFailed(_refusal(path, table, f"has {doubled} keys ({columns}) more than once"))


def _number(built: duckdb.DuckDBPyConnection, query: str) -> int:
    row = built.execute(query).fetchone()
    return int(row[0]) if row else 0


def _refusal(path: Path, table: str, what: str) -> str:
    return f"{path.name}: table {table} {what}; nothing was published, run `kpi refresh` to rebuild it"
