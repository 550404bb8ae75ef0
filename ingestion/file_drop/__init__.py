"""A folder of files: costs, contacts, deals, surveys, budgets, social posts and GA4 events, with a quarantine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.ga4_export import EVENT_COLUMNS, EVENT_COUNTS, EVENTS_DESCRIPTION
from ingestion.spec import ColumnType, SourceSpec, TableSpec

_LINE: dict[str, ColumnType] = {"file_name": "text", "line_number": "bigint"}

SPEC = SourceSpec(
    name="file_drop",
    title="File drop",
    cadence="daily",
    restatement_days=0,
    # Spreadsheets come monthly; five weeks without a new file is late.
    max_data_age_hours=24 * 35,
    time_zone_rule="business",
    required_settings=("folder",),
    optional_settings=("property_id",),
    # Not closed_at: an open deal may carry the day on which it is expected to close.
    freshness=(
        "costs.date",
        "crm_contacts.created_at",
        "crm_deals.created_at",
        "surveys.submitted_at",
        "social_posts.published_at",
        "social_followers.date",
        "ga4_events.event_date",
    ),
    tables=(
        TableSpec(
            name="costs",
            description="costs.csv: marketing and sales cost a day and channel; amounts as written.",
            primary_key=("file_name", "line_number"),
            columns={
                **_LINE,
                "date": "date",
                "channel": "text",
                "campaign": "text",
                "cost": "text",
                "currency_code": "text",
                "clicks": "text",
                "impressions": "text",
            },
            dated_by="date",
            split_by="currency_code",
            measures=("cost", "clicks", "impressions"),
        ),
        TableSpec(
            name="crm_contacts",
            description="crm_contacts.csv: contacts of any CRM; e-mail hashed.",
            primary_key=("file_name", "line_number"),
            columns={
                **_LINE,
                "contact_id": "text",
                "created_at": "timestamp",
                "email_hash": "text",
                "ga_client_id": "text",
                "gclid": "text",
                "fbclid": "text",
                "lifecycle_stage": "text",
                "merged_into": "text",
            },
            dated_by="created_at",
            counts={"contacts": "true"},
        ),
        TableSpec(
            name="crm_deals",
            description="crm_deals.csv: deals or orders of any CRM or shop; amounts as written.",
            primary_key=("file_name", "line_number"),
            columns={
                **_LINE,
                "deal_id": "text",
                "contact_id": "text",
                "created_at": "timestamp",
                "closed_at": "timestamp",
                "stage": "text",
                "is_won": "bool",
                "amount": "text",
                "currency_code": "text",
                "gross_margin": "text",
            },
            dated_by="closed_at",
            split_by="currency_code",
            counts={"won_deals": "is_won"},
            amounts={"won_amount": "case when is_won then amount end"},
        ),
        TableSpec(
            name="surveys",
            description="surveys.csv: scores of the recommendation question, 0 to 10; e-mail hashed; no comments.",
            primary_key=("file_name", "line_number"),
            columns={
                **_LINE,
                "response_id": "text",
                "submitted_at": "timestamp",
                "score": "bigint",
                "email_hash": "text",
            },
            dated_by="submitted_at",
            counts={"responses": "true"},
            measures=("score",),
        ),
        TableSpec(
            name="budgets",
            description="budgets.csv: planned spend a month and channel.",
            primary_key=("file_name", "line_number"),
            columns={**_LINE, "month": "date", "channel": "text", "amount": "text", "currency_code": "text"},
            dated_by="month",
            split_by="currency_code",
            measures=("amount",),
        ),
        TableSpec(
            name="social_posts",
            description="social_posts.csv: own posts with what came of them so far; counts as written; no texts.",
            primary_key=("file_name", "line_number"),
            columns={
                **_LINE,
                "post_id": "text",
                "published_at": "timestamp",
                "network": "text",
                "likes": "text",
                "comments": "text",
                "shares": "text",
                "saves": "text",
                "reach": "text",
                "views": "text",
            },
        ),
        TableSpec(
            name="social_followers",
            description="social_followers.csv: followers of an own account on a day; counts as written.",
            primary_key=("file_name", "line_number"),
            columns={**_LINE, "date": "date", "network": "text", "account": "text", "followers": "text"},
        ),
        TableSpec(
            name="ga4_events",
            description=EVENTS_DESCRIPTION,
            primary_key=("property_id", "event_date", "row_index"),
            columns={"file_name": "text", **EVENT_COLUMNS},
            dated_by="event_date",
            split_by="property_id",
            counts=EVENT_COUNTS,
        ),
        TableSpec(
            name="quarantine",
            description="Rows that were set aside, with line, field, value and reason; e-mails never appear here.",
            primary_key=("file_name", "line_number", "field"),
            columns={**_LINE, "field": "text", "value": "text", "reason": "text", "row": "text"},
        ),
    ),
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table of SPEC. Raises ConfigurationError where folder or file is unusable as a whole."""
    from ingestion.file_drop.source import resources  # dlt is slow to import

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the folder is there and what it holds."""
    from ingestion.file_drop.source import files_by_kind, find_folder

    found = files_by_kind(context, find_folder(context))
    held = ", ".join(f"{len(paths)} {name}" for name, paths in found.items() if paths)
    return [Verdict(True, f"folder {context.setting('folder')}", f"holds files: {held}")]
