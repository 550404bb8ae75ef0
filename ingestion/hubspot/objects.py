"""The kinds of objects that are read, as data, and their replies as rows: every property comes as text or null."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ingestion.privacy import hide_emails, keyed_hash

Row = dict[str, Any]

_STAGES = {
    "entered_lead_at": "lead",
    "entered_mql_at": "marketingqualifiedlead",
    "entered_sql_at": "salesqualifiedlead",
    "entered_opportunity_at": "opportunity",
    "entered_customer_at": "customer",
}
# Values of these types cannot be a person's name or address; of free text, nobody knows.
_IMPERSONAL = frozenset({"number", "bool", "date", "datetime", "enumeration"})
_STAGE_DATES = "hs_v2_date_entered_"
# The address that a contact goes by, and those that it brought from merges.
_EMAIL, _FURTHER_EMAILS = "email", "hs_additional_emails"


@dataclass(frozen=True)
class ObjectKind:
    """One kind of object: which of its properties become which columns. `asked` is set once the portal is known."""

    name: str
    id_column: str
    modified: str
    """The property that a search for changes goes by; contacts have another one than the rest."""
    texts: Mapping[str, str]
    times: Mapping[str, str] = field(default_factory=dict)
    booleans: Mapping[str, str] = field(default_factory=dict)
    history: str | None = None
    """The property whose earlier values are kept, in `history_table`."""
    history_table: str | None = None
    has_email: bool = False
    kept: tuple[str, ...] = ()
    """Properties without a column of their own, kept as JSON."""

    def properties(self) -> list[str]:
        """All properties to ask for: no more than is stored, and the e-mail addresses to hash."""
        named = (*self.texts.values(), *self.times.values(), *self.booleans.values(), *self.kept)
        return list(dict.fromkeys([*([_EMAIL, _FURTHER_EMAILS] if self.has_email else []), *named]))

    def row(self, found: Mapping[str, Any]) -> Row:
        """One object; an e-mail address leaves this function as its keyed hash only, wherever somebody wrote it."""
        values = found["properties"]
        kept = {name: value for name in sorted(self.kept) if (value := _without_emails(values, name)) is not None}
        return {
            self.id_column: str(found["id"]),
            "is_archived": bool(found.get("archived", False)),
            "created_at": moment(found, "createdAt"),
            "updated_at": moment(found, "updatedAt"),
            **(_hashes(values) if self.has_email else {}),
            **{column: _without_emails(values, name) for column, name in self.texts.items()},
            **{column: moment(values, name) for column, name in self.times.items()},
            **{column: _boolean(values, name) for column, name in self.booleans.items()},
            "properties": json.dumps(kept, ensure_ascii=False) if kept else None,
        }

    def stages(self, found: Mapping[str, Any]) -> list[Row]:
        """The values that the history property took, oldest first; once where a value was set twice in a moment."""
        if self.history is None:
            return []
        versions = (found.get("propertiesWithHistory") or {}).get(self.history) or ()
        rows = [
            {
                self.id_column: str(found["id"]),
                "stage": text(version, "value"),
                "entered_at": moment(version, "timestamp"),
                "set_by": text(version, "sourceType"),
            }
            for version in versions
        ]
        named = {(row["entered_at"], row["stage"]): row for row in rows if row["stage"] and row["entered_at"]}
        return [named[key] for key in sorted(named)]


def kinds(client_id_property: str, margin_property: str) -> tuple[ObjectKind, ...]:
    """Contacts, companies and deals; HubSpot has no property of its own for the two that are named here."""
    merged = {"merged_object_ids": "hs_merged_object_ids"}
    return (
        ObjectKind(
            name="contacts",
            id_column="contact_id",
            modified="lastmodifieddate",
            has_email=True,
            texts={
                "lifecycle_stage": "lifecyclestage",
                "analytics_source": "hs_analytics_source",
                "analytics_source_data_1": "hs_analytics_source_data_1",
                "analytics_source_data_2": "hs_analytics_source_data_2",
                "google_click_id": "hs_google_click_id",
                "facebook_click_id": "hs_facebook_click_id",
                "ga_client_id": client_id_property,
                "country": "country",
                **merged,
            },
            # Calculated by HubSpot for every stage, and longer than the property's history.
            times={column: f"{_STAGE_DATES}{stage}" for column, stage in _STAGES.items()},
            history="lifecyclestage",
            history_table="contact_stages",
        ),
        ObjectKind(
            name="companies",
            id_column="company_id",
            modified="hs_lastmodifieddate",
            texts={
                "lifecycle_stage": "lifecyclestage",
                "industry": "industry",
                "country": "country",
                "employees": "numberofemployees",
                "annual_revenue": "annualrevenue",
                "owner_id": "hubspot_owner_id",
                **merged,
            },
        ),
        ObjectKind(
            name="deals",
            id_column="deal_id",
            modified="hs_lastmodifieddate",
            texts={
                "pipeline_id": "pipeline",
                "stage_id": "dealstage",
                "amount": "amount",
                "currency_code": "deal_currency_code",
                "gross_margin": margin_property,
                "owner_id": "hubspot_owner_id",
                **merged,
            },
            times={"closed_at": "closedate"},
            booleans={"is_closed": "hs_is_closed", "is_won": "hs_is_closed_won"},
            history="dealstage",
            history_table="deal_stages",
        ),
    )


def kept_properties(kind: ObjectKind, portal: Iterable[Mapping[str, Any]], wanted: Sequence[str]) -> tuple[str, ...]:
    """The portal's own properties and HubSpot's dates of stages, as far as no person can be read from them.

    Free text is kept only where `wanted` names the property, and what the portal marks as sensitive never.
    """
    columns = {*kind.texts.values(), *kind.times.values(), *kind.booleans.values(), _EMAIL, _FURTHER_EMAILS}
    return tuple(
        sorted(
            str(one["name"])
            for one in portal
            if one["name"] not in columns
            and not one.get("archived")
            and one.get("dataSensitivity", "non_sensitive") == "non_sensitive"
            and (one["name"] in wanted or (one.get("type") in _IMPERSONAL and _is_own(one)))
        )
    )


def _is_own(one: Mapping[str, Any]) -> bool:
    return not one.get("hubspotDefined") or str(one["name"]).startswith(_STAGE_DATES)


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


def _hashes(values: Mapping[str, Any]) -> Row:
    further = {keyed_hash(address) for address in (text(values, _FURTHER_EMAILS) or "").split(";")}
    return {
        "email_hash": keyed_hash(values.get(_EMAIL)),
        "further_email_hashes": ";".join(sorted(one for one in further if one)) or None,
    }


def _without_emails(values: Mapping[str, Any], name: str) -> str | None:
    value = text(values, name)
    return None if value is None else hide_emails(value)


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
