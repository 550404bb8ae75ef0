"""Insights rows of the simulated Meta accounts: delivery, and actions by attribution window.

`value` follows the account's attribution setting (7 days after a click, 1 day after a view). One same-day claim in five
is a view-through. A claim counts on the click's day as soon as the clock passes the moment at which Meta learnt of it,
and never when it came more than 28 days after the click: then the day is frozen. By `action_report_time=conversion` it
counts on its own day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.sandbox.intraday import CENT_MICROS, delivered, local_day
from ingestion.sandbox.meta_actions import ACTION_FIELDS, Tally, action_arrays, click_windows
from ingestion.sandbox.meta_entities import BREAKDOWNS, DELETED, Ad, ads_of, spread
from ingestion.sandbox.model import Account, AdConversion, World

ATTRIBUTION_SETTING = "7d_click_1d_view"
LINK_CLICK_PERCENT = 85
VIEW_THROUGH_EVERY = 5
FROZEN_AFTER_DAYS = 28
LEVELS = ("account", "campaign", "adset", "ad")
_FIELD_NAMES = (
    "account_currency account_id account_name action_values actions ad_id ad_name adset_id adset_name "
    "attribution_setting buying_type campaign_id campaign_name clicks cost_per_action_type cpc cpm ctr date_start "
    "date_stop frequency impressions inline_link_clicks objective optimization_goal purchase_roas reach spend "
    "unique_clicks"
)
FIELDS = frozenset(_FIELD_NAMES.split())

Period = tuple[date, date]


@dataclass
class _Group:
    ad: Ad
    cell: tuple[str, ...]
    impressions: int = 0
    clicks: int = 0
    link_clicks: int = 0
    cost_micros: int = 0
    reaches: dict[tuple[str, date], int] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)

    @property
    def reach(self) -> int:
        """People, who overlap between campaigns and days: the largest, and 60 % of the others."""
        largest = max(self.reaches.values(), default=0)
        return largest + (sum(self.reaches.values()) - largest) * 60 // 100

    def add(self, part: _Part, place: tuple[str, date]) -> None:
        self.impressions += part.impressions
        self.clicks += part.clicks
        self.link_clicks += part.link_clicks
        self.cost_micros += part.cost_micros
        self.reaches[place] = self.reaches.get(place, 0) + part.reach


@dataclass(frozen=True)
class _Part:
    """What one ad, or one cell of a breakdown of it, delivered on a day."""

    ad: Ad
    cell: tuple[str, ...]
    impressions: int
    clicks: int
    link_clicks: int
    cost_micros: int
    reach: int

    def split(self, shares: Sequence[tuple[Ad, tuple[str, ...], int]]) -> list[_Part]:
        """This part's numbers, shared out so that they add up again; nothing is clicked that was not seen."""
        seen = spread(self.impressions, [share for _, _, share in shares])
        # Money in cents, as Meta shows it.
        cents = spread(self.cost_micros // CENT_MICROS, seen)
        columns = zip(
            shares, seen, spread(self.clicks, seen), spread(self.link_clicks, seen), cents, spread(self.reach, seen),
            strict=True,
        )  # fmt: skip
        return [
            _Part(ad, cell, impressions, clicks, links, cost * CENT_MICROS, reach)
            for (ad, cell, _), impressions, clicks, links, cost, reach in columns
            if impressions
        ]


@dataclass(frozen=True)
class InsightsQuery:
    """What one request asks for; `period_of` puts a day into its row's period."""

    level: str
    fields: tuple[str, ...]
    since: date
    until: date
    period_of: Callable[[date], Period]
    windows: tuple[str, ...]
    by_conversion_day: bool = False
    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """campaign, adset or ad -> the ids that are wanted; what is not named is not narrowed."""
    statuses: frozenset[str] | None = None
    """Effective statuses that are wanted; None leaves out what is deleted, save in totals above it."""
    breakdowns: tuple[str, ...] = ()

    def wants(self, ad: Ad, today: date) -> bool:
        """Whether the ad's numbers belong into the rows."""
        names = {"campaign": ad.campaign.campaign_id, "adset": ad.adset_id, "ad": ad.ad_id}
        if any(names[entity] not in wanted for entity, wanted in self.ids.items()):
            return False
        if self.level not in ("adset", "ad"):
            return True
        status = ad.status(today)
        return status != DELETED if self.statuses is None else status in self.statuses

    @property
    def needs_ads(self) -> bool:
        return self.level in ("adset", "ad") or bool(self.breakdowns) or bool({"adset", "ad"} & set(self.ids))


class AccountInsights:
    """One ad account's insights."""

    def __init__(self, world: World, account: Account) -> None:
        self.account = account
        self._last_day = world.today
        self._ads = {
            c.campaign_id: ads_of(c, world.today) for c in world.campaigns if c.account_id == account.account_id
        }
        self._days = [d for d in world.ad_days if (d.platform, d.account_id) == ("meta_ads", account.account_id)]
        own = [c for c in world.ad_conversions if (c.platform, c.account_id) == ("meta_ads", account.account_id)]
        self._claims, self._views = counted_claims(own, account.time_zone)

    def rows(self, query: InsightsQuery, now: datetime) -> list[dict[str, Any]]:
        """Rows in order of date, entity and breakdown; what delivered nothing has no row."""
        today = local_day(now, self.account.time_zone)
        groups: dict[tuple[Period, str, tuple[str, ...]], _Group] = {}
        parts = self._parts(query, now)
        for (campaign_id, day), found in parts.items():
            for part in found:
                if query.wants(part.ad, today):
                    self._group(groups, query, day, part).add(part, (campaign_id, day))
        for claim in self._claims:
            on = claim.conversion_day if query.by_conversion_day else claim.click_day
            if not query.since <= on <= query.until or claim.reported_at > now:
                continue
            hit = _share_of(claim, parts.get((claim.campaign_id, on), []))
            if hit is None and query.by_conversion_day and not query.needs_ads:
                # People buy on days on which nothing is shown any more.
                hit = _Part(self._ads[claim.campaign_id][0], (), 0, 0, 0, 0, 0)
            if hit is None or not query.wants(hit.ad, today):
                continue
            lag = (claim.conversion_day - claim.click_day).days
            windows = ["1d_view", "value"] if id(claim) in self._views else click_windows(lag)
            group = self._group(groups, query, on, hit)
            group.tallies.setdefault(claim.action, Tally()).add(windows, claim.value_local)
        return [self._row(query, key[0], groups[key]) for key in sorted(groups)]

    def _parts(self, query: InsightsQuery, now: datetime) -> dict[tuple[str, date], list[_Part]]:
        """What each campaign delivered on each day, in as small parts as the query needs."""
        totals: dict[tuple[str, date], _Part] = {}
        for day in delivered(self._days, now, self.account.time_zone, self._last_day):
            if not query.since <= day.day <= query.until or day.impressions == 0:
                continue
            place = (day.campaign_id, day.day)
            first = totals.get(place) or _Part(self._ads[day.campaign_id][0], (), 0, 0, 0, 0, 0)
            totals[place] = replace(
                first,
                impressions=first.impressions + day.impressions,
                clicks=first.clicks + day.clicks,
                link_clicks=first.link_clicks + day.clicks * LINK_CLICK_PERCENT // 100,
                cost_micros=first.cost_micros + day.cost_micros,
                reach=first.reach + day.reach,
            )
        if not query.needs_ads:
            return {place: [part] for place, part in totals.items()}
        parts = {
            (campaign_id, day): part.split([(ad, (), ad.share_on(day)) for ad in self._ads[campaign_id]])
            for (campaign_id, day), part in totals.items()
        }
        if not query.breakdowns:
            return parts
        cells = BREAKDOWNS[query.breakdowns]
        return {
            place: [
                cell for part in found for cell in part.split([(part.ad, name, share) for name, share in cells.items()])
            ]
            for place, found in parts.items()
        }

    def _group(
        self, groups: dict[tuple[Period, str, tuple[str, ...]], _Group], query: InsightsQuery, day: date, part: _Part
    ) -> _Group:
        entity = {
            "account": "",
            "campaign": part.ad.campaign.campaign_id,
            "adset": part.ad.adset_id,
            "ad": part.ad.ad_id,
        }[query.level]
        return groups.setdefault((query.period_of(day), entity, part.cell), _Group(part.ad, part.cell))

    def _row(self, query: InsightsQuery, period: Period, group: _Group) -> dict[str, Any]:
        ad, campaign, reach = group.ad, group.ad.campaign, group.reach
        spend = Decimal(group.cost_micros) / 1_000_000
        values: dict[str, Any] = {
            "account_id": self.account.account_id,
            "account_name": self.account.name,
            "account_currency": self.account.currency,
            "attribution_setting": ATTRIBUTION_SETTING,
            "impressions": str(group.impressions),
            "clicks": str(group.clicks),
            "unique_clicks": str(group.clicks),
            "inline_link_clicks": str(group.link_clicks) if group.link_clicks else None,
            "spend": f"{spend:.2f}",
            "reach": str(reach),
            "frequency": f"{group.impressions / reach:.6f}" if reach else None,
            "ctr": f"{100 * group.clicks / group.impressions:.6f}" if group.impressions else None,
            "cpc": f"{spend / group.clicks:.6f}" if group.clicks else None,
            "cpm": f"{1000 * spend / group.impressions:.6f}" if group.impressions else None,
        }
        if query.level != "account":
            values |= {
                "campaign_id": campaign.campaign_id,
                "campaign_name": campaign.name,
                "objective": campaign.channel_type,
                "buying_type": "AUCTION",
            }
        if query.level in {"adset", "ad"}:
            values |= {
                "adset_id": ad.adset_id,
                "adset_name": ad.adset_name,
                "optimization_goal": "OFFSITE_CONVERSIONS",
            }
        if query.level == "ad":
            values |= {"ad_id": ad.ad_id, "ad_name": ad.name}
        if not ACTION_FIELDS.isdisjoint(query.fields):
            values |= action_arrays(group.tallies, group.link_clicks, query.windows, spend)
        row = {name: values[name] for name in query.fields if values.get(name) is not None}
        row |= zip(query.breakdowns, group.cell, strict=True)
        return row | {"date_start": period[0].isoformat(), "date_stop": period[1].isoformat()}


def counted_claims(claims: Sequence[AdConversion], time_zone: str) -> tuple[list[AdConversion], set[int]]:
    """Those of an account's claims that Meta learnt of in time, and by `id` which of them rest on a view."""
    zone = ZoneInfo(time_zone)
    in_time = [
        c for c in claims if c.reported_at.astimezone(zone).date() <= c.click_day + timedelta(days=FROZEN_AFTER_DAYS)
    ]
    same_day = [c for c in in_time if c.kind == "click" and c.click_day == c.conversion_day]
    views = [c for c in in_time if c.kind == "view"]
    return in_time, {id(c) for c in (*views, *same_day[VIEW_THROUGH_EVERY - 1 :: VIEW_THROUGH_EVERY])}


def _share_of(claim: AdConversion, parts: Sequence[_Part]) -> _Part | None:
    """The part that a claim falls to: always the same one, by chance in proportion to the impressions."""
    seen = sum(part.impressions for part in parts)
    if not seen:
        return None
    place = int(claim.reported_at.timestamp()) % seen
    for part in parts:
        place -= part.impressions
        if place < 0:
            return part
    return None


def periods(increment: str, since: date, until: date) -> Callable[[date], Period]:
    """The function that puts a day into its period. Raises ValueError on an unknown `time_increment`."""
    if increment == "all_days":
        return lambda day: (since, until)
    if increment == "monthly":
        return lambda day: (max(day.replace(day=1), since), min(_end_of_month(day), until))
    step = int(increment)
    if not 1 <= step <= 90:
        raise ValueError(increment)

    def stepped(day: date) -> Period:
        start = day - timedelta(days=(day - since).days % step)
        return start, min(start + timedelta(days=step - 1), until)

    return stepped


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
