"""Insights rows of the simulated Meta accounts: delivery, and actions by attribution window.

`value` follows the account's attribution setting (7 days after a click, 1 day after a view). One same-day claim in five
is a view-through. A claim counts on the click's day as soon as the clock passes the moment at which Meta learnt of it,
and never when it came more than 28 days after the click: then the day is frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ingestion.sandbox.intraday import delivered
from ingestion.sandbox.model import Account, Campaign, World

ATTRIBUTION_SETTING = "7d_click_1d_view"
CLICK_WINDOWS = {"1d_click": 1, "7d_click": 7, "28d_click": 28}
LINK_CLICK_PERCENT = 85
VIEW_THROUGH_EVERY = 5
# The same conversions in Meta's roll-ups: they overlap, so that adding them up counts people twice.
ACTION_TYPES = {
    "lead": ("lead", "offsite_conversion.fb_pixel_lead"),
    "purchase": ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase"),
}
ENGAGEMENTS = ("link_click", "page_engagement", "post_engagement")
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
class _Tally:
    """Conversions of one action: by window, and as the attribution setting counts them."""

    counts: dict[str, int] = field(default_factory=dict)
    values: dict[str, Decimal] = field(default_factory=dict)

    def add(self, windows: Iterable[str], value: Decimal) -> None:
        for window in windows:
            self.counts[window] = self.counts.get(window, 0) + 1
            self.values[window] = self.values.get(window, Decimal(0)) + value


@dataclass
class _Group:
    campaign: Campaign
    impressions: int = 0
    clicks: int = 0
    link_clicks: int = 0
    cost_micros: int = 0
    reaches: dict[tuple[str, date], int] = field(default_factory=dict)
    tallies: dict[str, _Tally] = field(default_factory=dict)

    @property
    def reach(self) -> int:
        """People, who overlap between campaigns and days: the largest, and 60 % of the others."""
        largest = max(self.reaches.values(), default=0)
        return largest + (sum(self.reaches.values()) - largest) * 60 // 100


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
    campaign_ids: frozenset[str] | None = None


class AccountInsights:
    """One ad account's insights."""

    def __init__(self, world: World, account: Account) -> None:
        self.account = account
        self._last_day = world.today
        self._campaigns = {c.campaign_id: c for c in world.campaigns if c.account_id == account.account_id}
        self._days = [d for d in world.ad_days if (d.platform, d.account_id) == ("meta_ads", account.account_id)]
        self._claims = [
            c for c in world.ad_conversions if (c.platform, c.account_id) == ("meta_ads", account.account_id)
        ]
        same_day = [claim for claim in self._claims if claim.click_day == claim.conversion_day]
        self._views = {id(claim) for claim in same_day[VIEW_THROUGH_EVERY - 1 :: VIEW_THROUGH_EVERY]}

    def rows(self, query: InsightsQuery, now: datetime) -> list[dict[str, Any]]:
        """Rows in order of date and entity; what delivered nothing has no row."""
        groups: dict[tuple[Period, str], _Group] = {}
        for day in delivered(self._days, now, self.account.time_zone, self._last_day):
            if (
                not query.since <= day.day <= query.until
                or day.impressions == 0
                or self._left_out(query, day.campaign_id)
            ):
                continue
            group = self._group(groups, query, day.day, day.campaign_id)
            group.impressions += day.impressions
            group.clicks += day.clicks
            group.link_clicks += day.clicks * LINK_CLICK_PERCENT // 100
            group.cost_micros += day.cost_micros
            place = (day.campaign_id, day.day)
            group.reaches[place] = group.reaches.get(place, 0) + day.reach
        for claim in self._claims:
            on = claim.conversion_day if query.by_conversion_day else claim.click_day
            lag = (claim.conversion_day - claim.click_day).days
            if (
                not query.since <= on <= query.until
                or claim.reported_at > now
                or self._left_out(query, claim.campaign_id)
            ):
                continue
            windows = ["1d_view", "value"] if id(claim) in self._views else _click_windows(lag)
            group = self._group(groups, query, on, claim.campaign_id)
            group.tallies.setdefault(claim.action, _Tally()).add(windows, claim.value_local)
        return [
            self._row(query, period, groups[period, entity])
            for period, entity in sorted(groups)
            if groups[period, entity].impressions
        ]

    def _left_out(self, query: InsightsQuery, campaign_id: str) -> bool:
        return query.campaign_ids is not None and campaign_id not in query.campaign_ids

    def _group(
        self, groups: dict[tuple[Period, str], _Group], query: InsightsQuery, day: date, campaign_id: str
    ) -> _Group:
        entity = "" if query.level == "account" else campaign_id
        key = (query.period_of(day), entity)
        if key not in groups:
            groups[key] = _Group(self._campaigns[campaign_id])
        return groups[key]

    def _row(self, query: InsightsQuery, period: Period, group: _Group) -> dict[str, Any]:
        campaign, reach = group.campaign, group.reach
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
            "ctr": f"{100 * group.clicks / group.impressions:.6f}",
            "cpc": f"{spend / group.clicks:.6f}" if group.clicks else None,
            "cpm": f"{1000 * spend / group.impressions:.6f}",
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
                "adset_id": campaign.ad_group_id,
                "adset_name": f"{campaign.name} set",
                "optimization_goal": "OFFSITE_CONVERSIONS",
            }
        if query.level == "ad":
            values |= {"ad_id": campaign.ad_id, "ad_name": f"{campaign.name} ad"}
        values |= _actions(group, query.windows, spend)
        row = {name: values[name] for name in query.fields if values.get(name) is not None}
        return row | {"date_start": period[0].isoformat(), "date_stop": period[1].isoformat()}


def _click_windows(lag: int) -> list[str]:
    windows = [name for name, days in CLICK_WINDOWS.items() if lag <= days]
    return [*windows, "value"] if "7d_click" in windows else windows


def _actions(group: _Group, windows: tuple[str, ...], spend: Decimal) -> dict[str, Any]:
    """The action arrays; absent where nothing happened."""
    counts = list(_engagements(group.link_clicks, windows))
    amounts: list[dict[str, str]] = []
    for action, types in ACTION_TYPES.items():
        tally = group.tallies.get(action, _Tally())
        for kind in types:
            counts += _entry(kind, {name: str(count) for name, count in tally.counts.items()}, windows)
            paid = {name: _plain(value) for name, value in tally.values.items() if value}
            amounts += _entry(kind, paid, windows)
    arrays: dict[str, Any] = {"actions": counts or None, "action_values": amounts or None}
    for entry in amounts:
        if entry["action_type"] == "omni_purchase" and entry["value"] != "0" and spend:
            ratio = Decimal(entry["value"]) / spend
            arrays["purchase_roas"] = [{"action_type": "omni_purchase", "value": f"{ratio:.6f}"}]
    costs = [
        {"action_type": entry["action_type"], "value": f"{spend / int(entry['value']):.6f}"}
        for entry in counts
        if int(entry["value"])
    ]
    return arrays | {"cost_per_action_type": costs or None}


def _engagements(clicks: int, windows: tuple[str, ...]) -> Iterator[dict[str, str]]:
    if clicks:
        found = dict.fromkeys(("value", *CLICK_WINDOWS), str(clicks))
        for kind in ENGAGEMENTS:
            yield from _entry(kind, found, windows)


def _entry(kind: str, found: dict[str, str], windows: tuple[str, ...]) -> list[dict[str, str]]:
    """One entry: `value` always, a window's key only where it was asked for and something happened in it."""
    named = {name: found[name] for name in windows if name in found}
    if not named and "value" not in found:
        return []
    return [{"action_type": kind, "value": found.get("value", "0"), **named}]


def _plain(value: Decimal) -> str:
    """A number as Meta writes it: without trailing zeros."""
    return format(value.normalize(), "f")


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
