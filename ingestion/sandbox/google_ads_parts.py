"""How a campaign's delivery divides among ad groups, ads, keywords, asset groups and countries.

The shares are tenths, so that every part follows from the campaign by hand. Ads and keywords exist outside Performance
Max only, asset groups inside it only. A tenth of a campaign has no known place: geography adds up to less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ingestion.sandbox.google_ads_entities import COUNTRIES, campaign_row, customer_row
from ingestion.sandbox.model import Account, Campaign

WHOLE = 10
ADS = (("2", 7), ("3", 3))
KEYWORDS = (("7", "PHRASE", 6), ("8", "EXACT", 4))
ASSET_GROUPS = (("5", "Office", 6), ("6", "Home", 4))
PLACES = {"CHF": (("CH", 9),)}
OTHER_PLACES = (("DE", 6), ("AT", 2), ("FR", 1))


class Part(NamedTuple):
    """One entity below a campaign: its fields, and its share of the campaign in tenths."""

    row: dict[str, Any]
    tenths: int


def parts_of(resource: str, campaign: Campaign, account: Account) -> list[Part]:
    """The entities of `resource` below `campaign`; none where campaigns of its kind have none."""
    base = customer_row(account) | campaign_row(campaign)
    return [Part(base | part.row, part.tenths) for part in _PARTS[resource](campaign, account)]


def shared(total: int, parts: Sequence[Part]) -> list[int]:
    """`total` in whole numbers by share; what rounding leaves goes to the first part where the shares make a whole."""
    amounts = [total * part.tenths // WHOLE for part in parts]
    if amounts and sum(part.tenths for part in parts) == WHOLE:
        amounts[0] += total - sum(amounts)
    return amounts


def drawn(draw: int, parts: Sequence[Part]) -> int | None:
    """The part that a single conversion belongs to, by its number `draw`; None for one without a known place."""
    left = draw % WHOLE
    for number, part in enumerate(parts):
        left -= part.tenths
        if left < 0:
            return number
    return None


def ad_group_fields(campaign: Campaign) -> dict[str, Any]:
    """The fields of the campaign's `ad_group`."""
    root = f"customers/{campaign.account_id}"
    return {
        "ad_group.resource_name": f"{root}/adGroups/{campaign.ad_group_id}",
        "ad_group.id": int(campaign.ad_group_id),
        "ad_group.name": f"{campaign.name} group",
        "ad_group.status": "ENABLED",
        "ad_group.type": "SEARCH_STANDARD",
        "ad_group.campaign": f"{root}/campaigns/{campaign.campaign_id}",
    }


def _whole(campaign: Campaign, account: Account) -> list[Part]:
    return [Part({}, WHOLE)]


def _ad_groups(campaign: Campaign, account: Account) -> list[Part]:
    return [] if _has_assets(campaign) else [Part(ad_group_fields(campaign), WHOLE)]


def _ads(campaign: Campaign, account: Account) -> list[Part]:
    if _has_assets(campaign):
        return []
    root, group = f"customers/{campaign.account_id}", campaign.ad_group_id
    parts = []
    for ending, tenths in ADS:
        ad_id = f"{campaign.campaign_id}{ending}"
        fields = {
            "ad_group_ad.resource_name": f"{root}/adGroupAds/{group}~{ad_id}",
            "ad_group_ad.status": "ENABLED",
            "ad_group_ad.ad.resource_name": f"{root}/ads/{ad_id}",
            "ad_group_ad.ad.id": int(ad_id),
            "ad_group_ad.ad.type": "RESPONSIVE_SEARCH_AD",
            "ad_group_ad.ad.final_urls": [f"https://www.larkspur-office.example/?ad={ad_id}"],
        }
        parts.append(Part(ad_group_fields(campaign) | fields, tenths))
    return parts


def _keywords(campaign: Campaign, account: Account) -> list[Part]:
    if not campaign.keyword or _has_assets(campaign):
        return []
    root, group = f"customers/{campaign.account_id}", campaign.ad_group_id
    parts = []
    for ending, match_type, tenths in KEYWORDS:
        criterion = f"{group}{ending}"
        fields = {
            "keyword_view.resource_name": f"{root}/keywordViews/{group}~{criterion}",
            "ad_group_criterion.resource_name": f"{root}/adGroupCriteria/{group}~{criterion}",
            "ad_group_criterion.criterion_id": int(criterion),
            "ad_group_criterion.status": "ENABLED",
            "ad_group_criterion.keyword.text": campaign.keyword,
            "ad_group_criterion.keyword.match_type": match_type,
        }
        parts.append(Part(ad_group_fields(campaign) | fields, tenths))
    return parts


def _asset_groups(campaign: Campaign, account: Account) -> list[Part]:
    if not _has_assets(campaign):
        return []
    root = f"customers/{campaign.account_id}"
    return [
        Part(
            {
                "asset_group.resource_name": f"{root}/assetGroups/{campaign.campaign_id}{ending}",
                "asset_group.id": int(f"{campaign.campaign_id}{ending}"),
                "asset_group.name": f"{campaign.name} {name}",
                "asset_group.status": "ENABLED",
                "asset_group.campaign": f"{root}/campaigns/{campaign.campaign_id}",
            },
            tenths,
        )
        for ending, name, tenths in ASSET_GROUPS
    ]


def _places(campaign: Campaign, account: Account) -> list[Part]:
    parts = []
    for code, tenths in PLACES.get(account.currency, OTHER_PLACES):
        number, _ = COUNTRIES[code]
        fields = {
            "geographic_view.resource_name": f"customers/{campaign.account_id}/geographicViews/{number}~2",
            "geographic_view.country_criterion_id": number,
            "geographic_view.location_type": "LOCATION_OF_PRESENCE",
        }
        parts.append(Part(fields, tenths))
    return parts


def _has_assets(campaign: Campaign) -> bool:
    return campaign.channel_type == "PERFORMANCE_MAX"


_PARTS: dict[str, Callable[[Campaign, Account], list[Part]]] = {
    "customer": _whole,
    "campaign": _whole,
    "ad_group": _ad_groups,
    "ad_group_ad": _ads,
    "keyword_view": _keywords,
    "asset_group": _asset_groups,
    "geographic_view": _places,
}
