"""Campaigns, ad sets, ads and creatives as rows, with the UTM parameters that an ad's link carries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ingestion.meta_ads.reports import AD_STATUSES, ADSET_STATUSES, CAMPAIGN_STATUSES, Row, as_json

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "utm_id")


@dataclass(frozen=True)
class Edge:
    """One table of what an ad account holds: the edge, its fields, and how a node becomes a row."""

    table: str
    edge: str
    fields: tuple[str, ...]
    row: Callable[[Row], Row]
    statuses: tuple[str, ...] = ()

    @property
    def params(self) -> dict[str, str]:
        return {"effective_status": json.dumps(self.statuses)} if self.statuses else {}


def _plain(key: str, fields: tuple[str, ...]) -> Callable[[Row], Row]:
    def row(node: Row) -> Row:
        nested = {"attribution_spec"}
        return {key: node["id"]} | {
            name: as_json(node.get(name)) if name in nested else node.get(name) for name in fields
        }

    return row


def _ad(node: Row) -> Row:
    creative = node.get("creative") or {}
    return _plain("ad_id", _AD_FIELDS)(node) | {"creative_id": creative.get("id")}


def _creative(node: Row) -> Row:
    links = list(_links(node))
    parameters: dict[str, str] = {}
    for link in links:
        parameters = dict(parse_qsl(urlsplit(link).query)) | parameters
    # What stands in the field made for it is appended to every link, so it goes first.
    parameters |= dict(parse_qsl(str(node.get("url_tags") or "")))
    return (
        _plain("creative_id", _CREATIVE_FIELDS)(node)
        | {"link_url": links[0] if links else None}
        | {name: parameters.get(name) for name in UTM}
    )


def _links(node: Row) -> Iterator[str]:
    """Every link of a creative, by the kinds of ads that there are."""
    story, feed = node.get("object_story_spec") or {}, node.get("asset_feed_spec") or {}
    link_data, video = story.get("link_data") or {}, story.get("video_data") or {}
    cards: list[Any] = [*(link_data.get("child_attachments") or ()), *(feed.get("link_urls") or ())]
    found = [
        node.get("link_url"),
        link_data.get("link"),
        ((video.get("call_to_action") or {}).get("value") or {}).get("link"),
        (story.get("template_data") or {}).get("link"),
        *(card.get("link") or card.get("website_url") for card in cards),
    ]
    return (str(link) for link in found if link)


_STATUS_FIELDS = ("name", "status", "effective_status")
_TIMES = ("created_time", "updated_time")
_CAMPAIGN_FIELDS = (
    *_STATUS_FIELDS, "objective", "buying_type", "daily_budget", "lifetime_budget", "start_time", "stop_time", *_TIMES,
)  # fmt: skip
_ADSET_FIELDS = (
    "campaign_id", *_STATUS_FIELDS, "optimization_goal", "billing_event", "daily_budget", "lifetime_budget",
    "attribution_spec", "start_time", "end_time", *_TIMES,
)  # fmt: skip
_AD_FIELDS = ("adset_id", "campaign_id", *_STATUS_FIELDS, *_TIMES)
_CREATIVE_FIELDS = (
    "name", "title", "body", "object_type", "status", "call_to_action_type", "effective_object_story_id", "url_tags",
)  # fmt: skip
EDGES = (
    Edge("campaigns", "campaigns", _CAMPAIGN_FIELDS, _plain("campaign_id", _CAMPAIGN_FIELDS), CAMPAIGN_STATUSES),
    Edge("ad_sets", "adsets", _ADSET_FIELDS, _plain("adset_id", _ADSET_FIELDS), ADSET_STATUSES),
    Edge("ads", "ads", (*_AD_FIELDS, "creative"), _ad, AD_STATUSES),
    Edge(
        "creatives",
        "adcreatives",
        (*_CREATIVE_FIELDS, "link_url", "object_story_spec", "asset_feed_spec"),
        _creative,
    ),
)
