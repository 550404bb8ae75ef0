"""GA4's BigQuery export, read table by table without billed queries: one row an event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.spec import ColumnType, SourceSpec, TableSpec

RECORDS = (
    "privacy_info",
    "user_ltv",
    "device",
    "geo",
    "app_info",
    "traffic_source",
    "event_dimensions",
    "ecommerce",
    "collected_traffic_source",
    "session_traffic_source_last_click",
    "publisher",
)
"""The schema's records, kept whole as JSON objects besides the columns that are taken out of them."""

EVENT_COLUMNS: dict[str, ColumnType] = {
    "property_id": "text",
    "event_date": "date",
    "row_index": "bigint",
    "event_timestamp": "bigint",
    "event_name": "text",
    "event_params": "text",
    "event_value_in_usd": "double",
    "user_id": "text",
    "user_pseudo_id": "text",
    "user_first_touch_timestamp": "bigint",
    "is_active_user": "bool",
    "analytics_storage": "text",
    "ads_storage": "text",
    "user_properties": "text",
    "device_category": "text",
    "device_operating_system": "text",
    "device_browser": "text",
    "device_language": "text",
    "geo_country": "text",
    "geo_region": "text",
    "geo_city": "text",
    "hostname": "text",
    "stream_id": "text",
    "platform": "text",
    "first_user_source": "text",
    "first_user_medium": "text",
    "first_user_campaign": "text",
    "collected_campaign_id": "text",
    "collected_campaign_name": "text",
    "collected_source": "text",
    "collected_medium": "text",
    "collected_term": "text",
    "collected_content": "text",
    "collected_gclid": "text",
    "session_campaign_id": "text",
    "session_campaign_name": "text",
    "session_source": "text",
    "session_medium": "text",
    "session_channel_group": "text",
    "session_google_ads_customer_id": "text",
    "session_google_ads_campaign_id": "text",
    "transaction_id": "text",
    "purchase_revenue": "text",
    "items": "text",
    "batch_event_index": "bigint",
    "batch_ordering_id": "bigint",
    "batch_page_id": "bigint",
    "event_previous_timestamp": "bigint",
    "event_bundle_sequence_id": "bigint",
    "event_server_timestamp_offset": "bigint",
    **dict.fromkeys(RECORDS, "text"),
}
# Which events the property marks is not exported; these are GA4's recommended ones for a lead and a sale.
_KEY_EVENTS = "'generate_lead', 'purchase'"
EVENTS_DESCRIPTION = (
    "One row an event. event_params is a JSON object: key -> {string_value|int_value|double_value: value}, "
    "integers as text; items is an array, and device, geo, ... are the whole records, every value as text and empty "
    "fields left out. user_pseudo_id is NULL without analytics consent."
)
EVENT_COUNTS = {
    "events": "true",
    "key_events": f"event_name in ({_KEY_EVENTS})",
    "events_without_consent": "user_pseudo_id is null",
}
"""What is remembered of a day's events when a later load brings others."""

SPEC = SourceSpec(
    name="ga4_export",
    title="Google Analytics 4 events",
    cadence="daily",
    restatement_days=3,
    max_data_age_hours=60,
    time_zone_rule="property",
    required_settings=("property_id", "project_id"),
    optional_settings=("dataset", "reread_unchanged"),
    # Far below BigQuery's limits of requests; taking the replies apart keeps a small machine busy as it is.
    parallel_requests=4,
    required_secrets=("credentials",),
    freshness=("events.event_date",),
    tables=(
        TableSpec(
            name="events",
            description=EVENTS_DESCRIPTION,
            primary_key=("property_id", "event_date", "row_index"),
            window_column="event_date",
            account_column="property_id",
            counts=EVENT_COUNTS,
            columns=EVENT_COLUMNS,
        ),
        TableSpec(
            name="shards",
            description="The daily tables that were read, with the vendor's time of last change.",
            primary_key=("property_id", "event_date"),
            window_column="event_date",
            account_column="property_id",
            columns={
                "property_id": "text",
                "event_date": "date",
                "table_id": "text",
                "num_rows": "bigint",
                "last_modified_time": "text",
            },
        ),
    ),
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table of SPEC. Raises ConfigurationError in one line for what a person can mend."""
    from ingestion.ga4_export.source import resources  # dlt is slow to import

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the service account sees the export's daily tables."""
    from ingestion.ga4_export.source import verdicts

    return verdicts(context)
