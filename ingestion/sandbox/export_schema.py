"""The schema of GA4's daily export tables, as BigQuery describes it."""

from __future__ import annotations

from typing import Any

_VALUE = ("string_value STRING", "int_value INTEGER", "float_value FLOAT", "double_value FLOAT")
_CAMPAIGN = (
    "campaign_id STRING", "campaign_name STRING", "source STRING", "medium STRING", "term STRING", "content STRING",
    "source_platform STRING", "creative_format STRING", "marketing_tactic STRING",
)  # fmt: skip

# Of the platforms that a small business has no account of, the fields that all three share.
_LINKED = ("campaign_id STRING", "campaign_name STRING", "source STRING", "medium STRING")

# name TYPE, or (name, fields) for a record, or (name, fields, "REPEATED").
_FIELDS: tuple[Any, ...] = (
    "event_date STRING",
    "event_timestamp INTEGER",
    "event_name STRING",
    ("event_params", ("key STRING", ("value", _VALUE)), "REPEATED"),
    "event_previous_timestamp INTEGER",
    "event_value_in_usd FLOAT",
    "event_bundle_sequence_id INTEGER",
    "event_server_timestamp_offset INTEGER",
    "user_id STRING",
    "user_pseudo_id STRING",
    ("privacy_info", ("analytics_storage STRING", "ads_storage STRING", "uses_transient_token STRING")),
    ("user_properties", ("key STRING", ("value", (*_VALUE, "set_timestamp_micros INTEGER"))), "REPEATED"),
    "user_first_touch_timestamp INTEGER",
    ("user_ltv", ("revenue FLOAT", "currency STRING")),
    (
        "device",
        (
            "category STRING", "mobile_brand_name STRING", "mobile_model_name STRING", "mobile_marketing_name STRING",
            "mobile_os_hardware_model STRING", "operating_system STRING", "operating_system_version STRING",
            "vendor_id STRING", "advertising_id STRING", "language STRING", "is_limited_ad_tracking STRING",
            "time_zone_offset_seconds INTEGER", "browser STRING", "browser_version STRING",
            ("web_info", ("browser STRING", "browser_version STRING", "hostname STRING")),
        ),
    ),
    (
        "geo",
        ("city STRING", "country STRING", "continent STRING", "region STRING", "sub_continent STRING", "metro STRING"),
    ),
    ("app_info", ("id STRING", "version STRING", "install_store STRING", "firebase_app_id STRING")),
    ("traffic_source", ("name STRING", "medium STRING", "source STRING")),
    "stream_id STRING",
    "platform STRING",
    ("event_dimensions", ("hostname STRING",)),
    (
        "ecommerce",
        (
            "total_item_quantity INTEGER", "purchase_revenue_in_usd FLOAT", "purchase_revenue FLOAT",
            "refund_value_in_usd FLOAT", "refund_value FLOAT", "shipping_value_in_usd FLOAT", "shipping_value FLOAT",
            "tax_value_in_usd FLOAT", "tax_value FLOAT", "unique_items INTEGER", "transaction_id STRING",
        ),
    ),
    (
        "items",
        (
            "item_id STRING", "item_name STRING", "item_brand STRING", "item_variant STRING", "item_category STRING",
            "item_category2 STRING", "item_category3 STRING", "item_category4 STRING", "item_category5 STRING",
            "price_in_usd FLOAT", "price FLOAT", "quantity INTEGER", "item_revenue_in_usd FLOAT",
            "item_revenue FLOAT", "item_refund_in_usd FLOAT", "item_refund FLOAT", "coupon STRING",
            "affiliation STRING", "location_id STRING", "item_list_id STRING", "item_list_name STRING",
            "item_list_index STRING", "promotion_id STRING", "promotion_name STRING", "creative_name STRING",
            "creative_slot STRING", ("item_params", ("key STRING", ("value", _VALUE)), "REPEATED"),
        ),
        "REPEATED",
    ),
    (
        "collected_traffic_source",
        (
            "manual_campaign_id STRING", "manual_campaign_name STRING", "manual_source STRING",
            "manual_medium STRING", "manual_term STRING", "manual_content STRING", "manual_source_platform STRING",
            "manual_creative_format STRING", "manual_marketing_tactic STRING", "gclid STRING", "dclid STRING",
            "srsltid STRING",
        ),
    ),
    "is_active_user BOOLEAN",
    "batch_event_index INTEGER",
    "batch_page_id INTEGER",
    "batch_ordering_id INTEGER",
    (
        "session_traffic_source_last_click",
        (
            ("manual_campaign", _CAMPAIGN),
            (
                "google_ads_campaign",
                (
                    "customer_id STRING", "account_name STRING", "campaign_id STRING", "campaign_name STRING",
                    "ad_group_id STRING", "ad_group_name STRING",
                ),
            ),
            (
                "cross_channel_campaign",
                (
                    "campaign_id STRING", "campaign_name STRING", "source STRING", "medium STRING",
                    "source_platform STRING", "default_channel_group STRING", "primary_channel_group STRING",
                ),
            ),
            ("sa360_campaign", _LINKED), ("cm360_campaign", _LINKED), ("dv360_campaign", _LINKED),
        ),
    ),
    ("publisher", ("ad_revenue_in_usd FLOAT", "ad_format STRING", "ad_source_name STRING", "ad_unit_id STRING")),
)  # fmt: skip


def _field(declared: Any) -> dict[str, Any]:
    if isinstance(declared, str):
        name, kind = declared.split()
        return {"name": name, "type": kind, "mode": "NULLABLE"}
    mode = declared[2] if len(declared) > 2 else "NULLABLE"
    return {"name": declared[0], "type": "RECORD", "mode": mode, "fields": [_field(part) for part in declared[1]]}


SCHEMA: list[dict[str, Any]] = [_field(declared) for declared in _FIELDS]
"""`schema.fields` of a table's resource."""
