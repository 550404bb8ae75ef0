"""The tables, and for each of them the resource and the fields that fill it: what is declared here is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from ingestion.google_ads.report import ACCOUNT, DAY, Report, kind_of
from ingestion.spec import ColumnType, TableSpec


def _report(
    name: str,
    description: str,
    resource: str,
    fields: Mapping[str, str],
    *,
    keys: tuple[str, ...],
    measures: tuple[str, ...] = (),
    days_a_request: int = 93,
    condition: str = "",
    required: str = "",
) -> Report:
    has_account = ACCOUNT in keys and ACCOUNT not in fields
    columns: dict[str, ColumnType] = {ACCOUNT: "text"} if has_account else {}
    table = TableSpec(
        name=name,
        description=description,
        primary_key=keys,
        columns=columns | {column: kind_of(field) for column, field in fields.items()},
        window_column=DAY if DAY in fields else None,
        account_column=ACCOUNT if has_account else None,
        measures=measures,
    )
    return Report(table, resource, fields, condition, days_a_request, required)


_DAY = {DAY: "segments.date"}
_CAMPAIGN = {"campaign_id": "campaign.id"}
_AD_GROUP = {**_CAMPAIGN, "ad_group_id": "ad_group.id", "ad_group_name": "ad_group.name"}
_PLACE = {"device": "segments.device", "ad_network_type": "segments.ad_network_type"}
_DELIVERY = {
    "impressions": "metrics.impressions",
    "clicks": "metrics.clicks",
    "cost_micros": "metrics.cost_micros",
    "conversions": "metrics.conversions",
    "conversions_value": "metrics.conversions_value",
    "all_conversions": "metrics.all_conversions",
    "all_conversions_value": "metrics.all_conversions_value",
}
_MEASURES = ("impressions", "clicks", "cost_micros", "conversions", "conversions_value")

CUSTOMERS = _report(
    "customers",
    "Accounts of the manager's hierarchy with currency and time zone; one row an account, by its nearest path.",
    "customer_client",
    {
        ACCOUNT: "customer_client.id",
        "descriptive_name": "customer_client.descriptive_name",
        "currency_code": "customer_client.currency_code",
        "time_zone": "customer_client.time_zone",
        "is_manager": "customer_client.manager",
        "status": "customer_client.status",
        "level": "customer_client.level",
        "is_hidden": "customer_client.hidden",
        "is_test_account": "customer_client.test_account",
    },
    keys=(ACCOUNT,),
)

STANDALONE = Report(
    CUSTOMERS.table,
    "customer",
    {
        ACCOUNT: "customer.id",
        "descriptive_name": "customer.descriptive_name",
        "currency_code": "customer.currency_code",
        "time_zone": "customer.time_zone",
        "is_manager": "customer.manager",
        "status": "customer.status",
        "is_test_account": "customer.test_account",
    },
)
"""An account as it tells of itself: the row of `customers` where there is no manager."""

AUTO_TAGGING = Report(
    CUSTOMERS.table,
    "customer",
    {"customer_id": "customer.id", "auto_tagging_enabled": "customer.auto_tagging_enabled"},
)
"""Whether an account's clicks carry a gclid; no table of ours."""

CONVERSION_ACTIONS = _report(
    "conversion_actions",
    "Conversion actions with their windows; the longest primary one decides what is re-read.",
    "conversion_action",
    {
        "conversion_action_id": "conversion_action.id",
        "name": "conversion_action.name",
        "status": "conversion_action.status",
        "category": "conversion_action.category",
        "counting_type": "conversion_action.counting_type",
        "primary_for_goal": "conversion_action.primary_for_goal",
        "click_through_lookback_window_days": "conversion_action.click_through_lookback_window_days",
        "view_through_lookback_window_days": "conversion_action.view_through_lookback_window_days",
        "attribution_model": "conversion_action.attribution_model_settings.attribution_model",
        "type": "conversion_action.type",
        "include_in_conversions_metric": "conversion_action.include_in_conversions_metric",
        "default_value": "conversion_action.value_settings.default_value",
        "default_currency_code": "conversion_action.value_settings.default_currency_code",
    },
    keys=(ACCOUNT, "conversion_action_id"),
)

GEO_TARGETS = _report(
    "geo_targets",
    "Countries by the criterion number that geography and clicks name.",
    "geo_target_constant",
    {
        "criterion_id": "geo_target_constant.id",
        "name": "geo_target_constant.name",
        "country_code": "geo_target_constant.country_code",
        "target_type": "geo_target_constant.target_type",
        "status": "geo_target_constant.status",
    },
    keys=("criterion_id",),
    condition="geo_target_constant.target_type = 'Country'",
)

CLICK_VIEW = _report(
    "click_view",
    "One row a click with its gclid; the vendor keeps 90 days.",
    "click_view",
    {
        **_DAY,
        "gclid": "click_view.gclid",
        **_CAMPAIGN,
        "ad_group_id": "ad_group.id",
        "ad_id": "click_view.ad_group_ad",
        "keyword_text": "click_view.keyword_info.text",
        **_PLACE,
        "click_type": "segments.click_type",
        "country": "click_view.location_of_presence.country",
        "clicks": "metrics.clicks",
        "keyword_match_type": "click_view.keyword_info.match_type",
    },
    keys=(ACCOUNT, DAY, "gclid"),
    # App-install campaigns have no gclid: nothing could be joined to it.
    required="gclid",
    days_a_request=1,
)

DAILY = (
    _report(
        "campaign_daily",
        "Campaign performance a day, device and network, in the account's currency and time zone.",
        "campaign",
        {
            **_DAY,
            **_CAMPAIGN,
            "campaign_name": "campaign.name",
            "campaign_status": "campaign.status",
            "advertising_channel_type": "campaign.advertising_channel_type",
            "advertising_channel_sub_type": "campaign.advertising_channel_sub_type",
            **_PLACE,
            **_DELIVERY,
            "view_through_conversions": "metrics.view_through_conversions",
            "interactions": "metrics.interactions",
            "engagements": "metrics.engagements",
            "bidding_strategy_type": "campaign.bidding_strategy_type",
            "search_impression_share": "metrics.search_impression_share",
        },
        keys=(ACCOUNT, DAY, "campaign_id", "device", "ad_network_type"),
        measures=_MEASURES,
    ),
    _report(
        "conversions_daily",
        "Conversions by action, on the click's date and on the conversion's date; carries no cost.",
        "campaign",
        # Without cost and clicks: a split by conversion action hides or repeats them.
        {
            **_DAY,
            **_CAMPAIGN,
            "conversion_action": "segments.conversion_action",
            "conversion_action_name": "segments.conversion_action_name",
            "conversion_action_category": "segments.conversion_action_category",
            "conversions": "metrics.conversions",
            "conversions_value": "metrics.conversions_value",
            "all_conversions": "metrics.all_conversions",
            "conversions_by_conversion_date": "metrics.conversions_by_conversion_date",
            "conversions_value_by_conversion_date": "metrics.conversions_value_by_conversion_date",
            "all_conversions_value": "metrics.all_conversions_value",
            "all_conversions_by_conversion_date": "metrics.all_conversions_by_conversion_date",
            "all_conversions_value_by_conversion_date": "metrics.all_conversions_value_by_conversion_date",
        },
        keys=(ACCOUNT, DAY, "campaign_id", "conversion_action"),
        measures=("conversions", "conversions_value", "conversions_by_conversion_date"),
    ),
    _report(
        "ad_group_daily",
        "Ad group performance a day, device and network; Performance Max has no ad groups.",
        "ad_group",
        {
            **_DAY,
            **_AD_GROUP,
            "ad_group_status": "ad_group.status",
            "ad_group_type": "ad_group.type",
            **_PLACE,
            **_DELIVERY,
        },
        keys=(ACCOUNT, DAY, "ad_group_id", "device", "ad_network_type"),
    ),
    _report(
        "ad_daily",
        "Ad performance a day and network, with the ad's landing pages; Performance Max has no ads.",
        "ad_group_ad",
        {
            **_DAY,
            **_AD_GROUP,
            "ad_id": "ad_group_ad.ad.id",
            "ad_type": "ad_group_ad.ad.type",
            "ad_status": "ad_group_ad.status",
            "final_urls": "ad_group_ad.ad.final_urls",
            "ad_network_type": "segments.ad_network_type",
            **_DELIVERY,
        },
        keys=(ACCOUNT, DAY, "ad_group_id", "ad_id", "ad_network_type"),
        days_a_request=31,
    ),
    _report(
        "keyword_daily",
        "Keyword performance a day and network; what no keyword matched is not in it.",
        "keyword_view",
        {
            **_DAY,
            **_AD_GROUP,
            "criterion_id": "ad_group_criterion.criterion_id",
            "keyword_text": "ad_group_criterion.keyword.text",
            "match_type": "ad_group_criterion.keyword.match_type",
            "keyword_status": "ad_group_criterion.status",
            "ad_network_type": "segments.ad_network_type",
            **_DELIVERY,
        },
        keys=(ACCOUNT, DAY, "ad_group_id", "criterion_id", "ad_network_type"),
        days_a_request=31,
    ),
    _report(
        "asset_group_daily",
        "Asset group performance a day and network: the parts of Performance Max campaigns.",
        "asset_group",
        {
            **_DAY,
            **_CAMPAIGN,
            "asset_group_id": "asset_group.id",
            "asset_group_name": "asset_group.name",
            "asset_group_status": "asset_group.status",
            "ad_network_type": "segments.ad_network_type",
            **_DELIVERY,
        },
        keys=(ACCOUNT, DAY, "asset_group_id", "ad_network_type"),
    ),
    _report(
        "geo_daily",
        "Campaign performance a day and country; what has no known place is not in it.",
        "geographic_view",
        {
            **_DAY,
            **_CAMPAIGN,
            "country_criterion_id": "geographic_view.country_criterion_id",
            "location_type": "geographic_view.location_type",
            **_DELIVERY,
        },
        keys=(ACCOUNT, DAY, "campaign_id", "country_criterion_id", "location_type"),
        days_a_request=31,
    ),
)

REPORTS = (CUSTOMERS, *DAILY, CLICK_VIEW, CONVERSION_ACTIONS, GEO_TARGETS)
