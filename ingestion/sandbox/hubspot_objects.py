"""Contacts, companies and deals of the simulated CRM as HubSpot objects at a moment of the virtual clock.

Property values are strings or None. What lies after the clock has not happened: the object does not exist yet, a stage
was not entered, a deal is still open, two contacts are not merged. A contact that was merged away answers under its old
id with the winner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ingestion.sandbox.hubspot_catalog import (
    ALWAYS,
    DEFAULT_PROPERTIES,
    PIPELINE_ID,
    PORTAL_ID,
    PROPERTIES,
    STAGE_PROPERTIES,
    ObjectType,
)
from ingestion.sandbox.hubspot_links import Links, links_at
from ingestion.sandbox.model import Company, Contact, Deal, World

_SNAPSHOTS_KEPT = 12
_SIZES = ("up_to_5", "up_to_20", "larger")


@dataclass(frozen=True)
class CrmObject:
    """A contact, company or deal as it stands at one moment."""

    object_id: int
    created_at: datetime
    updated_at: datetime
    is_archived: bool
    properties: dict[str, str | None]
    history: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    """Property -> the values that it took, oldest first."""

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
        """Newest first; of a property without a kept history, the newest value."""
        value = self.properties.get(name)
        versions = self.history.get(name) or ([(self.updated_at, value)] if value is not None else [])
        return [{"value": text, "timestamp": stamp(at), "sourceType": "CRM_UI"} for at, text in reversed(versions)]


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
    """The CRM's objects and their links; a snapshot is made once a moment and kept."""

    def __init__(self, world: World) -> None:
        self._world = world
        losers = (merge.loser for merge in world.merges)
        self._contacts = sorted((*world.contacts, *losers), key=lambda one: int(one.contact_id))
        self._companies = sorted(world.companies, key=lambda one: int(one.company_id))
        self._deals = sorted(world.deals, key=lambda one: int(one.deal_id))
        self._open_stages = [stage.stage_id for stage in world.stages if not stage.is_closed]
        self._merged_at = {merge.loser.contact_id: merge.merged_at for merge in world.merges}
        self._loser_emails = {merge.loser.contact_id: merge.loser.email for merge in world.merges}
        self._snapshots: dict[tuple[ObjectType, datetime], Snapshot] = {}
        self._links: dict[datetime, Links] = {}

    def at(self, kind: ObjectType, now: datetime) -> Snapshot:
        """Objects of `kind` that exist at `now`."""
        key = (kind, now)
        if key not in self._snapshots:
            if len(self._snapshots) >= _SNAPSHOTS_KEPT:
                self._snapshots.clear()
            make = {"contacts": self._contacts_at, "companies": self._companies_at, "deals": self._deals_at}[kind]
            self._snapshots[key] = make(now)
        return self._snapshots[key]

    def links(self, now: datetime) -> Links:
        """Who is tied to whom at `now`; what is archived is tied to nobody."""
        if now not in self._links:
            kinds: tuple[ObjectType, ...] = ("contacts", "companies", "deals")
            alive = {
                kind: {str(n) for n, one in self.at(kind, now).objects.items() if not one.is_archived} for kind in kinds
            }
            self._links = {now: links_at(self._world, now, alive)}
        return self._links[now]

    def _is_merged(self, loser_id: str, now: datetime) -> bool:
        return loser_id not in self._merged_at or self._merged_at[loser_id] <= now

    def _contacts_at(self, now: datetime) -> Snapshot:
        here = [
            one
            for one in self._contacts
            if one.created_at <= now
            and not (one.erased_at and one.erased_at <= now)
            and not (one.contact_id in self._merged_at and self._is_merged(one.contact_id, now))
        ]
        snapshot = Snapshot({int(one.contact_id): self._contact(one, now) for one in here})
        snapshot.merged = {
            int(old): int(one.contact_id) for one in here for old in one.merged_ids if self._is_merged(old, now)
        }
        return snapshot

    def _companies_at(self, now: datetime) -> Snapshot:
        joined = {one.contact_id: one.created_at for one in self._contacts}
        here = [one for one in self._companies if one.created_at <= now]
        return Snapshot({int(one.company_id): _company(one, joined, now) for one in here})

    def _deals_at(self, now: datetime) -> Snapshot:
        return Snapshot({int(d.deal_id): self._deal(d, now) for d in self._deals if d.created_at <= now})

    def _contact(self, contact: Contact, now: datetime) -> CrmObject:
        entered = {stage: getattr(contact, name) for stage, name in STAGE_PROPERTIES.items()}
        entered = {stage: at for stage, at in entered.items() if at is not None and at <= now}
        merged_ids = [old for old in contact.merged_ids if self._is_merged(old, now)]
        merges = [self._merged_at[old] for old in merged_ids if old in self._merged_at]
        updated_at = _latest((contact.created_at, contact.updated_at, *entered.values(), *merges), now)
        addresses = [self._loser_emails[old] for old in merged_ids if old in self._loser_emails]
        first_name, _, last_name = contact.email.partition("@")[0].partition(".")
        number = int(contact.contact_id)
        properties = {
            "createdate": stamp(contact.created_at),
            "lastmodifieddate": stamp(updated_at),
            "hs_object_id": contact.contact_id,
            "email": contact.email,
            "hs_additional_emails": ";".join(addresses) or None,
            "firstname": first_name.title(),
            "lastname": last_name.title() or None,
            "country": contact.country,
            "lifecyclestage": list(entered)[-1] if entered else None,
            "hs_google_click_id": contact.gclid,
            "hs_facebook_click_id": contact.fbclid,
            "hs_analytics_source": contact.analytics_source,
            "hs_analytics_source_data_1": contact.analytics_source_data_1,
            "hs_analytics_source_data_2": contact.analytics_source_data_2,
            "hs_merged_object_ids": ";".join(merged_ids) or None,
            "ga_client_id": contact.ga_client_id,
            "office_size": _SIZES[number % 3],
            "desks_wanted": str(number % 40) if number % 4 else None,
            "private_remark": f"ask for {first_name.title()}",
        }
        for stage, at in entered.items():
            properties[f"hs_v2_date_entered_{stage}"] = stamp(at)
        stages = sorted((at, stage) for stage, at in entered.items())
        is_archived = contact.is_archived_at(now)
        return CrmObject(
            number, contact.created_at, updated_at, is_archived, properties, {"lifecyclestage": stages}
        )  # fmt: skip

    def _deal(self, deal: Deal, now: datetime) -> CrmObject:
        is_closed = deal.is_closed and deal.closed_at is not None and deal.closed_at <= now
        stages = [(at, stage) for at, stage in self._stages(deal) if at <= now]
        updated_at = _latest((deal.created_at, deal.updated_at, deal.closed_at, *(at for at, _ in stages)), now)
        properties = {
            "createdate": stamp(deal.created_at),
            "hs_lastmodifieddate": stamp(updated_at),
            "hs_object_id": deal.deal_id,
            "dealname": f"Order {deal.deal_id}",
            "dealstage": stages[-1][1],
            "pipeline": PIPELINE_ID,
            "amount": format(deal.amount, "f"),
            "deal_currency_code": deal.currency,
            "closedate": stamp(deal.closed_at) if is_closed and deal.closed_at else None,
            "hs_is_closed": _flag(is_closed),
            "hs_is_closed_won": _flag(is_closed and deal.is_won),
            "hubspot_owner_id": deal.owner_id,
            "gross_margin": format(deal.gross_margin, "f"),
        }
        is_archived = deal.is_archived_at(now)
        return CrmObject(
            int(deal.deal_id), deal.created_at, updated_at, is_archived, properties, {"dealstage": stages}
        )  # fmt: skip

    def _stages(self, deal: Deal) -> list[tuple[datetime, str]]:
        """The way from the first stage to the deal's own, in even steps."""
        way = self._open_stages if deal.is_closed else self._open_stages[: self._open_stages.index(deal.stage) + 1]
        end = deal.closed_at if deal.is_closed and deal.closed_at else deal.updated_at
        steps = len(way) if deal.is_closed else max(len(way) - 1, 1)
        step = (end - deal.created_at) / steps
        entered = [(deal.created_at + number * step, stage) for number, stage in enumerate(way)]
        if deal.is_closed:
            entered.append((end, deal.stage))
        return [(at.replace(microsecond=0), stage) for at, stage in entered]


def _company(company: Company, joined: dict[str, datetime], now: datetime) -> CrmObject:
    arrivals = [joined[one] for one in (*company.contact_ids, *company.member_ids) if one in joined]
    updated_at = _latest((company.created_at, *arrivals), now)
    properties = {
        "createdate": stamp(company.created_at),
        "hs_lastmodifieddate": stamp(updated_at),
        "hs_object_id": company.company_id,
        "name": company.name,
        "domain": company.domain,
        "country": company.country,
        "industry": company.industry,
        "numberofemployees": str(company.employees),
        "lifecyclestage": "lead",
        "hs_merged_object_ids": None,
    }
    return CrmObject(int(company.company_id), company.created_at, updated_at, False, properties)


def stamp(moment: datetime) -> str:
    """A time as HubSpot writes it: UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _latest(moments: Iterable[datetime | None], now: datetime) -> datetime:
    return max(moment for moment in moments if moment is not None and moment <= now)
