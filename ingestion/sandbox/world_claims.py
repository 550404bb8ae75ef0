"""Claims that no visit of the site explains: ads that were only seen, and clicks on another device.

They are planted beside what `world_ads.make_claims` makes of the visits, by a chance of their own, so that people,
visits, spend and the CRM stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ingestion.sandbox.model import Account, AdConversion, AdDay, Campaign, ClaimKind, Click, Contact, Deal
from ingestion.sandbox.world_ads import CLICK_WINDOWS, DAY, HOUR, value_for
from ingestion.sandbox.world_catalog import ACCOUNTS, GENERIC_CH, GENERIC_DE, META, RETARGETING
from ingestion.sandbox.world_people import People
from ingestion.sandbox.world_time import utc

# Meta claims a won deal of somebody who was only shown an ad during the day before.
VIEWED = 0.05
# Google claims a won deal by a click on a device that never came to the site as one that is known.
OTHER_DEVICE = 0.07
# Meta claims a won deal by a click on a phone, of somebody who had come by one of its ads long before; deals that were
# closed at night, which is the week before in New York, are always among them.
CAME_BACK_BY_PHONE = 0.06
# Meta counts a conversion for so many days after a click, by its attribution setting.
META_CLICK_DAYS = 7

_ZONES = {account.account_id: account for account in ACCOUNTS}


class _Planter:
    def __init__(
        self,
        rng: Random,
        people: People,
        claims: tuple[AdConversion, ...],
        ad_days: tuple[AdDay, ...],
        rates: dict[tuple[date, str], Decimal],
    ) -> None:
        self.rng, self.people, self.rates = rng, people, rates
        self.delivered = {(row.campaign_id, row.day) for row in ad_days}
        self.taken = {(one.campaign_id, one.conversion_day) for one in claims if one.action == "purchase"}

    def claim(self, deal: Deal, campaign: Campaign, at: int, before: int, kind: ClaimKind) -> Iterator[AdConversion]:
        """The claim for `deal`, won at `at`, by what was seen or clicked `before` seconds earlier.

        None where the campaign delivered nothing on either of the days; nor, for a click, where it has another claim on
        the day of the sale: of two, nobody could tell which is for which sale.
        """
        clock = self.people.account_clocks[campaign.account_id]
        opened, closed = clock.day(at - before), clock.day(at)
        lag = HOUR * (6 + self.rng.expovariate(1 / 30))
        cell = campaign.campaign_id, closed
        if {(campaign.campaign_id, opened), cell} <= self.delivered and (kind == "view" or cell not in self.taken):
            if kind != "view":
                self.taken.add(cell)
            value = value_for(self.people, self.rates, deal, _ZONES[campaign.account_id])
            ids = (campaign.platform, campaign.account_id, campaign.campaign_id)
            reported = utc(at + int(min(lag, 20 * DAY)))
            yield AdConversion(*ids, "purchase", opened, closed, reported, value, deal.deal_id, kind)


def plant_claims(
    rng: Random,
    people: People,
    clicks: tuple[Click, ...],
    contacts: list[Contact],
    deals: list[Deal],
    *,
    claims: tuple[AdConversion, ...],
    ad_days: tuple[AdDay, ...],
    rates: dict[tuple[date, str], Decimal],
) -> tuple[AdConversion, ...]:
    """What is claimed beyond `claims`, in the order of the deals; `rng` is theirs alone."""
    planter = _Planter(rng, people, claims, ad_days, rates)
    clicked: dict[tuple[int, str], list[int]] = {}
    for click in clicks:
        clicked.setdefault((click.visitor, click.platform), []).append(int(click.clicked_at.timestamp()))
    visitor_of = {contact.contact_id: contact.visitor for contact in contacts}
    found: list[AdConversion] = []
    for deal in deals:
        visitor = visitor_of[deal.contact_id]
        draws = [rng.random() for _ in range(4)]
        if visitor is None or deal.closed_at is None or not deal.is_won or deal.is_archived:
            continue
        at = int(deal.closed_at.timestamp())
        on_google = [one for one in clicked.get((visitor, "google_ads"), []) if one <= at]
        on_meta = [one for one in clicked.get((visitor, "meta_ads"), []) if one <= at]
        if on_meta and at - on_meta[-1] <= META_CLICK_DAYS * DAY:
            continue
        has_consent = people.visitors[visitor].has_consent
        if on_meta and has_consent and (draws[0] < CAME_BACK_BY_PHONE or _is_in_another_week(people, META, at)):
            before = int((0.2 + 5 * draws[3]) * DAY)
            found += planter.claim(deal, RETARGETING, at, before, "other_device")
        elif not on_meta and draws[1] < VIEWED:
            found += planter.claim(deal, RETARGETING, at, int(20 * HOUR * draws[3]), "view")
        if not on_google and has_consent and draws[2] < OTHER_DEVICE:
            campaign = GENERIC_CH if people.visitors[visitor].country == "CH" else GENERIC_DE
            before = int((1 + (CLICK_WINDOWS["purchase"]["google_ads"] - 60) * draws[3]) * DAY)
            found += planter.claim(deal, campaign, at, before, "other_device")
    return tuple(found)


def _is_in_another_week(people: People, account: Account, at: int) -> bool:
    """Whether the moment is in one ISO week for the business and in another one for the account."""

    def monday(day: date) -> date:
        return day - timedelta(days=day.weekday())

    return monday(people.clock.day(at)) != monday(people.account_clocks[account.account_id].day(at))
