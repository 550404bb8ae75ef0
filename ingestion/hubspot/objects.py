"""The objects that are read, as data, and their replies as rows: every property comes as text or null."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ingestion.privacy import keyed_hash

Row = dict[str, Any]

# HubSpot has no field of its own for these two: the portal's custom properties, by the names in the settings.
CLIENT_ID_SETTING = ("ga_client_id_property", "ga_client_id")
MARGIN_SETTING = ("gross_margin_property", "gross_margin")

_STAGES = {
    "entered_lead_at": "lead",
    "entered_mql_at": "marketingqualifiedlead",
    "entered_sql_at": "salesqualifiedlead",
    "entered_opportunity_at": "opportunity",
    "entered_customer_at": "customer",
}

CONTACT_TEXTS = {
    "lifecycle_stage": "lifecyclestage",
    "analytics_source": "hs_analytics_source",
    "analytics_source_data_1": "hs_analytics_source_data_1",
    "analytics_source_data_2": "hs_analytics_source_data_2",
    "google_click_id": "hs_google_click_id",
    "facebook_click_id": "hs_facebook_click_id",
    "merged_object_ids": "hs_merged_object_ids",
    "country": "country",
}
# hs_v2_date_entered_* are calculated by HubSpot for every stage: cheaper and longer than the property's history.
CONTACT_TIMES = {column: f"hs_v2_date_entered_{stage}" for column, stage in _STAGES.items()}

DEAL_TEXTS = {
    "pipeline_id": "pipeline",
    "stage_id": "dealstage",
    "amount": "amount",
    "currency_code": "deal_currency_code",
    "owner_id": "hubspot_owner_id",
}
DEAL_TIMES = {"closed_at": "closedate"}
DEAL_BOOLEANS = {"is_closed": "hs_is_closed", "is_won": "hs_is_closed_won"}


def contact_properties(client_id_property: str) -> list[str]:
    """The properties of a contact to ask for: no more than is stored, and the e-mail address to hash."""
    return ["email", client_id_property, *CONTACT_TEXTS.values(), *CONTACT_TIMES.values()]


def contact_row(contact: Mapping[str, Any], client_id_property: str) -> Row:
    """One contact; the e-mail address leaves this function as its keyed hash only."""
    properties = contact["properties"]
    return {
        **_object(contact),
        "contact_id": str(contact["id"]),
        "email_hash": keyed_hash(properties.get("email")),
        "ga_client_id": text(properties, client_id_property),
        **{column: text(properties, name) for column, name in CONTACT_TEXTS.items()},
        **{column: moment(properties, name) for column, name in CONTACT_TIMES.items()},
    }


def deal_properties(margin_property: str) -> list[str]:
    """The properties of a deal to ask for."""
    return [margin_property, *DEAL_TEXTS.values(), *DEAL_TIMES.values(), *DEAL_BOOLEANS.values()]


def deal_row(deal: Mapping[str, Any], margin_property: str) -> Row:
    """One deal; amounts as text."""
    properties = deal["properties"]
    return {
        **_object(deal),
        "deal_id": str(deal["id"]),
        "gross_margin": text(properties, margin_property),
        **{column: text(properties, name) for column, name in DEAL_TEXTS.items()},
        **{column: moment(properties, name) for column, name in DEAL_TIMES.items()},
        **{column: _boolean(properties, name) for column, name in DEAL_BOOLEANS.items()},
    }


def stage_rows(pipeline: Mapping[str, Any]) -> list[Row]:
    """The stages of one pipeline."""
    return [
        {
            "pipeline_id": str(pipeline["id"]),
            "pipeline_label": pipeline.get("label"),
            "stage_id": str(stage["id"]),
            "label": stage.get("label"),
            "display_order": stage.get("displayOrder"),
            "is_closed": text(stage.get("metadata") or {}, "isClosed"),
            "probability": text(stage.get("metadata") or {}, "probability"),
        }
        for stage in pipeline.get("stages", ())
    ]


def owner_row(owner: Mapping[str, Any]) -> Row:
    """One owner without the name."""
    return {
        "owner_id": str(owner["id"]),
        "email_hash": keyed_hash(owner.get("email")),
        "is_archived": bool(owner.get("archived", False)),
    }


def _object(found: Mapping[str, Any]) -> Row:
    return {
        "is_archived": bool(found.get("archived", False)),
        "created_at": moment(found, "createdAt"),
        "updated_at": moment(found, "updatedAt"),
    }


def text(values: Mapping[str, Any], name: str) -> str | None:
    """The value as text; a property that somebody emptied is "" on the wire and means the same as one never set."""
    value = values.get(name)
    return None if value is None or value == "" else str(value)


def moment(values: Mapping[str, Any], name: str) -> datetime | None:
    """The moment in UTC; the wire has ISO text, or milliseconds since 1970 for some properties."""
    value = text(values, name)
    if value is None:
        return None
    if value.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    parsed = datetime.fromisoformat(value)
    return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)


def _boolean(values: Mapping[str, Any], name: str) -> bool | None:
    value = text(values, name)
    return None if value is None else value.lower() == "true"
