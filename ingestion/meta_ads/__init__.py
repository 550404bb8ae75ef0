"""Meta Marketing API insights: campaigns a day, with actions by attribution window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.spec import SourceSpec, TableSpec

SPEC = SourceSpec(
    name="meta_ads",
    title="Meta Ads",
    cadence="daily",
    restatement_days=28,
    max_data_age_hours=36,
    time_zone_rule="account",
    required_settings=("account_ids",),
    required_secrets=("access_token",),
    tables=(
        TableSpec(
            name="accounts",
            description="Ad accounts with currency and time zone.",
            primary_key=("account_id",),
            columns={
                "account_id": "text",
                "name": "text",
                "currency": "text",
                "timezone_name": "text",
                "account_status": "bigint",
            },
        ),
        TableSpec(
            name="campaign_daily",
            description="Campaign insights a day in the account's currency and time zone; actions stay as received.",
            primary_key=("account_id", "date_start", "campaign_id"),
            window_column="date_start",
            account_column="account_id",
            measures=("impressions", "clicks", "inline_link_clicks", "spend"),
            columns={
                "account_id": "text",
                "date_start": "date",
                "account_currency": "text",
                "campaign_id": "text",
                "campaign_name": "text",
                "objective": "text",
                "impressions": "text",
                "clicks": "text",
                "inline_link_clicks": "text",
                "spend": "text",
                "reach": "text",
                "frequency": "text",
                "attribution_setting": "text",
                "actions": "text",
                "action_values": "text",
            },
        ),
        TableSpec(
            name="account_daily",
            description="Account totals a day: deleted campaigns count here, so it is what campaign sums are held to.",
            primary_key=("account_id", "date_start"),
            window_column="date_start",
            account_column="account_id",
            measures=("impressions", "clicks", "spend"),
            columns={
                "account_id": "text",
                "date_start": "date",
                "account_currency": "text",
                "impressions": "text",
                "clicks": "text",
                "spend": "text",
                "reach": "text",
            },
        ),
    ),
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table. Raises ConfigurationError for what a person has to mend."""
    from ingestion.meta_ads.source import resources

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the token is accepted, and which of the ad accounts it opens."""
    from ingestion.meta_ads.source import verdicts

    return verdicts(context)
