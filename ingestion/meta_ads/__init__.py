"""Meta Marketing API: campaigns to creatives, and insights by day with actions by attribution window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.spec import ColumnType, SourceSpec, TableSpec

_STATUS = ("name", "status", "effective_status")
_TIMES = ("created_time", "updated_time")
_AD = ("ad_id", "adset_id", "campaign_id")
_DELIVERY = ("account_currency", "impressions", "clicks", "inline_link_clicks", "spend")
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "utm_id")


def _columns(*names: str) -> dict[str, ColumnType]:
    kinds: dict[str, ColumnType] = {"date_start": "date", "date_stop": "date"}
    return {name: kinds.get(name, "timestamp" if name.endswith("_time") else "text") for name in names}


def _entity(name: str, key: str, description: str, *columns: str) -> TableSpec:
    return TableSpec(
        name=name,
        description=description,
        primary_key=("account_id", key),
        account_column="account_id",
        columns=_columns("account_id", key, *columns),
    )


def _ads_by_day(name: str, description: str, keys: tuple[str, ...], *columns: str) -> TableSpec:
    return TableSpec(
        name=name,
        description=description,
        primary_key=("account_id", "date_start", "ad_id", *keys),
        window_column="date_start",
        account_column="account_id",
        columns=_columns("account_id", "date_start", *_AD, *keys, *columns),
    )


def _account_by_day(name: str, description: str, *keys: str) -> TableSpec:
    return TableSpec(
        name=name,
        description=description,
        primary_key=("account_id", "date_start", *keys),
        window_column="date_start",
        account_column="account_id",
        columns=_columns("account_id", "date_start", *keys, *_DELIVERY),
    )


def _people(name: str, description: str) -> TableSpec:
    return TableSpec(
        name=name,
        description=description,
        primary_key=("account_id", "date_start"),
        window_column="date_start",
        account_column="account_id",
        columns=_columns("account_id", "date_start", "date_stop", "account_currency", "impressions", "spend", "reach"),
    )


SPEC = SourceSpec(
    name="meta_ads",
    title="Meta Ads",
    cadence="daily",
    restatement_days=28,
    max_data_age_hours=36,
    time_zone_rule="account",
    time_zones="accounts.account_id.timezone_name",
    required_settings=("account_ids",),
    optional_settings=("page_rows", "poll_seconds", "run_timeout_seconds", "purchase_action", "lead_action"),
    required_secrets=("access_token",),
    # Meta sets no number: it counts calls and their CPU time by account. So many report runs are under way at a time.
    parallel_requests=4,
    tables=(
        TableSpec(
            name="accounts",
            description="Ad accounts with currency and time zone.",
            primary_key=("account_id",),
            account_column="account_id",
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
            measures=(
                "impressions", "clicks", "inline_link_clicks", "spend", "leads", "purchases", "purchase_value",
            ),
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
                # Of one action type each, as its goal is set: what is compared at every re-read.
                "leads": "text",
                "purchases": "text",
                "purchase_value": "text",
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
        _people(
            "account_weekly",
            "People reached in each ISO week, each counted once; of the week under way, in the days that are over.",
        ),
        _people(
            "account_monthly",
            "People reached in each month, each counted once; of the month under way, in the days that are over.",
        ),
        _entity(
            "campaigns",
            "campaign_id",
            "Campaigns, deleted ones too; budgets in minor units of the account's currency.",
            *_STATUS, "objective", "buying_type", "daily_budget", "lifetime_budget", "start_time", "stop_time", *_TIMES,
        ),
        _entity(
            "ad_sets",
            "adset_id",
            "Ad sets, deleted ones too; the attribution setting as the JSON that Meta sent.",
            "campaign_id", *_STATUS, "optimization_goal", "billing_event", "daily_budget", "lifetime_budget",
            "attribution_spec", "start_time", "end_time", *_TIMES,
        ),
        _entity(
            "ads",
            "ad_id",
            "Ads, deleted ones too, with the creative that each shows.",
            "adset_id", "campaign_id", *_STATUS, "creative_id", *_TIMES,
        ),
        _entity(
            "creatives",
            "creative_id",
            "Creatives with their link and its UTM parameters; macros such as {{campaign.name}} stay as written.",
            "name", "title", "body", "object_type", "status", "call_to_action_type", "effective_object_story_id",
            "link_url", "url_tags", *_UTM,
        ),
        TableSpec(
            name="campaign_conversions_daily",
            description="Leads and purchases of every campaign by the day of the conversion, action type and window.",
            primary_key=("account_id", "date_start", "campaign_id", "action_type", "attribution_window"),
            window_column="date_start",
            account_column="account_id",
            columns=_columns(
                "account_id", "date_start", "campaign_id", "action_type", "attribution_window", "value", "action_value"
            ),
        ),
        _ads_by_day(
            "ad_daily",
            "Insights of every ad a day.",
            (),
            "ad_name", "adset_name", *_DELIVERY, "reach", "frequency", "attribution_setting",
        ),
        _ads_by_day(
            "ad_actions_daily",
            "Actions of every ad a day: count and value by action type and attribution window, which overlap.",
            ("action_type", "attribution_window"),
            "value", "action_value",
        ),
        _ads_by_day(
            "ad_placement_daily",
            "Delivery of every ad a day by platform and position.",
            ("publisher_platform", "platform_position"),
            *_DELIVERY,
        ),
        _ads_by_day("ad_country_daily", "Delivery of every ad a day by country.", ("country",), *_DELIVERY),
        _ads_by_day(
            "ad_age_gender_daily", "Delivery of every ad a day by age and gender.", ("age", "gender"), *_DELIVERY
        ),
        _account_by_day(
            "account_placement_daily",
            "Account totals a day by platform and position, with what the token does not see as an ad.",
            "publisher_platform", "platform_position",
        ),
        _account_by_day("account_country_daily", "Account totals a day by country.", "country"),
        _account_by_day("account_age_gender_daily", "Account totals a day by age and gender.", "age", "gender"),
    ),
)  # fmt: skip


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table. Raises ConfigurationError for what a person has to mend."""
    from ingestion.meta_ads.source import resources

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the token is accepted, and which of the ad accounts it opens."""
    from ingestion.meta_ads.source import verdicts

    return verdicts(context)
