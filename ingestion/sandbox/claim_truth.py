"""Why the platforms' claims differ from the sales that are theirs: worked out from the people, not from any report.

Every sale is shared out equally among the visits of 90 days before it that the export shows, back to the sale before.
Of a sale that both platforms claim, one claim is too many. What nobody could trace has no visit that was seen, no click
id on the contact, and a value in another currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingestion.sandbox.intraday import local_day
from ingestion.sandbox.meta_insights import counted_claims
from ingestion.sandbox.model import AdConversion, Contact, Deal, Platform, Session, World
from ingestion.sandbox.world_ads import CLICK_WINDOWS
from ingestion.sandbox.world_catalog import PROPERTY_ZONE, TOUCHES
from ingestion.sandbox.world_claims import META_CLICK_DAYS
from ingestion.sandbox.world_fx import rate_on

LOOKBACK = timedelta(days=90)
WINDOWS: dict[Platform, int] = {"google_ads": CLICK_WINDOWS["purchase"]["google_ads"], "meta_ads": META_CLICK_DAYS}
_ZONE = ZoneInfo(PROPERTY_ZONE)


class Part(NamedTuple):
    """A part of the gap: conversions, and euros at the rates of the days, in the ISO week that begins at `week`."""

    week: date
    platform: Platform
    cause: str
    conversions: Fraction
    euros: float


class _Visit(NamedTuple):
    at: datetime
    platform: Platform | None


@dataclass
class _Sale:
    deal: Deal
    contact: Contact
    closed_at: datetime
    day: date
    euros: float
    visits: list[_Visit]
    """All that were seen before it."""
    path: list[_Visit]
    claimed: set[Platform]

    def credit(self, platform: Platform) -> Fraction:
        return Fraction(sum(visit.platform == platform for visit in self.path), len(self.path) or 1)

    def clicked_at(self, platform: Platform) -> datetime | None:
        return max((visit.at for visit in self.visits if visit.platform == platform), default=None)

    def can_be_traced(self, platform: Platform, currency: str) -> bool:
        click_id = self.contact.gclid if platform == "google_ads" else self.contact.fbclid
        return bool(self.clicked_at(platform) or click_id or self.deal.currency == currency)


def gap_parts(
    world: World, now: datetime, won: Iterable[Deal], seen: Iterable[tuple[date, Session]], contacts: list[Contact]
) -> list[Part]:
    """All parts of the gap at `now`, from the deals that were won and the sessions that the export shows by then."""
    sales = _sales(world, won, seen, contacts)
    parts: list[Part] = []
    currencies = {account.account_id: account.currency for account in world.accounts}
    for claim, is_view in told_claims(world, now):
        sale, currency = sales[claim.deal_id], currencies[claim.account_id]
        clicked, converted = (_euros(world, claim, currency, day) for day in (claim.click_day, claim.conversion_day))
        parts += [
            Part(_week(claim.click_day), claim.platform, "click_date", Fraction(1), 0),
            Part(_week(claim.conversion_day), claim.platform, "click_date", Fraction(-1), 0),
            Part(_week(claim.conversion_day), claim.platform, "currency", Fraction(0), clicked - converted),
        ]
        if is_view or not sale.can_be_traced(claim.platform, currency):
            cause = "attribution_window" if is_view else "unexplained"
            parts.append(Part(_week(claim.conversion_day), claim.platform, cause, Fraction(1), converted))
            continue
        sale.claimed.add(claim.platform)
        parts += [
            Part(_week(claim.conversion_day), claim.platform, "time_zone", Fraction(1), converted),
            Part(_week(sale.day), claim.platform, "time_zone", Fraction(-1), -converted),
            Part(_week(sale.day), claim.platform, "currency", Fraction(0), converted - sale.euros),
        ]
    return parts + [part for sale in sales.values() for part in _of_sale(sale)]


def _of_sale(sale: _Sale) -> Iterator[Part]:
    week = _week(sale.day)
    ranked = sorted(sale.claimed, key=lambda platform: (-sale.credit(platform), platform))
    for platform in WINDOWS:
        credit = sale.credit(platform)
        kept = Fraction(int(platform in ranked[:1]))
        if platform in ranked[1:]:
            yield Part(week, platform, "claimed_twice", Fraction(1), sale.euros)
        left = kept - credit
        if left:
            yield Part(week, platform, _cause(sale, platform), left, float(left) * sale.euros)


def _cause(sale: _Sale, platform: Platform) -> str:
    clicked_at = sale.clicked_at(platform)
    if platform not in sale.claimed:
        is_within = clicked_at and sale.closed_at - clicked_at <= timedelta(days=WINDOWS[platform])
        return "unexplained" if is_within else "attribution_window"
    if sale.credit(platform):
        return "shared_credit"
    if not sale.visits:
        return "no_consent"
    return "attribution_window" if clicked_at else "no_click_id"


def told_claims(world: World, now: datetime) -> Iterator[tuple[AdConversion, bool]]:
    """Purchases that the platforms' reports of whole days count at `now`, and whether an ad was only seen."""
    for account in world.accounts:
        own = [one for one in world.ad_conversions if one.account_id == account.account_id]
        views: set[int] = set()
        if account.platform == "meta_ads":
            own, views = counted_claims(own, account.time_zone)
        today = local_day(now, account.time_zone)
        for claim in own:
            is_view = id(claim) in views
            late = account.platform == "meta_ads" and (claim.conversion_day - claim.click_day).days > META_CLICK_DAYS
            is_told = claim.reported_at <= now and claim.conversion_day < today
            if claim.action == "purchase" and is_told and (is_view or not late):
                yield claim, is_view


def _sales(
    world: World, won: Iterable[Deal], seen: Iterable[tuple[date, Session]], contacts: list[Contact]
) -> dict[str, _Sale]:
    visits: dict[int, list[_Visit]] = defaultdict(list)
    for _, session in seen:
        campaign = TOUCHES[session.touch].campaign
        at = datetime.fromtimestamp(session.started_at, _ZONE)
        visits[session.visitor].append(_Visit(at, campaign.platform if campaign else None))
    by_id = {contact.contact_id: contact for contact in contacts}
    before: dict[str, datetime] = {}
    sales: dict[str, _Sale] = {}
    for deal in won:
        contact, closed_at = by_id[deal.contact_id], deal.closed_at
        if closed_at is None:
            continue
        day = closed_at.astimezone(_ZONE).date()
        known = [
            one for one in visits.get(-1 if contact.visitor is None else contact.visitor, []) if one.at <= closed_at
        ]
        opens = max(closed_at - LOOKBACK, before.get(deal.contact_id, closed_at - LOOKBACK))
        path = [one for one in known if one.at >= opens]
        euros = float(deal.amount / rate_on(world.fx_rates, day, deal.currency))
        sales[deal.deal_id] = _Sale(deal, contact, closed_at, day, euros, known, path, set())
        before[deal.contact_id] = closed_at
    return sales


def _euros(world: World, claim: AdConversion, currency: str, day: date) -> float:
    return float(claim.value_local / rate_on(world.fx_rates, day, currency))


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())
