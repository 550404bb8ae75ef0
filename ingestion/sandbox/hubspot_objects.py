"""Contacts and deals of the simulated CRM as HubSpot objects at a moment of the virtual clock.

Property values are strings or None. What lies after the clock has not happened: the object does not exist yet, a stage
was not entered, a deal is still open. A contact that was merged away answers under its old id with the winner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from ingestion.sandbox.model import Contact, Deal, World

ObjectType = Literal["contacts", "deals"]
PIPELINE_ID = "default"
PORTAL_ID = 145_000_001
STAGE_PROPERTIES = {
    "lead": "lead_at",
    "marketingqualifiedlead": "mql_at",
    "salesqualifiedlead": "sql_at",
    "opportunity": "opportunity_at",
    "customer": "customer_at",
}
DEFAULT_PROPERTIES: dict[str, tuple[str, ...]] = {
    "contacts": ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    "deals": (
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
}
ALWAYS: dict[str, tuple[str, ...]] = {
    "contacts": ("createdate", "hs_object_id", "lastmodifieddate"),
    "deals": ("createdate", "hs_lastmodifieddate", "hs_object_id"),
}
# Name -> (label, type, field type, is calculated).
PROPERTIES: dict[str, dict[str, tuple[str, str, str, bool]]] = {
    "contacts": {
        "createdate": ("Create Date", "datetime", "date", False),
        "lastmodifieddate": ("Last Modified Date", "datetime", "date", False),
        "hs_object_id": ("Record ID", "number", "number", False),
        "email": ("Email", "string", "text", False),
        "firstname": ("First Name", "string", "text", False),
        "lastname": ("Last Name", "string", "text", False),
        "country": ("Country/Region", "string", "text", False),
        "lifecyclestage": ("Lifecycle Stage", "enumeration", "radio", False),
        **{
            f"hs_v2_date_entered_{stage}": (f"Date entered {stage}", "datetime", "calculation_read_time", True)
            for stage in STAGE_PROPERTIES
        },
        "hs_google_click_id": ("Google ad click id", "string", "text", False),
        "hs_facebook_click_id": ("Facebook click id", "string", "text", False),
        "hs_analytics_source": ("Original Traffic Source", "enumeration", "select", False),
        "hs_analytics_source_data_1": ("Original Traffic Source Drill-Down 1", "string", "text", False),
        "hs_analytics_source_data_2": ("Original Traffic Source Drill-Down 2", "string", "text", False),
        "hs_merged_object_ids": ("Merged record IDs", "enumeration", "checkbox", False),
        "ga_client_id": ("GA client id", "string", "text", False),
    },
    "deals": {
        "createdate": ("Create Date", "datetime", "date", False),
        "hs_lastmodifieddate": ("Last Modified Date", "datetime", "date", False),
        "hs_object_id": ("Record ID", "number", "number", False),
        "dealname": ("Deal Name", "string", "text", False),
        "dealstage": ("Deal Stage", "enumeration", "radio", False),
        "pipeline": ("Pipeline", "enumeration", "select", False),
        "amount": ("Amount", "number", "number", False),
        "deal_currency_code": ("Currency", "enumeration", "select", False),
        "closedate": ("Close Date", "datetime", "date", False),
        "hs_is_closed": ("Is Closed", "bool", "calculation_read_time", True),
        "hs_is_closed_won": ("Is Closed Won", "bool", "calculation_read_time", True),
        "hubspot_owner_id": ("Deal Owner", "enumeration", "select", False),
        "gross_margin": ("Gross margin", "number", "number", False),
    },
}
CUSTOM = frozenset({"ga_client_id", "gross_margin"})


@dataclass(frozen=True)
class CrmObject:
    """A contact or deal as it stands at one moment."""

    object_id: int
    created_at: datetime
    updated_at: datetime
    is_archived: bool
    properties: dict[str, str | None]
    associated: tuple[str, ...] = ()

    def as_json(self, kind: str, wanted: Iterable[str], history: Iterable[str] = ()) -> dict[str, Any]:
        """The object with the wanted properties: null where empty, absent where the portal has no such property."""
        names = dict.fromkeys((*ALWAYS[kind], *(wanted or DEFAULT_PROPERTIES[kind])))
        known = PROPERTIES[kind]
        found: dict[str, Any] = {
            "id": str(self.object_id),
            "properties": {name: self.properties.get(name) for name in sorted(names) if name in known},
            "createdAt": stamp(self.created_at),
            "updatedAt": stamp(self.updated_at),
            "archived": self.is_archived,
            "url": f"https://app.hubspot.com/contacts/{PORTAL_ID}/record/{kind}/{self.object_id}",
        }
        if self.is_archived:
            found["archivedAt"] = stamp(self.updated_at)
        if versions := [name for name in history if name in known]:
            found["propertiesWithHistory"] = {name: self._versions(name) for name in versions}
        return found

    def _versions(self, name: str) -> list[dict[str, Any]]:
        """Newest first; the CRM keeps a history of the lifecycle stage, of others the newest value."""
        if name == "lifecyclestage":
            entered = [(self.properties.get(f"hs_v2_date_entered_{stage}"), stage) for stage in STAGE_PROPERTIES]
            values = sorted(((at, stage) for at, stage in entered if at), reverse=True)
        else:
            value = self.properties.get(name)
            values = [(stamp(self.updated_at), value)] if value is not None else []
        return [{"value": value, "timestamp": at, "sourceType": "CRM_UI"} for at, value in values]


@dataclass
class Snapshot:
    """All objects of one kind at a moment, in order of their ids."""

    objects: dict[int, CrmObject]
    merged: dict[int, int] = field(default_factory=dict)

    def get(self, object_id: str) -> CrmObject | None:
        """The object of that id, or the one that it was merged into."""
        if not object_id.isdigit():
            return None
        number = int(object_id)
        return self.objects.get(self.merged.get(number, number))


class CrmObjects:
    """The CRM's contacts and deals; a snapshot is made once a moment and kept."""

    def __init__(self, world: World) -> None:
        self._contacts = sorted(world.contacts, key=lambda contact: int(contact.contact_id))
        self._deals = sorted(world.deals, key=lambda deal: int(deal.deal_id))
        self._open_stages = [stage.stage_id for stage in world.stages if not stage.is_closed]
        self._winners = {old: c.contact_id for c in world.contacts for old in c.merged_ids}
        self._deals_of: dict[str, list[Deal]] = {}
        for deal in self._deals:
            winner = self._winners.get(deal.contact_id, deal.contact_id)
            self._deals_of.setdefault(winner, []).append(deal)
        self._snapshots: dict[tuple[str, datetime], Snapshot] = {}

    def at(self, kind: ObjectType, now: datetime) -> Snapshot:
        """Objects of `kind` that exist at `now`."""
        key = (kind, now)
        if key not in self._snapshots:
            if len(self._snapshots) >= 8:
                self._snapshots.clear()
            self._snapshots[key] = self._contacts_at(now) if kind == "contacts" else self._deals_at(now)
        return self._snapshots[key]

    def _contacts_at(self, now: datetime) -> Snapshot:
        snapshot = Snapshot({int(c.contact_id): self._contact(c, now) for c in self._contacts if c.created_at <= now})
        snapshot.merged = {int(old): int(new) for old, new in self._winners.items() if int(new) in snapshot.objects}
        return snapshot

    def _deals_at(self, now: datetime) -> Snapshot:
        return Snapshot({int(d.deal_id): self._deal(d, now) for d in self._deals if d.created_at <= now})

    def _contact(self, contact: Contact, now: datetime) -> CrmObject:
        entered = {stage: getattr(contact, name) for stage, name in STAGE_PROPERTIES.items()}
        entered = {stage: at for stage, at in entered.items() if at is not None and at <= now}
        updated_at = _latest((contact.created_at, contact.updated_at, *entered.values()), now)
        first_name, _, last_name = contact.email.partition("@")[0].partition(".")
        is_archived = contact.is_archived and contact.updated_at <= now
        properties = {
            "createdate": stamp(contact.created_at),
            "lastmodifieddate": stamp(updated_at),
            "hs_object_id": contact.contact_id,
            "email": contact.email,
            "firstname": first_name.title(),
            "lastname": last_name.title() or None,
            "country": contact.country,
            "lifecyclestage": list(entered)[-1] if entered else None,
            "hs_google_click_id": contact.gclid,
            "hs_facebook_click_id": contact.fbclid,
            "hs_analytics_source": contact.analytics_source,
            "hs_analytics_source_data_1": contact.analytics_source_data_1,
            "hs_analytics_source_data_2": contact.analytics_source_data_2,
            "hs_merged_object_ids": ";".join(contact.merged_ids) or None,
            "ga_client_id": contact.ga_client_id,
        }
        for stage, at in entered.items():
            properties[f"hs_v2_date_entered_{stage}"] = stamp(at)
        deals = tuple(
            deal.deal_id
            for deal in self._deals_of.get(contact.contact_id, ())
            if deal.created_at <= now and not _is_archived(deal, now)
        )
        return CrmObject(
            int(contact.contact_id),
            contact.created_at,
            updated_at,
            is_archived,
            properties,
            () if is_archived else deals,
        )

    def _deal(self, deal: Deal, now: datetime) -> CrmObject:
        is_closed = deal.is_closed and deal.closed_at is not None and deal.closed_at <= now
        updated_at = _latest((deal.created_at, deal.updated_at, deal.closed_at), now)
        stage = deal.stage if is_closed or not deal.is_closed else self._open_stages[-1]
        winner = self._winners.get(deal.contact_id, deal.contact_id)
        properties = {
            "createdate": stamp(deal.created_at),
            "hs_lastmodifieddate": stamp(updated_at),
            "hs_object_id": deal.deal_id,
            "dealname": f"Order {deal.deal_id}",
            "dealstage": stage,
            "pipeline": PIPELINE_ID,
            "amount": format(deal.amount, "f"),
            "deal_currency_code": deal.currency,
            "closedate": stamp(deal.closed_at) if is_closed and deal.closed_at else None,
            "hs_is_closed": _flag(is_closed),
            "hs_is_closed_won": _flag(is_closed and deal.is_won),
            "hubspot_owner_id": deal.owner_id,
            "gross_margin": format(deal.gross_margin, "f"),
        }
        is_archived = _is_archived(deal, now)
        associated = () if is_archived else (winner,)
        return CrmObject(int(deal.deal_id), deal.created_at, updated_at, is_archived, properties, associated)


def stamp(moment: datetime) -> str:
    """A time as HubSpot writes it: UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _is_archived(deal: Deal, now: datetime) -> bool:
    return deal.is_archived and deal.updated_at <= now


def _latest(moments: Iterable[datetime | None], now: datetime) -> datetime:
    return max(moment for moment in moments if moment is not None and moment <= now)
