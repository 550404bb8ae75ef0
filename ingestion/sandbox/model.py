"""The facts of the simulated business; the vendors' protocols are views over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

Platform = Literal["google_ads", "meta_ads"]
ClaimKind = Literal["click", "view", "other_device"]


@dataclass(frozen=True)
class Account:
    """An ad account; `account_id` holds digits only."""

    platform: Platform
    account_id: str
    name: str
    currency: str
    time_zone: str


@dataclass(frozen=True)
class Campaign:
    """A campaign and its planted cause: `lift` is the factor by which its visitors convert against organic ones."""

    platform: Platform
    account_id: str
    campaign_id: str
    name: str
    channel: str
    channel_type: str
    utm_source: str
    utm_medium: str
    ad_group_id: str
    ad_id: str
    keyword: str
    lift: float


@dataclass(frozen=True)
class AdDay:
    """What a campaign delivered on a day of its account's time zone; `cost_micros` in the account's currency.

    Google costs are multiples of 10,000 micros (a cent), as are Meta's.
    """

    platform: Platform
    account_id: str
    campaign_id: str
    day: date
    device: str
    impressions: int
    clicks: int
    cost_micros: int
    reach: int


@dataclass(frozen=True)
class Click:
    """An ad click that led to a session; `click_id` is the gclid or fbclid."""

    platform: Platform
    account_id: str
    campaign_id: str
    day: date
    clicked_at: datetime
    click_id: str
    visitor: int
    device: str
    country: str


@dataclass(frozen=True)
class AdConversion:
    """A conversion that a platform claims: counted on the click's day, known to it from `reported_at` on."""

    platform: Platform
    account_id: str
    campaign_id: str
    action: Literal["lead", "purchase"]
    click_day: date
    conversion_day: date
    reported_at: datetime
    value_local: Decimal
    deal_id: str = ""
    """The won deal that is claimed; no platform tells it."""
    kind: ClaimKind = "click"
    """By what: a click that came to the site, an ad that was only seen, or a click on another device."""


@dataclass(frozen=True)
class Contact:
    """A CRM contact. Times are UTC; a stage that was never entered is None."""

    contact_id: str
    visitor: int | None
    email: str
    country: str
    created_at: datetime
    updated_at: datetime
    ga_client_id: str | None
    gclid: str | None
    fbclid: str | None
    analytics_source: str
    analytics_source_data_1: str | None
    analytics_source_data_2: str | None
    lead_at: datetime
    mql_at: datetime | None
    sql_at: datetime | None
    opportunity_at: datetime | None
    customer_at: datetime | None
    merged_ids: tuple[str, ...] = ()
    is_archived: bool = False
    erased_at: datetime | None = None
    """When its data were deleted on the person's demand: nothing of it is left in the CRM from then on."""

    def is_archived_at(self, now: datetime) -> bool:
        """Whether it was archived by then; that was its last change."""
        return self.is_archived and self.updated_at <= now


@dataclass(frozen=True)
class Merge:
    """A contact that stood in the CRM by itself until it was merged into another one, its deals with it."""

    loser: Contact
    winner_id: str
    merged_at: datetime
    deal_ids: tuple[str, ...] = ()
    """Deals that hung at the loser until then; in `World.deals` they are the winner's."""


@dataclass(frozen=True)
class Company:
    """A firm in the CRM. `contact_ids` work there; `member_ids` are tied to it without being its staff."""

    company_id: str
    name: str
    domain: str
    country: str
    industry: str
    employees: int
    created_at: datetime
    contact_ids: tuple[str, ...]
    member_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deal:
    """A CRM deal; `gross_margin` in the deal's currency. A won deal has stage `closedwon` and `closed_at`."""

    deal_id: str
    contact_id: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    stage: str
    is_closed: bool
    is_won: bool
    amount: Decimal
    currency: str
    gross_margin: Decimal
    owner_id: str
    is_archived: bool = False
    more_contact_ids: tuple[str, ...] = ()
    """Contacts that take part besides `contact_id`."""

    def is_archived_at(self, now: datetime) -> bool:
        """Whether it was archived by then; that was its last change."""
        return self.is_archived and self.updated_at <= now


class Visitor(NamedTuple):
    """A browser that came to the site; `client_id` is GA4's user_pseudo_id, which no event carries without consent."""

    client_id: str
    country: str
    device: str
    has_consent: bool
    first_seen_at: int
    """Seconds since the epoch."""
    first_touch: int


class Session(NamedTuple):
    """A visit. `touch` is an index into `world_catalog.TOUCHES`; times are seconds since the epoch."""

    visitor: int
    number: int
    started_at: int
    touch: int
    click_id: str
    page_views: int
    is_engaged: bool
    lead_at: int
    """When the form was sent; 0 where it was not."""
    is_mislabelled: bool
    """GA4 calls this paid click organic or direct, though its landing page carries the click id."""
    late_days: int
    """Days after which its events reach the export: 0 to 3."""
    bits: int
    """Chance that decides what was looked at."""


@dataclass(frozen=True)
class Stage:
    """A stage of the deal pipeline."""

    stage_id: str
    label: str
    order: int
    is_closed: bool
    probability: str


@dataclass(frozen=True)
class Owner:
    """A person in sales."""

    owner_id: str
    email: str
    first_name: str
    last_name: str
    is_archived: bool = False


@dataclass(frozen=True, eq=False)
class World:
    """The whole business, from `start` to `today` (both inclusive; `today` is under way), by `seed`.

    GA4 events are made day by day on request: see `ingestion.sandbox.events`.
    """

    seed: int
    start: date
    today: date
    manager_id: str
    accounts: tuple[Account, ...]
    campaigns: tuple[Campaign, ...]
    ad_days: tuple[AdDay, ...]
    clicks: tuple[Click, ...]
    ad_conversions: tuple[AdConversion, ...]
    contacts: tuple[Contact, ...]
    deals: tuple[Deal, ...]
    stages: tuple[Stage, ...]
    owners: tuple[Owner, ...]
    fx_rates: dict[tuple[date, str], Decimal] = field(repr=False)
    """(TARGET day, currency) -> units of the currency for one euro."""
    visitors: tuple[Visitor, ...] = field(default=(), repr=False)
    sessions: Mapping[date, tuple[Session, ...]] = field(default_factory=dict, repr=False)
    """Day in Europe/Berlin -> the visits that began on it, in order of time."""
    dark_days: frozenset[date] = frozenset()
    """Days in Europe/Berlin on which tracking was broken: GA4 saw nothing."""
    companies: tuple[Company, ...] = field(default=(), repr=False)
    merges: tuple[Merge, ...] = field(default=(), repr=False)
