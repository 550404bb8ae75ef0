"""What sales made of the leads: contacts with their stages, first deals, and purchases that come again."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import NamedTuple

from ingestion.sandbox.model import Contact, Deal
from ingestion.sandbox.world_catalog import COUNTRIES, COUNTRY_NAMES, OWNERS, STAGES, TOUCHES
from ingestion.sandbox.world_people import People, Visit
from ingestion.sandbox.world_time import utc

DAY = 86_400
MQL, SQL, OPPORTUNITY, WON = 0.72, 0.72, 0.80, 0.59
BUYS_AGAIN, LOYALTY_DECAY = 0.62, 0.88
OFFLINE_PER_WEB_LEAD = 0.14
MERGED, ARCHIVED_CONTACTS, ARCHIVED_DEALS = 36, 24, 10

_SOURCES = {
    "Organic Search": "ORGANIC_SEARCH",
    "Direct": "DIRECT_TRAFFIC",
    "Email": "EMAIL_MARKETING",
    "Referral": "REFERRALS",
    "Organic Social": "SOCIAL_MEDIA",
    "Unassigned": "OTHER_CAMPAIGNS",
    "Paid Search": "PAID_SEARCH",
    "Cross-network": "PAID_SEARCH",
    "Paid Social": "PAID_SOCIAL",
}
_FIRST_NAMES = ("anna", "ben", "carla", "david", "elena", "fabio", "greta", "hugo", "ines", "jan", "kim", "lea")
_LAST_NAMES = ("keller", "moser", "huber", "schmid", "rossi", "blanc", "wagner", "frei", "bauer", "conti", "leroy")


@dataclass
class _Lead:
    visitor: int | None
    country: str
    at: int
    is_offline: bool


class _Origin(NamedTuple):
    ga_client_id: str | None
    gclid: str | None
    fbclid: str | None
    analytics_source: str
    analytics_source_data_1: str | None
    analytics_source_data_2: str | None


@dataclass
class Crm:
    """Contacts and deals, and the moments at which known contacts came back to the site."""

    contacts: list[Contact]
    deals: list[Deal]
    returns: list[tuple[int, int]]
    """(visitor, about when)."""


def _delay(rng: Random, median_days: float, spread: float = 0.7) -> int:
    return int(median_days * DAY * math.exp(rng.gauss(0, spread)))


def work_leads(people: People) -> Crm:
    """Contacts and deals up to the world's `now`: what lies later has not happened yet."""
    rng = people.rng
    leads = []
    for visitor in people.leads:
        visit = people.visits[visitor][-1]
        leads.append(_Lead(visitor, people.visitors[visitor].country, visit.lead_at + 1 + int(rng.random() * 4), False))
    for _ in range(round(len(leads) * OFFLINE_PER_WEB_LEAD)):
        country = rng.choices(list(COUNTRIES), list(COUNTRIES.values()))[0]
        day = int(rng.random() * (people.days - 1))
        leads.append(_Lead(None, country, people.clock.midnights[day] + 8 * 3600 + int(rng.random() * 32_000), True))
    leads.sort(key=lambda lead: (lead.at, -1 if lead.visitor is None else lead.visitor))
    crm = Crm([], [], [])
    for number, lead in enumerate(leads):
        if lead.at < people.now:
            _work(people, crm, lead, number)
    crm.deals = [
        replace(deal, deal_id=str(9_100_000_001 + 7 * index))
        for index, deal in enumerate(sorted(crm.deals, key=lambda deal: (deal.created_at, deal.contact_id)))
    ]
    _merge_and_archive(rng, crm)
    return crm


def _work(people: People, crm: Crm, lead: _Lead, number: int) -> None:
    rng, now = people.rng, people.now
    stages: list[int | None] = [None, None, None]
    at = lead.at
    better = 1.15 if lead.is_offline else 1.0
    for place, (chance, days) in enumerate(((MQL, 1.5), (SQL, 3.0), (OPPORTUNITY, 4.0))):
        if rng.random() >= min(chance * better, 0.95):
            break
        at += _delay(rng, days)
        if at >= now:
            break
        stages[place] = at
    contact_id = str(50_001 + 3 * number)
    owner = rng.choices(OWNERS[:4], (4, 3, 2, 2))[0].owner_id if rng.random() > 0.03 else OWNERS[4].owner_id
    deals: list[Deal] = []
    if stages[2] is not None:
        deals = _buy(people, lead, contact_id, owner, stages[2])
    won = [deal.closed_at for deal in deals if deal.is_won and deal.closed_at is not None]
    moments = [utc(moment) for moment in (lead.at, *stages) if moment is not None]
    moments += [deal.updated_at for deal in deals]
    crm.deals.extend(deals)
    _remember_returns(rng, crm, lead, stages, deals)
    crm.contacts.append(
        Contact(
            contact_id=contact_id,
            email=f"{rng.choice(_FIRST_NAMES)}.{rng.choice(_LAST_NAMES)}@firm-{number:05d}.example",
            visitor=lead.visitor,
            country=COUNTRY_NAMES[lead.country],
            created_at=utc(lead.at),
            updated_at=max(moments),
            lead_at=utc(lead.at),
            mql_at=utc(stages[0]) if stages[0] else None,
            sql_at=utc(stages[1]) if stages[1] else None,
            opportunity_at=utc(stages[2]) if stages[2] else None,
            customer_at=min(won) if won else None,
            **_where_from(people, lead)._asdict(),
        )
    )


def _where_from(people: People, lead: _Lead) -> _Origin:
    if lead.visitor is None:
        return _Origin(None, None, None, "OFFLINE", "CRM_UI", None)
    visitor, visits = people.visitors[lead.visitor], people.visits[lead.visitor]
    first = TOUCHES[visits[0].touch]
    # Some forms lose the hidden field that carries the click id.
    keeps = people.rng.random() >= 0.1
    return _Origin(
        visitor.client_id if visitor.has_consent else None,
        _last_click(visits, "google_ads") if keeps else None,
        _last_click(visits, "meta_ads") if keeps else None,
        _SOURCES[first.channel],
        first.campaign_name if first.campaign else first.source,
        first.campaign.keyword or first.source if first.campaign else None,
    )


def _last_click(visits: list[Visit], platform: str) -> str | None:
    for visit in reversed(visits):
        campaign = TOUCHES[visit.touch].campaign
        if campaign is not None and campaign.platform == platform:
            return visit.click_id
    return None


def _buy(people: People, lead: _Lead, contact_id: str, owner: str, opportunity_at: int) -> list[Deal]:
    rng, now = people.rng, people.now
    deals: list[Deal] = []
    created, chance_won, chance_again = opportunity_at, WON, BUYS_AGAIN
    size = math.exp(rng.gauss(6.5, 0.55))
    while created < now:
        closes = created + _delay(rng, 12 if not deals else 4)
        is_won = rng.random() < chance_won
        amount = Decimal(round(size * rng.uniform(0.7, 1.3) * 100)) / 100
        margin = round(amount * Decimal(rng.randint(300, 460)) / 1000, 2)
        if closes >= now:
            stage, closed, is_won = STAGES[min(3, int(4 * (now - created) / (closes - created)))].stage_id, None, False
        else:
            stage, closed = "closedwon" if is_won else "closedlost", utc(closes)
        currency = "CHF" if lead.country == "CH" else "EUR"
        updated = closed or utc(created + int((now - created) * rng.random()))
        deals.append(
            Deal("", contact_id, utc(created), updated, closed, stage, closed is not None, is_won,
                 amount.quantize(Decimal("0.01")), currency, margin, owner)
        )  # fmt: skip
        # A first deal that is lost ends the story; customers come again, ever less surely.
        if closed is None or (len(deals) == 1 and not is_won) or rng.random() >= chance_again:
            break
        created, chance_won, chance_again = closes + _delay(rng, 48, 0.5), 0.9, chance_again * LOYALTY_DECAY
    return deals


def _remember_returns(rng: Random, crm: Crm, lead: _Lead, stages: list[int | None], deals: list[Deal]) -> None:
    if lead.visitor is None:
        return
    lead_at, visitor = lead.at, lead.visitor
    until = max([lead_at + 10 * DAY, *(int(deal.created_at.timestamp()) for deal in deals[:1])])
    moments = [lead_at + DAY // 2 + int(rng.random() * (until - lead_at)) for _ in range(_looks(rng, stages))]
    for deal in deals:
        if rng.random() < 0.85:
            moments.append(int(deal.created_at.timestamp()) - int(rng.random() * 4 * DAY) - 3600)
    crm.returns.extend((visitor, max(moment, lead_at + 7200)) for moment in moments)


def _looks(rng: Random, stages: list[int | None]) -> int:
    return min(4, int(rng.expovariate(1 / 1.4)) + (1 if stages[0] else 0))


def _merge_and_archive(rng: Random, crm: Crm) -> None:
    with_deals = {deal.contact_id for deal in crm.deals}
    places = list(range(len(crm.contacts)))
    from_web = [place for place in places if crm.contacts[place].visitor is not None]
    for number, place in enumerate(sorted(rng.sample(from_web, min(MERGED, len(from_web))))):
        # The loser's id was given out before the winner's: it is gone from the CRM but for this list.
        losers = tuple(str(40_001 + 5 * number + extra) for extra in range(1 + (number % 6 == 0)))
        crm.contacts[place] = replace(crm.contacts[place], merged_ids=losers)
    idle = [
        place
        for place in places
        if crm.contacts[place].contact_id not in with_deals and not crm.contacts[place].merged_ids
    ]
    for place in sorted(rng.sample(idle, min(ARCHIVED_CONTACTS, len(idle)))):
        crm.contacts[place] = replace(crm.contacts[place], is_archived=True)
    won = [deal for deal in crm.deals if deal.is_won]
    for number, deal in enumerate(sorted(rng.sample(won, min(ARCHIVED_DEALS, len(won))), key=lambda d: d.deal_id)):
        # Entered twice and put away: whoever counts archived deals counts these twice.
        crm.deals.append(replace(deal, deal_id=str(9_900_000_001 + number), is_archived=True))
