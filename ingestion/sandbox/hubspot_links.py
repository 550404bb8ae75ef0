"""Who is tied to whom in the simulated CRM, and how HubSpot's replies write that down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ingestion.sandbox.hubspot_catalog import LINK_TYPES, ObjectType
from ingestion.sandbox.model import Deal, World

INLINE_LINKS = 100
"""A list's page holds that many links an object; the rest are had from the associations' own address."""


class Link(NamedTuple):
    """The other end of a link."""

    other_id: str
    is_primary: bool


Links = Mapping[tuple[ObjectType, ObjectType], Mapping[str, list[Link]]]
_Pair = tuple[str, str, bool]


def links_at(world: World, now: datetime, alive: Mapping[ObjectType, set[str]]) -> Links:
    """All links at `now` between objects that are alive, from either end."""
    companies = [
        (contact, company.company_id, contact in company.contact_ids)
        for company in world.companies
        for contact in (*company.contact_ids, *company.member_ids)
    ]
    employer = {contact: company for contact, company, is_primary in companies if is_primary}
    brought = list(_contacts_of_deals(world, now))
    deal_companies = [
        (deal.deal_id, employer[deal.contact_id], True) for deal in world.deals if deal.contact_id in employer
    ]
    found: dict[tuple[ObjectType, ObjectType], dict[str, list[Link]]] = {}
    pairs: list[tuple[ObjectType, ObjectType, list[_Pair]]] = [
        ("deals", "contacts", brought),
        ("contacts", "companies", companies),
        ("deals", "companies", deal_companies),
    ]
    for left, right, tied in pairs:
        there, back = defaultdict(list), defaultdict(list)
        for one, other, is_primary in tied:
            if one in alive[left] and other in alive[right]:
                there[one].append(Link(other, is_primary))
                back[other].append(Link(one, is_primary))
        found[left, right], found[right, left] = there, back
    return found


def _contacts_of_deals(world: World, now: datetime) -> Iterator[_Pair]:
    winners = {old: one.contact_id for one in world.contacts for old in one.merged_ids}
    apart = {deal: merge.loser.contact_id for merge in world.merges if merge.merged_at > now for deal in merge.deal_ids}

    def today(contact_id: str, deal: Deal) -> str:
        if contact_id == deal.contact_id and deal.deal_id in apart:
            return apart[deal.deal_id]
        return winners.get(contact_id, contact_id)

    for deal in world.deals:
        for contact_id in dict.fromkeys(today(one, deal) for one in (deal.contact_id, *deal.more_contact_ids)):
            yield deal.deal_id, contact_id, True


def inline(kind: ObjectType, to: ObjectType, links: list[Link], further: dict[str, str]) -> dict[str, Any]:
    """The links in a list's page: once a label; `further` is the cursor where there are more than the page holds."""
    names = [
        {"id": link.other_id, "type": label.name} for link in links[:INLINE_LINKS] for label in _labels(kind, to, link)
    ]
    return {"results": names, **({"paging": {"next": further}} if len(links) > INLINE_LINKS else {})}


def written(kind: ObjectType, to: ObjectType, link: Link, *, numbered: bool) -> dict[str, Any]:
    """A link of the associations' address; the id is a number in v4's practice and a string at the dated path."""
    types = [
        {"category": "HUBSPOT_DEFINED", "typeId": label.type_id, "label": None} for label in _labels(kind, to, link)
    ]
    return {"toObjectId": int(link.other_id) if numbered else link.other_id, "associationTypes": types}


def _labels(kind: ObjectType, to: ObjectType, link: Link) -> list[Any]:
    types = LINK_TYPES[kind, to]
    return [*types[1:], types[0]] if link.is_primary else [types[0]]
