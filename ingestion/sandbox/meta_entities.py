"""Ad sets, ads and creatives below Meta's campaigns, and how a day's delivery spreads over them.

Every campaign has two ad sets and three ads. The third ad is deleted two days before the world's last day: from then on
it delivers nothing, and edges and insights leave it out unless they are asked for deleted ads by their status.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.sandbox.intraday import local_day
from ingestion.sandbox.model import Account, Campaign, World
from ingestion.sandbox.world_catalog import SITE

Shares = dict[tuple[str, ...], int]

DELETED, ACTIVE = "DELETED", "ACTIVE"
PAGE_ID = "1000000000077"
DAYS_OF_A_DELETED_AD = 2
# Name, share of the campaign's delivery in percent, and the place of its ad set.
_ADS = (("Desk photo", 50, 0), ("Chair video", 30, 0), ("Showroom", 20, 1))
_SETS = ("set", "set 2")
PLACEMENTS: Shares = {
    ("facebook", "feed"): 45,
    ("instagram", "feed"): 30,
    ("instagram", "instagram_stories"): 15,
    ("audience_network", "an_classic"): 10,
}
COUNTRIES: Shares = {("DE",): 50, ("CH",): 20, ("AT",): 14, ("FR",): 10, ("IT",): 6}
AGES_AND_GENDERS: Shares = {
    ("25-34", "female"): 15,
    ("25-34", "male"): 15,
    ("35-44", "female"): 25,
    ("35-44", "male"): 25,
    ("45-54", "male"): 18,
    ("unknown", "unknown"): 2,
}
# Breakdowns that may be asked for together -> the shares in percent of their values.
BREAKDOWNS: dict[tuple[str, ...], Shares] = {
    (): {(): 100},
    ("publisher_platform", "platform_position"): PLACEMENTS,
    ("country",): COUNTRIES,
    ("age", "gender"): AGES_AND_GENDERS,
}


@dataclass(frozen=True)
class Ad:
    """An ad of a campaign; from `deleted_on` on, a day of the account's zone, it is deleted."""

    ad_id: str
    name: str
    adset_id: str
    adset_name: str
    campaign: Campaign
    creative_id: str
    share: int
    deleted_on: date | None = None

    def status(self, today: date) -> str:
        return DELETED if self.deleted_on is not None and self.deleted_on <= today else ACTIVE

    def share_on(self, day: date) -> int:
        return self.share if self.status(day) == ACTIVE else 0


def ads_of(campaign: Campaign, last_day: date) -> tuple[Ad, ...]:
    """The ads of `campaign` in a world that ends on `last_day`; the first has the campaign's own ad id."""
    stem = campaign.campaign_id
    ad_ids = (campaign.ad_id, f"{stem}4", f"{stem}5")
    set_ids = (campaign.ad_group_id, f"{stem}3")
    return tuple(
        Ad(
            ad_ids[number],
            f"{campaign.name} ad" if number == 0 else f"{campaign.name} {name}",
            set_ids[place],
            f"{campaign.name} {_SETS[place]}",
            campaign,
            f"{stem}{number + 6}",
            share,
            last_day - timedelta(days=DAYS_OF_A_DELETED_AD) if number == 2 else None,
        )
        for number, (name, share, place) in enumerate(_ADS)
    )


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in whole parts in proportion to `weights`; the parts add up to it, and no weight gets no part."""
    whole, taken, parts, reached = sum(weights), 0, [], 0
    for weight in weights:
        reached += weight
        upto = total * reached // whole if whole else 0
        parts.append(upto - taken)
        taken = upto
    return parts


class Entities:
    """What hangs below one ad account, as the Graph API's nodes."""

    def __init__(self, world: World, account: Account) -> None:
        self._zone = ZoneInfo(account.time_zone)
        self._account = account
        self._start = world.start
        self.campaigns = [c for c in world.campaigns if c.account_id == account.account_id]
        self.ads = [ad for campaign in self.campaigns for ad in ads_of(campaign, world.today)]

    def edge(self, name: str, now: datetime, statuses: frozenset[str] | None) -> list[dict[str, Any]]:
        """The nodes of an edge with every field they have; deleted ones only where `statuses` name them."""
        today = local_day(now, self._account.time_zone)
        nodes = {"campaigns": self._campaigns, "adsets": self._adsets, "ads": self._ads, "adcreatives": self._creatives}
        found = list(nodes[name](today))
        if statuses is None:
            return [node for node in found if node.get("effective_status") != DELETED]
        return [node for node in found if node["effective_status"] in statuses]

    def _campaigns(self, today: date) -> Iterable[dict[str, Any]]:
        for campaign in self.campaigns:
            yield self._node(campaign.campaign_id, campaign.name, self._start) | {
                "objective": campaign.channel_type,
                "buying_type": "AUCTION",
            }

    def _adsets(self, today: date) -> Iterable[dict[str, Any]]:
        for ad in {ad.adset_id: ad for ad in self.ads}.values():
            yield self._node(ad.adset_id, ad.adset_name, self._start) | {
                "campaign_id": ad.campaign.campaign_id,
                "optimization_goal": "OFFSITE_CONVERSIONS",
                "billing_event": "IMPRESSIONS",
                # In minor units, unlike `spend`.
                "daily_budget": "5000",
                "lifetime_budget": "0",
                "attribution_spec": [
                    {"event_type": "CLICK_THROUGH", "window_days": 7},
                    {"event_type": "VIEW_THROUGH", "window_days": 1},
                ],
            }

    def _ads(self, today: date) -> Iterable[dict[str, Any]]:
        for ad in self.ads:
            status = ad.status(today)
            changed = ad.deleted_on if status == DELETED and ad.deleted_on else self._start
            yield self._node(ad.ad_id, ad.name, changed, status) | {
                "adset_id": ad.adset_id,
                "campaign_id": ad.campaign.campaign_id,
                "creative": {"id": ad.creative_id},
            }

    def _creatives(self, today: date) -> Iterable[dict[str, Any]]:
        for number, ad in enumerate(self.ads):
            source, medium = ad.campaign.utm_source, ad.campaign.utm_medium
            tags = (
                f"utm_source={source}&utm_medium={medium}&utm_campaign={{{{campaign.name}}}}&utm_id={{{{campaign.id}}}}"
            )
            in_link = number % len(_ADS) == 1
            # Some people write the parameters into the link instead of the field that is made for them.
            link = f"{SITE}/desks?{tags}" if in_link else f"{SITE}/desks"
            yield {
                "id": ad.creative_id,
                "account_id": self._account.account_id,
                "name": f"{ad.name} creative",
                "title": "Desks that grow with you",
                "body": "Furniture for small offices.",
                "object_type": "VIDEO" if in_link else "SHARE",
                "status": ACTIVE,
                "call_to_action_type": "LEARN_MORE",
                "effective_object_story_id": f"{PAGE_ID}_{ad.creative_id}",
                "object_story_spec": _story(link, is_video=in_link),
            } | ({} if in_link else {"url_tags": f"{tags}&utm_content={{{{ad.name}}}}"})

    def _node(self, node_id: str, name: str, changed: date, status: str = ACTIVE) -> dict[str, Any]:
        return {
            "id": node_id,
            "account_id": self._account.account_id,
            "name": name,
            "status": status,
            "effective_status": status,
            "created_time": self._time(self._start),
            "updated_time": self._time(changed),
            "start_time": self._time(self._start),
        }

    def _time(self, day: date) -> str:
        return datetime(day.year, day.month, day.day, 9, tzinfo=self._zone).strftime("%Y-%m-%dT%H:%M:%S%z")


def _story(link: str, *, is_video: bool) -> dict[str, Any]:
    if is_video:
        call = {"type": "LEARN_MORE", "value": {"link": link}}
        return {"page_id": PAGE_ID, "video_data": {"video_id": "77", "call_to_action": call}}
    return {"page_id": PAGE_ID, "link_data": {"link": link, "message": "Furniture for small offices."}}


EDGE_FIELDS = {
    "campaigns": "id account_id name status effective_status objective buying_type daily_budget lifetime_budget "
    "start_time stop_time created_time updated_time",
    "adsets": "id account_id campaign_id name status effective_status optimization_goal billing_event daily_budget "
    "lifetime_budget attribution_spec start_time end_time created_time updated_time",
    "ads": "id account_id adset_id campaign_id name status effective_status creative created_time updated_time",
    "adcreatives": "id account_id name title body object_type status call_to_action_type effective_object_story_id "
    "object_story_spec asset_feed_spec url_tags link_url",
}
