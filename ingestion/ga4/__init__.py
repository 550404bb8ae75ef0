"""GA4 Data API: aggregate reports at the grain asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.spec import ColumnType, SourceSpec, TableSpec

# Every row says what it was counted in: a property may change its zone or currency.
_PROPERTY: dict[str, ColumnType] = {"property_id": "text", "time_zone": "text", "currency_code": "text"}


def _totals(name: str, period: str, description: str, *more: str) -> TableSpec:
    metrics = ("sessions", "total_users", "active_users", "new_users", *more)
    return TableSpec(
        name=name,
        description=description,
        primary_key=("property_id", period),
        window_column=period,
        account_column="property_id",
        measures=("sessions", "total_users", *(name for name in ("key_events", "purchase_revenue") if name in more)),
        columns={**_PROPERTY, period: "date", **dict.fromkeys(metrics, "text")},
    )


SPEC = SourceSpec(
    name="ga4",
    title="Google Analytics 4 reports",
    cadence="daily",
    restatement_days=3,
    weekly_restatement_days=14,
    max_data_age_hours=60,
    time_zone_rule="property",
    time_zones="day_totals.property_id.time_zone",
    required_settings=("property_id",),
    required_secrets=("credentials",),
    # A property takes 10 at a time. But 10 server errors an hour lock it out, and each of these may fail three times.
    parallel_requests=3,
    freshness=("day_totals.date",),
    tables=(
        _totals(
            "day_totals",
            "date",
            "Property totals a day; users are counted at this grain and are never summed over days.",
            "engaged_sessions",
            "screen_page_views",
            "event_count",
            "key_events",
            "user_engagement_duration",
            "purchase_revenue",
        ),
        _totals("week_totals", "week_start", "Property totals of each whole ISO week, users counted once a week."),
        _totals("month_totals", "month_start", "Property totals of each whole month, users counted once a month."),
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
                **_PROPERTY,
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
        TableSpec(
            name="key_events_daily",
            description="Events a day by name, and how many of them the property counted as key events then.",
            primary_key=("property_id", "date", "event_name"),
            window_column="date",
            account_column="property_id",
            measures=("key_events",),
            columns={
                **_PROPERTY,
                "date": "date",
                "event_name": "text",
                "event_count": "text",
                "key_events": "text",
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
