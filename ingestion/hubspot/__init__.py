"""HubSpot CRM: contacts, deals, their associations, pipelines and owners, as they stand now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.spec import SourceSpec, TableSpec

SPEC = SourceSpec(
    name="hubspot",
    title="HubSpot",
    cadence="daily",
    restatement_days=0,
    max_data_age_hours=36,
    time_zone_rule="UTC",
    required_secrets=("access_token",),
    tables=(
        TableSpec(
            name="contacts",
            description="Contacts with keyed e-mail hash, click ids and the dates they entered each lifecycle stage.",
            primary_key=("contact_id",),
            columns={
                "contact_id": "text",
                "is_archived": "bool",
                "created_at": "timestamp",
                "updated_at": "timestamp",
                "email_hash": "text",
                "lifecycle_stage": "text",
                "analytics_source": "text",
                "analytics_source_data_1": "text",
                "analytics_source_data_2": "text",
                "google_click_id": "text",
                "facebook_click_id": "text",
                "ga_client_id": "text",
                "merged_object_ids": "text",
                "entered_lead_at": "timestamp",
                "entered_mql_at": "timestamp",
                "entered_sql_at": "timestamp",
                "entered_opportunity_at": "timestamp",
                "entered_customer_at": "timestamp",
                "country": "text",
            },
        ),
        TableSpec(
            name="deals",
            description="Deals with stage, amount in the deal's currency, and gross margin where the portal keeps it.",
            primary_key=("deal_id",),
            columns={
                "deal_id": "text",
                "is_archived": "bool",
                "created_at": "timestamp",
                "updated_at": "timestamp",
                "closed_at": "timestamp",
                "pipeline_id": "text",
                "stage_id": "text",
                "is_closed": "bool",
                "is_won": "bool",
                "amount": "text",
                "currency_code": "text",
                "gross_margin": "text",
                "owner_id": "text",
            },
        ),
        TableSpec(
            name="deal_contacts",
            description="Which contacts belong to which deal.",
            primary_key=("deal_id", "contact_id"),
            columns={"deal_id": "text", "contact_id": "text"},
        ),
        TableSpec(
            name="pipeline_stages",
            description="Deal pipelines' stages with the probability that the portal gives each.",
            primary_key=("pipeline_id", "stage_id"),
            columns={
                "pipeline_id": "text",
                "pipeline_label": "text",
                "stage_id": "text",
                "label": "text",
                "display_order": "bigint",
                "is_closed": "text",
                "probability": "text",
            },
        ),
        TableSpec(
            name="owners",
            description="Owners of deals; e-mail hashed, names left out.",
            primary_key=("owner_id",),
            columns={"owner_id": "text", "email_hash": "text", "is_archived": "bool"},
        ),
    ),
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table of SPEC. Raises ConfigurationError in one line for what a person can mend."""
    from ingestion.hubspot.source import resources  # dlt is slow to import

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the token reads the portal and each kind of object."""
    from ingestion.hubspot.source import verdicts

    return verdicts(context)
