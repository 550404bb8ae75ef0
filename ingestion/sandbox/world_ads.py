"""What the platforms delivered and what they claim: clicks, days of spend, and conversions that arrive late."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from ingestion.sandbox.model import Account, AdConversion, AdDay, Campaign, Click, Contact, Deal, Platform, Session
from ingestion.sandbox.world_catalog import (
    ACCOUNTS,
    CAMPAIGNS,
    COST_SPIKE,
    DELIVERY,
    DEVICES,
    META,
    PROSPECTING,
    TOUCHES,
    is_paused,
)
from ingestion.sandbox.world_fx import rate_on
from ingestion.sandbox.world_people import People
from ingestion.sandbox.world_time import utc

Action = Literal["lead", "purchase"]

HOUR, DAY = 3600, 86_400
CENT_MICROS = 10_000
# Clicks that never became a visit: the page was left before it loaded.
LOST_CLICKS = 0.1
# How long after the click each platform claims a conversion, in days.
CLICK_WINDOWS: dict[Action, dict[Platform, int]] = {
    "lead": {"google_ads": 30, "meta_ads": 7},
    "purchase": {"google_ads": 90, "meta_ads": 28},
}
VIEW_THROUGH = 0.06

_CAMPAIGNS = {campaign.campaign_id: campaign for campaign in CAMPAIGNS}
_ACCOUNTS = {account.account_id: account for account in ACCOUNTS}


def make_clicks(people: People, sessions: dict[date, tuple[Session, ...]]) -> tuple[Click, ...]:
    """Every visit that an ad brought, on its day in the account's zone."""
    clicks = []
    for day in sessions.values():
        for session in day:
            campaign = TOUCHES[session.touch].campaign
            if campaign is None:
                continue
            visitor = people.visitors[session.visitor]
            clicks.append(
                Click(
                    campaign.platform,
                    campaign.account_id,
                    campaign.campaign_id,
                    people.account_clocks[campaign.account_id].day(session.started_at),
                    utc(session.started_at),
                    session.click_id,
                    session.visitor,
                    visitor.device,
                    visitor.country,
                )
            )
    return tuple(clicks)


def make_ad_days(rng: Random, people: People, clicks: tuple[Click, ...]) -> tuple[AdDay, ...]:
    """Delivery by campaign, day of the account's zone and device; a paused campaign has no rows at all."""
    visits = Counter((click.campaign_id, click.day, click.device) for click in clicks)
    rows = []
    for offset in range(people.days):
        day = people.start + timedelta(days=offset)
        for campaign in CAMPAIGNS:
            if is_paused(campaign, day):
                continue
            for device in DEVICES:
                row = _ad_day(rng, campaign, day, device, visits[campaign.campaign_id, day, device])
                if row is not None:
                    rows.append(row)
    return tuple(rows)


def _ad_day(rng: Random, campaign: Campaign, day: date, device: str, visits: int) -> AdDay | None:
    delivery = DELIVERY[campaign]
    lost = sum(rng.random() < LOST_CLICKS for _ in range(visits + 1))
    clicks = visits + lost
    # Impressions that nobody clicked come with the day, the others with the clicks.
    idle = int(rng.expovariate(1) * DEVICES[device] / 8)
    impressions = round(clicks / (delivery.click_through_rate * rng.uniform(0.8, 1.25))) + idle
    if impressions == 0:
        return None
    price = delivery.cost_per_click * rng.uniform(0.8, 1.25) * (1.12 if day.month in (11, 12) else 1.0)
    spiky, spike_day, factor = COST_SPIKE
    if campaign is spiky and day == spike_day:
        price *= factor
    cost = round(clicks * price * 100) * CENT_MICROS
    reach = min(impressions, max(1, round(impressions / rng.uniform(1.05, 1.6))))
    return AdDay(
        campaign.platform, campaign.account_id, campaign.campaign_id, day, device, impressions, clicks, cost, reach
    )


@dataclass
class _Claims:
    """Gathers what the platforms claim."""

    rng: Random
    people: People
    rates: dict[tuple[date, str], Decimal]
    found: list[AdConversion] = field(default_factory=list)

    def claim(self, clicks: list[Click], action: Action, at: int, deal: Deal | None = None) -> set[Platform]:
        """Each platform's last click within its own window takes the conversion at `at`; who claimed it."""
        platforms: set[Platform] = set()
        moment = utc(at)
        for platform, days in CLICK_WINDOWS[action].items():
            opens = moment - timedelta(days=days)
            for click in [c for c in clicks if c.platform == platform and opens <= c.clicked_at <= moment][-1:]:
                platforms.add(platform)
                campaign = _CAMPAIGNS[click.campaign_id]
                value = Decimal(0)
                if deal is not None:
                    value = value_for(self.people, self.rates, deal, _ACCOUNTS[click.account_id])
                self._add(campaign, action, click.day, at=at, value=value, deal_id=deal.deal_id if deal else "")
        return platforms

    def view_through(self, at: int) -> None:
        """Meta claims a lead for an ad that was seen and not clicked."""
        day = self.people.account_clocks[META.account_id].day(at)
        if not is_paused(PROSPECTING, day):
            self._add(PROSPECTING, "lead", day, at=at, value=Decimal(0))

    def _add(
        self, campaign: Campaign, action: Action, day: date, *, at: int, value: Decimal, deal_id: str = ""
    ) -> None:
        # Most tags fire at once; sales hands won deals over by night; part of it is modelled for days.
        lag = HOUR * self.rng.expovariate(1 / 10)
        if action == "purchase":
            lag = HOUR * (6 + self.rng.expovariate(1 / 30))
        reported = utc(at + int(min(lag, 27 * DAY)))
        converted = self.people.account_clocks[campaign.account_id].day(at)
        ids = (campaign.platform, campaign.account_id, campaign.campaign_id)
        self.found.append(AdConversion(*ids, action, day, converted, reported, value, deal_id))


def value_for(people: People, rates: dict[tuple[date, str], Decimal], deal: Deal, account: Account) -> Decimal:
    """What a platform is told that the deal is worth, in the account's currency: at the rate of the day it was made."""
    day = people.clock.day(int(deal.created_at.timestamp()))
    euros = deal.amount / rate_on(rates, day, deal.currency)
    return round(euros * rate_on(rates, day, account.currency), 2)


def make_claims(
    rng: Random,
    people: People,
    clicks: tuple[Click, ...],
    contacts: list[Contact],
    deals: list[Deal],
    *,
    rates: dict[tuple[date, str], Decimal],
) -> tuple[AdConversion, ...]:
    """What each platform claims, whatever the other platform claims too."""
    by_visitor: dict[int, list[Click]] = {}
    for click in clicks:
        by_visitor.setdefault(click.visitor, []).append(click)
    visitor_of = {contact.contact_id: contact.visitor for contact in contacts}
    claims = _Claims(rng, people, rates)
    for contact in contacts:
        if contact.visitor is None:
            continue
        at = int(contact.created_at.timestamp())
        platforms = claims.claim(by_visitor.get(contact.visitor, []), "lead", at)
        if "meta_ads" not in platforms and rng.random() < VIEW_THROUGH:
            claims.view_through(at)
    for deal in deals:
        visitor = visitor_of[deal.contact_id]
        if deal.is_won and not deal.is_archived and visitor is not None and deal.closed_at is not None:
            claims.claim(by_visitor.get(visitor, []), "purchase", int(deal.closed_at.timestamp()), deal)
    return tuple(sorted(claims.found, key=lambda claim: (claim.reported_at, claim.campaign_id)))
