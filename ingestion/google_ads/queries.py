"""The GAQL of each table, and how a row of the reply becomes a row of the table."""

from __future__ import annotations

from typing import Any

from ingestion.google_ads.client import Row
from ingestion.spec import Window

HIERARCHY = (
    "SELECT customer_client.id, customer_client.level, customer_client.manager, customer_client.status, "
    "customer_client.descriptive_name, customer_client.currency_code, customer_client.time_zone FROM customer_client"
)

CONVERSION_ACTIONS = (
    "SELECT conversion_action.id, conversion_action.name, conversion_action.status, conversion_action.category, "
    "conversion_action.counting_type, conversion_action.primary_for_goal, "
    "conversion_action.click_through_lookback_window_days, conversion_action.view_through_lookback_window_days, "
    "conversion_action.attribution_model_settings.attribution_model FROM conversion_action"
)


def campaign_daily(window: Window) -> str:
    return (
        "SELECT segments.date, campaign.id, campaign.name, campaign.status, campaign.advertising_channel_type, "
        "campaign.advertising_channel_sub_type, segments.device, segments.ad_network_type, metrics.impressions, "
        "metrics.clicks, metrics.cost_micros, metrics.conversions, metrics.conversions_value, "
        "metrics.all_conversions, metrics.all_conversions_value, metrics.view_through_conversions, "
        f"metrics.interactions FROM campaign WHERE {_between(window)}"
    )


def conversions_daily(window: Window) -> str:
    """Without cost and clicks: a split by conversion action hides or repeats them."""
    return (
        "SELECT segments.date, campaign.id, segments.conversion_action, segments.conversion_action_name, "
        "segments.conversion_action_category, metrics.conversions, metrics.conversions_value, "
        "metrics.all_conversions, metrics.conversions_by_conversion_date, "
        f"metrics.conversions_value_by_conversion_date FROM campaign WHERE {_between(window)}"
    )


def click_view(window: Window) -> str:
    """The vendor takes exactly one day a query."""
    return (
        "SELECT segments.date, click_view.gclid, click_view.ad_group_ad, click_view.keyword_info.text, "
        "click_view.location_of_presence.country, campaign.id, ad_group.id, segments.device, "
        "segments.ad_network_type, segments.click_type, metrics.clicks "
        f"FROM click_view WHERE segments.date = '{window.start}'"
    )


def _between(window: Window) -> str:
    return f"segments.date BETWEEN '{window.start}' AND '{window.end}'"


def customer_row(row: Row) -> Row:
    client = row["customerClient"]
    return {
        "customer_id": client["id"],
        "descriptive_name": client.get("descriptiveName"),
        "currency_code": client.get("currencyCode"),
        "time_zone": client.get("timeZone"),
        "is_manager": client.get("manager", False),
        "status": client.get("status"),
        "level": int(client.get("level", 0)),
    }


def campaign_row(customer_id: str, row: Row) -> Row:
    campaign, segments, metrics = _parts(row, "campaign", "segments", "metrics")
    return {
        "customer_id": customer_id,
        "date": segments["date"],
        "campaign_id": campaign["id"],
        "campaign_name": campaign.get("name"),
        "campaign_status": campaign.get("status"),
        "advertising_channel_type": campaign.get("advertisingChannelType"),
        "advertising_channel_sub_type": campaign.get("advertisingChannelSubType"),
        "device": segments.get("device"),
        "ad_network_type": segments.get("adNetworkType"),
        "impressions": metrics.get("impressions"),
        "clicks": metrics.get("clicks"),
        "cost_micros": metrics.get("costMicros"),
        "conversions": metrics.get("conversions"),
        "conversions_value": metrics.get("conversionsValue"),
        "all_conversions": metrics.get("allConversions"),
        "all_conversions_value": metrics.get("allConversionsValue"),
        "view_through_conversions": metrics.get("viewThroughConversions"),
        "interactions": metrics.get("interactions"),
    }


def conversion_row(customer_id: str, row: Row) -> Row:
    campaign, segments, metrics = _parts(row, "campaign", "segments", "metrics")
    return {
        "customer_id": customer_id,
        "date": segments["date"],
        "campaign_id": campaign["id"],
        "conversion_action": segments.get("conversionAction"),
        "conversion_action_name": segments.get("conversionActionName"),
        "conversion_action_category": segments.get("conversionActionCategory"),
        "conversions": metrics.get("conversions"),
        "conversions_value": metrics.get("conversionsValue"),
        "all_conversions": metrics.get("allConversions"),
        "conversions_by_conversion_date": metrics.get("conversionsByConversionDate"),
        "conversions_value_by_conversion_date": metrics.get("conversionsValueByConversionDate"),
    }


def click_row(customer_id: str, row: Row) -> Row | None:
    """None for a click without gclid (app-install campaigns): nothing could be joined to it."""
    click, segments, metrics = _parts(row, "clickView", "segments", "metrics")
    if not click.get("gclid"):
        return None
    ad = str(click.get("adGroupAd", ""))
    return {
        "customer_id": customer_id,
        "date": segments["date"],
        "gclid": click["gclid"],
        "campaign_id": row.get("campaign", {}).get("id"),
        "ad_group_id": row.get("adGroup", {}).get("id"),
        "ad_id": ad.rpartition("~")[2] or None,
        "keyword_text": click.get("keywordInfo", {}).get("text"),
        "device": segments.get("device"),
        "ad_network_type": segments.get("adNetworkType"),
        "click_type": segments.get("clickType"),
        "country": click.get("locationOfPresence", {}).get("country"),
        "clicks": metrics.get("clicks"),
    }


def conversion_action_row(customer_id: str, row: Row) -> Row:
    action = row["conversionAction"]
    return {
        "customer_id": customer_id,
        "conversion_action_id": action["id"],
        "name": action.get("name"),
        "status": action.get("status"),
        "category": action.get("category"),
        "counting_type": action.get("countingType"),
        "primary_for_goal": action.get("primaryForGoal", False),
        "click_through_lookback_window_days": action.get("clickThroughLookbackWindowDays"),
        "view_through_lookback_window_days": action.get("viewThroughLookbackWindowDays"),
        "attribution_model": action.get("attributionModelSettings", {}).get("attributionModel"),
    }


def _parts(row: Row, *names: str) -> list[dict[str, Any]]:
    return [row.get(name, {}) for name in names]
