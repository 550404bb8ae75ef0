"""GA4 Data API: aggregate reports at the grain asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.spec import SourceSpec, TableSpec

SPEC = SourceSpec(
    name="ga4",
    title="Google Analytics 4 reports",
    cadence="daily",
    restatement_days=3,
    weekly_restatement_days=14,
    max_data_age_hours=60,
    time_zone_rule="property",
    required_settings=("property_id",),
    required_secrets=("credentials",),
    freshness=("day_totals.date",),
    tables=(
        TableSpec(
            name="day_totals",
            description="Property totals a day; users are counted at this grain and are never summed over days.",
            primary_key=("property_id", "date"),
            window_column="date",
            account_column="property_id",
            measures=("sessions", "total_users", "key_events", "purchase_revenue"),
            columns={
                "property_id": "text",
                "date": "date",
                "sessions": "text",
                "engaged_sessions": "text",
                "total_users": "text",
                "new_users": "text",
                "screen_page_views": "text",
                "event_count": "text",
                "key_events": "text",
                "user_engagement_duration": "text",
                "purchase_revenue": "text",
            },
        ),
        TableSpec(
            name="traffic_daily",
            description="Sessions a day by session channel group, source, medium and campaign (session scope only).",
            primary_key=(
                "property_id",
                "date",
                "session_default_channel_group",
                "session_source",
                "session_medium",
                "session_campaign_name",
            ),
            window_column="date",
            account_column="property_id",
            measures=("sessions", "key_events", "purchase_revenue"),
            columns={
                "property_id": "text",
                "date": "date",
                "session_default_channel_group": "text",
                "session_source": "text",
                "session_medium": "text",
                "session_campaign_name": "text",
                "sessions": "text",
                "engaged_sessions": "text",
                "total_users": "text",
                "key_events": "text",
                "purchase_revenue": "text",
            },
        ),
    ),
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table of SPEC. Raises ConfigurationError in one line for what a person can mend."""
    from ingestion.ga4.source import resources  # dlt is slow to import

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the service account reads the property and its fields."""
    from ingestion.ga4.source import verdicts

    return verdicts(context)
