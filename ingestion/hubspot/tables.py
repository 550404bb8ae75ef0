"""The raw tables of the CRM."""

from __future__ import annotations

from collections.abc import Mapping

from ingestion.spec import ColumnType, TableSpec

_OBJECT: Mapping[str, ColumnType] = {"is_archived": "bool", "created_at": "timestamp", "updated_at": "timestamp"}
_FURTHER: Mapping[str, ColumnType] = {"merged_object_ids": "text", "properties": "text"}
_WON = "is_won and not is_archived"
_ENTERED: Mapping[str, ColumnType] = {"entered_at": "timestamp", "set_by": "text"}

TABLES = (
    TableSpec(
        name="contacts",
        description="Contacts with keyed e-mail hash, click ids and the dates they entered each lifecycle stage.",
        primary_key=("contact_id",),
        columns={
            "contact_id": "text",
            **_OBJECT,
            "email_hash": "text",
            "further_email_hashes": "text",
            "lifecycle_stage": "text",
            "analytics_source": "text",
            "analytics_source_data_1": "text",
            "analytics_source_data_2": "text",
            "google_click_id": "text",
            "facebook_click_id": "text",
            "ga_client_id": "text",
            "entered_lead_at": "timestamp",
            "entered_mql_at": "timestamp",
            "entered_sql_at": "timestamp",
            "entered_opportunity_at": "timestamp",
            "entered_customer_at": "timestamp",
            "country": "text",
            **_FURTHER,
        },
        dated_by="created_at",
        counts={"contacts": "not is_archived"},
    ),
    TableSpec(
        name="companies",
        description="Companies without name and domain: industry, country, size and stage.",
        primary_key=("company_id",),
        columns={
            "company_id": "text",
            **_OBJECT,
            "lifecycle_stage": "text",
            "industry": "text",
            "country": "text",
            "employees": "text",
            "annual_revenue": "text",
            "owner_id": "text",
            **_FURTHER,
        },
    ),
    TableSpec(
        name="deals",
        description="Deals with stage, amount in the deal's currency, and gross margin where the portal keeps it.",
        primary_key=("deal_id",),
        columns={
            "deal_id": "text",
            **_OBJECT,
            "closed_at": "timestamp",
            "pipeline_id": "text",
            "stage_id": "text",
            "is_closed": "bool",
            "is_won": "bool",
            "amount": "text",
            "currency_code": "text",
            "gross_margin": "text",
            "owner_id": "text",
            **_FURTHER,
        },
        dated_by="closed_at",
        split_by="currency_code",
        counts={"won_deals": _WON},
        amounts={"won_amount": f"case when {_WON} then amount end"},
    ),
    TableSpec(
        name="contact_stages",
        description="Every lifecycle stage that a contact was set to, and when.",
        primary_key=("contact_id", "entered_at", "stage"),
        columns={"contact_id": "text", "stage": "text", **_ENTERED},
    ),
    TableSpec(
        name="deal_stages",
        description="Every stage that a deal was set to, and when.",
        primary_key=("deal_id", "entered_at", "stage"),
        columns={"deal_id": "text", "stage": "text", **_ENTERED},
    ),
    TableSpec(
        name="deal_contacts",
        description="Which contacts belong to which deal.",
        primary_key=("deal_id", "contact_id"),
        columns={"deal_id": "text", "contact_id": "text"},
    ),
    TableSpec(
        name="contact_companies",
        description="Which companies a contact is tied to; one of them is the primary.",
        primary_key=("contact_id", "company_id"),
        columns={"contact_id": "text", "company_id": "text", "is_primary": "bool"},
    ),
    TableSpec(
        name="deal_companies",
        description="Which companies a deal is tied to; one of them is the primary.",
        primary_key=("deal_id", "company_id"),
        columns={"deal_id": "text", "company_id": "text", "is_primary": "bool"},
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
    TableSpec(
        name="object_reads",
        description="When each kind of object was last read as a whole, and what was asked for: the rest is changes.",
        primary_key=("object_type",),
        columns={"object_type": "text", "read_at": "timestamp", "asked_for": "text"},
    ),
)
