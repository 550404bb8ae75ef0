"""Google Ads over REST searchStream: every client account below a manager."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.spec import SourceSpec, TableSpec

SPEC = SourceSpec(
    name="google_ads",
    title="Google Ads",
    cadence="daily",
    restatement_days=30,
    # Conversion windows go up to 90 days after the click.
    weekly_restatement_days=93,
    max_data_age_hours=36,
    time_zone_rule="account",
    required_settings=("login_customer_id",),
    required_secrets=("credentials",),
    tables=(
        TableSpec(
            name="customers",
            description="Accounts below the manager, with currency and time zone.",
            primary_key=("customer_id",),
            columns={
                "customer_id": "text",
                "descriptive_name": "text",
                "currency_code": "text",
                "time_zone": "text",
                "is_manager": "bool",
                "status": "text",
                "level": "bigint",
            },
        ),
        TableSpec(
            name="campaign_daily",
            description="Campaign performance a day, device and network, in the account's currency and time zone.",
            primary_key=("customer_id", "date", "campaign_id", "device", "ad_network_type"),
            window_column="date",
            account_column="customer_id",
            measures=("impressions", "clicks", "cost_micros", "conversions", "conversions_value"),
            columns={
                "customer_id": "text",
                "date": "date",
                "campaign_id": "text",
                "campaign_name": "text",
                "campaign_status": "text",
                "advertising_channel_type": "text",
                "advertising_channel_sub_type": "text",
                "device": "text",
                "ad_network_type": "text",
                "impressions": "text",
                "clicks": "text",
                "cost_micros": "text",
                "conversions": "double",
                "conversions_value": "double",
                "all_conversions": "double",
                "all_conversions_value": "double",
                "view_through_conversions": "text",
                "interactions": "text",
            },
        ),
        TableSpec(
            name="conversions_daily",
            description="Conversions by action, on the click's date and on the conversion's date; carries no cost.",
            primary_key=("customer_id", "date", "campaign_id", "conversion_action"),
            window_column="date",
            account_column="customer_id",
            measures=("conversions", "conversions_value", "conversions_by_conversion_date"),
            columns={
                "customer_id": "text",
                "date": "date",
                "campaign_id": "text",
                "conversion_action": "text",
                "conversion_action_name": "text",
                "conversion_action_category": "text",
                "conversions": "double",
                "conversions_value": "double",
                "all_conversions": "double",
                "conversions_by_conversion_date": "double",
                "conversions_value_by_conversion_date": "double",
            },
        ),
        TableSpec(
            name="click_view",
            description="One row a click with its gclid; the vendor keeps 90 days.",
            primary_key=("customer_id", "date", "gclid"),
            window_column="date",
            account_column="customer_id",
            columns={
                "customer_id": "text",
                "date": "date",
                "gclid": "text",
                "campaign_id": "text",
                "ad_group_id": "text",
                "ad_id": "text",
                "keyword_text": "text",
                "device": "text",
                "ad_network_type": "text",
                "click_type": "text",
                "country": "text",
                "clicks": "text",
            },
        ),
        TableSpec(
            name="conversion_actions",
            description="Conversion actions with their windows; the longest primary one decides what is re-read.",
            primary_key=("customer_id", "conversion_action_id"),
            account_column="customer_id",
            columns={
                "customer_id": "text",
                "conversion_action_id": "text",
                "name": "text",
                "status": "text",
                "category": "text",
                "counting_type": "text",
                "primary_for_goal": "bool",
                "click_through_lookback_window_days": "text",
                "view_through_lookback_window_days": "text",
                "attribution_model": "text",
            },
        ),
    ),
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table. Raises ConfigurationError for what a person has to mend."""
    from ingestion.google_ads.source import resources

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the key opens the manager account, and which client accounts below it answer."""
    from ingestion.google_ads.source import verdicts

    return verdicts(context)
