"""The records of which GA4's events are made; those that are alike are one object."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from ingestion.sandbox.model import Session
from ingestion.sandbox.world_catalog import (
    ACCOUNTS,
    COUNTRY_NAMES,
    DIRECT,
    EMAIL,
    ORGANIC,
    SITE,
    TOUCHES,
    UNASSIGNED,
    Touch,
)
from ingestion.sandbox.world_time import utc

Event = dict[str, Any]

HOSTNAME = SITE.removeprefix("https://")
PAGES = (
    ("/", "Larkspur Office"),
    ("/schreibtische/", "Schreibtische"),
    ("/buerostuehle/", "Bürostühle"),
    ("/besprechung/", "Besprechungsmöbel"),
    ("/akustik/", "Akustik"),
    ("/katalog/", "Katalog"),
    ("/referenzen/", "Referenzen"),
    ("/service/", "Service"),
)
CONTACT_PAGE = ("/kontakt/", "Angebot anfragen")
_CITIES = {
    "DE": (("Berlin", "Berlin"), ("Munich", "Bavaria"), ("Hamburg", "Hamburg"), ("Cologne", "North Rhine-Westphalia")),
    "CH": (("Zurich", "Zurich"), ("Geneva", "Geneva"), ("Basel", "Basel-City"), ("(not set)", "(not set)")),
    "AT": (("Vienna", "Vienna"), ("Graz", "Styria"), ("Linz", "Upper Austria")),
    "FR": (("Paris", "Ile-de-France"), ("Strasbourg", "Grand Est"), ("Lyon", "Auvergne-Rhone-Alpes")),
    "IT": (("Milan", "Lombardy"), ("Turin", "Piedmont"), ("Bolzano", "Trentino-Alto Adige")),
}
_LANGUAGES = {"DE": "de-de", "CH": "de-ch", "AT": "de-at", "FR": "fr-fr", "IT": "it-it"}
_SYSTEMS = {
    "DESKTOP": (("Windows", "Chrome"), ("Windows", "Edge"), ("Macintosh", "Safari"), ("Linux", "Firefox")),
    "MOBILE": (("Android", "Chrome"), ("iOS", "Safari"), ("Android", "Samsung Internet")),
    "TABLET": (("iOS", "Safari"), ("Android", "Chrome")),
}
_ACCOUNT_NAMES = {account.account_id: account.name for account in ACCOUNTS}


def int_parameter(key: str, value: int) -> Event:
    """An event parameter with a number."""
    return {"key": key, "value": {"int_value": value}}


def text_parameter(key: str, value: str) -> Event:
    """An event parameter with a text."""
    return {"key": key, "value": {"string_value": value}}


int_shared = lru_cache(maxsize=512)(int_parameter)
text_shared = lru_cache(maxsize=512)(text_parameter)


@lru_cache(maxsize=64)
def page_location(path: str) -> Event:
    """The address of a page within the site."""
    return text_parameter("page_location", f"{SITE}{path}")


NOTHING: list[Event] = []
SCROLLED = int_parameter("percent_scrolled", 90)
PDF = text_parameter("file_name", "/katalog/larkspur-katalog.pdf")
FORM = text_parameter("form_id", "angebot")
HOST = {"hostname": HOSTNAME}
PRIVACY = {
    True: {"analytics_storage": "Yes", "ads_storage": "Yes", "uses_transient_token": "No"},
    False: {"analytics_storage": "No", "ads_storage": "No", "uses_transient_token": "Yes"},
}


@lru_cache(maxsize=64)
def items_of(path: str) -> list[Event]:
    """What was looked at on a product's page."""
    number = next(index for index, page in enumerate(PAGES) if page[0] == path)
    return [{"item_id": f"LK-{100 + number}", "item_name": PAGES[number][1], "price": 190.0 + 60 * number,
             "quantity": 1}]  # fmt: skip


@lru_cache(maxsize=1024)
def device_of(device: str, country: str, number: int) -> Event:
    """A device, its system and browser by `number`."""
    systems = _SYSTEMS[device]
    system, browser = systems[number % len(systems)]
    web = {"browser": browser, "browser_version": "142.0", "hostname": HOSTNAME}
    return {
        "category": device.lower(),
        "operating_system": system,
        "language": _LANGUAGES[country],
        "is_limited_ad_tracking": "No",
        "browser": browser,
        "web_info": web,
    }


@lru_cache(maxsize=256)
def geo_of(country: str, number: int) -> Event:
    """A city of the country, by `number`."""
    city, region = _CITIES[country][number % len(_CITIES[country])]
    return {
        "city": city,
        "country": COUNTRY_NAMES[country],
        "continent": "Europe",
        "region": region,
        "sub_continent": "Southern Europe" if country == "IT" else "Western Europe",
    }


@lru_cache(maxsize=64)
def first_source(touch: int | None) -> Event | None:
    """Where the browser first came from."""
    if touch is None:
        return None
    first = TOUCHES[touch]
    return {"name": first.campaign_name, "medium": first.medium, "source": first.source}


def label_of(session: Session) -> tuple[int, str]:
    """What GA4 calls the visit: its touch and campaign name; a mislabelled one pretends to be organic or direct."""
    if session.is_mislabelled:
        return ORGANIC if session.bits & 1 else DIRECT, ""
    return session.touch, campaign_name(session)


def campaign_name(session: Session) -> str:
    """The campaign of a visit; each week's newsletter is a campaign of its own."""
    if session.touch == EMAIL:
        year, week, _ = utc(session.started_at).isocalendar()
        return f"newsletter-{year}-w{week:02d}"
    return TOUCHES[session.touch].campaign_name


@lru_cache(maxsize=512)
def last_click(number: int, name: str) -> Event:
    """session_traffic_source_last_click of a touch."""
    touch = TOUCHES[number]
    name = name or touch.campaign_name
    campaign = touch.campaign
    campaign_id = campaign.campaign_id if campaign else None
    cross = {
        "campaign_id": campaign_id or "(not set)",
        "campaign_name": name,
        "source": touch.source,
        "medium": touch.medium,
        "source_platform": "Google Ads" if campaign and campaign.platform == "google_ads" else "Manual",
        "default_channel_group": touch.channel,
        "primary_channel_group": touch.channel,
    }
    record: Event = {"manual_campaign": None, "google_ads_campaign": None, "cross_channel_campaign": cross}
    if campaign is not None and campaign.platform == "google_ads":
        record["google_ads_campaign"] = {
            "customer_id": campaign.account_id,
            "account_name": _ACCOUNT_NAMES[campaign.account_id],
            "campaign_id": campaign_id,
            "campaign_name": name,
            "ad_group_id": campaign.ad_group_id,
            "ad_group_name": name,
        }
    elif campaign is not None or number in (EMAIL, UNASSIGNED):
        record["manual_campaign"] = {
            "campaign_id": campaign_id,
            "campaign_name": name,
            "source": touch.source,
            "medium": touch.medium,
        }
    return record


def landing_query(session: Session, touch: Touch) -> str:
    """The query string of the landing page: tags and click id."""
    campaign = touch.campaign
    if campaign is not None and campaign.platform == "google_ads":
        return f"?gad_source=1&gad_campaignid={campaign.campaign_id}&gclid={session.click_id}"
    if campaign is not None:
        tags = {"utm_source": touch.source, "utm_medium": touch.medium, "utm_campaign": campaign.name}
        return f"?{urlencode({**tags, 'utm_id': campaign.campaign_id})}&fbclid={session.click_id}"
    if session.touch == EMAIL:
        return f"?utm_source=newsletter&utm_medium=email&utm_campaign={campaign_name(session)}"
    return "?utm_campaign=flyer" if session.touch == UNASSIGNED else ""


def collected_source(session: Session, touch: Touch, has_consent: bool) -> Event | None:
    """collected_traffic_source of the first events."""
    campaign = touch.campaign
    if campaign is not None and campaign.platform == "google_ads":
        # Without consent the click id is stripped here, and mislabelled clicks are those where it got lost.
        known = has_consent and not session.is_mislabelled
        return {"gclid": session.click_id} if known else None
    if campaign is not None:
        return {
            "manual_campaign_id": campaign.campaign_id,
            "manual_campaign_name": campaign.name,
            "manual_source": touch.source,
            "manual_medium": touch.medium,
        }
    if session.touch == EMAIL:
        return {
            "manual_campaign_name": campaign_name(session),
            "manual_source": "newsletter",
            "manual_medium": "email",
        }
    return {"manual_campaign_name": "flyer"} if session.touch == UNASSIGNED else None
