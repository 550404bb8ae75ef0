"""GA4's export, made day by day from the world's sessions: one dict an event, in the schema of the daily tables.

Records that are alike (a device, a place, a campaign) are one object: the server renders each of them once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from ingestion.sandbox.model import Session, Visitor, World
from ingestion.sandbox.world_catalog import (
    ACCOUNTS,
    COUNTRY_NAMES,
    EMAIL,
    ORGANIC,
    PROPERTY_ZONE,
    SITE,
    TOUCHES,
    UNASSIGNED,
    Touch,
)
from ingestion.sandbox.world_time import day_clock, midnight, utc

Event = dict[str, Any]

FINAL_VERSION = 3
KEY_EVENTS = ("generate_lead",)
HOSTNAME = SITE.removeprefix("https://")
STREAM_ID = "4567890123"
# Longer than any session: what begins earlier before midnight does not reach the next day.
_LONGEST_SESSION = 3 * 3600

_PAGES = (
    ("/", "Larkspur Office"),
    ("/schreibtische/", "Schreibtische"),
    ("/buerostuehle/", "Bürostühle"),
    ("/besprechung/", "Besprechungsmöbel"),
    ("/akustik/", "Akustik"),
    ("/katalog/", "Katalog"),
    ("/referenzen/", "Referenzen"),
    ("/service/", "Service"),
)
_CONTACT_PAGE = ("/kontakt/", "Angebot anfragen")
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


def export_version(world: World, day: date, now: datetime) -> int | None:
    """How often the table of `day` had been rewritten by `now`: 0 to FINAL_VERSION, None while there is no table.

    A day has a table from its end in the property's zone on, and none at all when nothing was tracked.
    """
    if day in world.dark_days or not world.start <= day <= world.today:
        return None
    age = now - midnight(day + timedelta(days=1), PROPERTY_ZONE)
    return None if age < timedelta(0) else min(age.days, FINAL_VERSION)


@lru_cache(maxsize=4)
def events_for(world: World, day: date, version: int = FINAL_VERSION) -> list[Event]:
    """The events of `day` (Europe/Berlin), as its table held them after `version` rewrites.

    Late visits are missing from a version below FINAL_VERSION; a day without tracking has none. The list and its
    dicts are shared: leave them as they are.
    """
    if day in world.dark_days:
        return []
    clock = day_clock(PROPERTY_ZONE, world.start, (world.today - world.start).days + 2)
    index = (day - world.start).days
    if not 0 <= index < len(clock.midnights) - 1:
        return []
    opens, closes = clock.midnights[index] * 1_000_000, clock.midnights[index + 1] * 1_000_000
    before = world.sessions.get(day - timedelta(days=1), ())
    spilling = [s for s in before if s.started_at + _LONGEST_SESSION >= clock.midnights[index]]
    found: list[Event] = []
    for session in (*spilling, *world.sessions.get(day, ())):
        if session.late_days <= version:
            made = session_events(world, session)
            found.extend(event for event in made if opens <= event["event_timestamp"] < closes)
    text = day.strftime("%Y%m%d")
    for event in found:
        event["event_date"] = text
    return found


def session_events(world: World, session: Session) -> list[Event]:
    """Everything that GA4 recorded of a visit, without `event_date`."""
    visitor = world.visitors[session.visitor]
    touch = TOUCHES[session.touch]
    bits = session.bits
    micros = session.started_at * 1_000_000 + bits % 1_000_000
    consent = visitor.has_consent
    shared: Event = {
        "event_date": "",
        "event_timestamp": micros,
        "event_name": "",
        "event_params": [],
        "user_id": None,
        "user_pseudo_id": visitor.client_id if consent else None,
        "privacy_info": _PRIVACY[consent],
        "user_properties": _NOTHING,
        "user_first_touch_timestamp": visitor.first_seen_at * 1_000_000 if consent else None,
        "device": _device(visitor.device, visitor.country, session.visitor % 12),
        "geo": _geo(visitor.country, session.visitor % 7),
        "traffic_source": _first_source(visitor.first_touch if consent else None),
        "stream_id": STREAM_ID,
        "platform": "WEB",
        "event_dimensions": _HOST,
        "items": _NOTHING,
        "collected_traffic_source": None,
        "is_active_user": session.is_engaged if consent else None,
        "batch_event_index": 1,
        "batch_page_id": session.started_at * 1000,
        "batch_ordering_id": 1,
        "session_traffic_source_last_click": _last_click(*_label(session)) if consent else None,
    }
    path = _SessionPath(session, visitor, touch, shared)
    return path.walk(micros)


class _SessionPath:
    """The pages of one visit, in order."""

    def __init__(self, session: Session, visitor: Visitor, touch: Touch, shared: Event) -> None:
        self.session = session
        self.shared = shared
        self.has_consent = visitor.has_consent
        self.touch = touch
        self.bits = session.bits >> 20
        self.ordering = 0
        self.events: list[Event] = []
        self.base: list[Event] = []
        if visitor.has_consent:
            self.base = [
                _int("ga_session_id", session.started_at),
                _int_shared("ga_session_number", session.number),
            ]
        engaged = "1" if session.is_engaged else "0"
        self.engaged_text = _text_shared("session_engaged", engaged)
        # The web tag writes this as a number on the first events and as text on the others.
        self.engaged_first = _int_shared("session_engaged", 1) if session.is_engaged else self.engaged_text

    def take(self, among: int) -> int:
        """A choice among so many, from the session's own chance."""
        value = self.bits % among
        self.bits //= among
        return value

    def walk(self, micros: int) -> list[Event]:
        session = self.session
        landing = _PAGES[self.take(len(_PAGES))] if session.touch != ORGANIC or self.take(3) else _PAGES[0]
        landing_query = _landing_query(session, self.touch)
        location = _text("page_location", f"{SITE}{landing[0]}{landing_query}")
        first = [*self.base, location]
        if self.touch.referrer:
            first.append(_text_shared("page_referrer", self.touch.referrer))
        collected = _collected(session, self.touch, self.has_consent)
        if self.has_consent:
            if session.number == 1:
                self.add("first_visit", micros, [*first, self.engaged_first], collected)
            self.add("session_start", micros, [*first, self.engaged_first], collected)
        self.add("page_view", micros, [*first, self.engaged_text], collected)
        step = self._step()
        here = [*self.base, location, self.engaged_text]
        if session.is_engaged and self.take(2):
            self.add("scroll", micros + step // 2, [*here, _SCROLLED, _int("engagement_time_msec", step // 2_000)])
        at, previous = micros, location
        for number in range(1, session.page_views):
            at = micros + number * step
            page = _PAGES[self.take(len(_PAGES))]
            if session.lead_at and number == session.page_views - 1:
                page = _CONTACT_PAGE
            here = [
                *self.base,
                _page_location(page[0]),
                {"key": "page_referrer", "value": previous["value"]},
                self.engaged_text,
            ]
            previous = here[len(self.base)]
            self.add("page_view", at, [*here, _int("engagement_time_msec", step // 1000)])
            if page in _PAGES[1:5] and self.take(2):
                self.add("view_item", at, here, items=_item(page[0]))
            elif page is _PAGES[5]:
                self.add("file_download", at + 2_000_000, [*here, _PDF])
        if session.lead_at:
            at = session.lead_at * 1_000_000
            self.add("generate_lead", at, [*here, _FORM])
        elif session.is_engaged or self.take(3) == 0:
            stayed = (11_000 + self.take(60) * 1000) if session.is_engaged else 1000 + self.take(8) * 1000
            self.add("user_engagement", at + stayed * 1000, [*here, _int("engagement_time_msec", stayed)])
        return self.events

    def _step(self) -> int:
        """Microseconds from page to page; a lead's last page comes before the form is sent."""
        if self.session.lead_at:
            return (self.session.lead_at - self.session.started_at) * 1_000_000 // (self.session.page_views + 1)
        return (12 + self.take(50)) * 1_000_000

    def add(
        self, name: str, at: int, params: list[Event], collected: Event | None = None, items: list[Event] | None = None
    ) -> None:
        self.ordering += 1
        event = self.shared.copy()
        event["event_name"] = name
        event["event_timestamp"] = at
        event["event_params"] = params
        event["batch_ordering_id"] = self.ordering
        if collected is not None:
            event["collected_traffic_source"] = collected
        if items is not None:
            event["items"] = items
        self.events.append(event)


def _int(key: str, value: int) -> Event:
    return {"key": key, "value": {"int_value": value}}


def _text(key: str, value: str) -> Event:
    return {"key": key, "value": {"string_value": value}}


_int_shared = lru_cache(maxsize=512)(_int)
_text_shared = lru_cache(maxsize=512)(_text)


@lru_cache(maxsize=64)
def _page_location(path: str) -> Event:
    return _text("page_location", f"{SITE}{path}")


_NOTHING: list[Event] = []
_SCROLLED = _int("percent_scrolled", 90)
_PDF = _text("file_name", "/katalog/larkspur-katalog.pdf")
_FORM = _text("form_id", "angebot")
_HOST = {"hostname": HOSTNAME}
_PRIVACY = {
    True: {"analytics_storage": "Yes", "ads_storage": "Yes", "uses_transient_token": "No"},
    False: {"analytics_storage": "No", "ads_storage": "No", "uses_transient_token": "Yes"},
}


@lru_cache(maxsize=64)
def _item(path: str) -> list[Event]:
    number = next(index for index, page in enumerate(_PAGES) if page[0] == path)
    return [{"item_id": f"LK-{100 + number}", "item_name": _PAGES[number][1], "price": 190.0 + 60 * number,
             "quantity": 1}]  # fmt: skip


@lru_cache(maxsize=1024)
def _device(device: str, country: str, number: int) -> Event:
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
def _geo(country: str, number: int) -> Event:
    city, region = _CITIES[country][number % len(_CITIES[country])]
    return {
        "city": city,
        "country": COUNTRY_NAMES[country],
        "continent": "Europe",
        "region": region,
        "sub_continent": "Southern Europe" if country == "IT" else "Western Europe",
    }


@lru_cache(maxsize=64)
def _first_source(touch: int | None) -> Event | None:
    if touch is None:
        return None
    first = TOUCHES[touch]
    return {"name": first.campaign_name, "medium": first.medium, "source": first.source}


def _label(session: Session) -> tuple[int, str, str]:
    """What GA4 calls the visit: its touch, campaign name, and the pretended channel where it is mislabelled."""
    if session.is_mislabelled:
        return ORGANIC if session.bits & 1 else 2, "", ""
    return session.touch, campaign_name(session), TOUCHES[session.touch].channel


def campaign_name(session: Session) -> str:
    """The campaign of a visit; each week's newsletter is a campaign of its own."""
    if session.touch == EMAIL:
        year, week, _ = utc(session.started_at).isocalendar()
        return f"newsletter-{year}-w{week:02d}"
    return TOUCHES[session.touch].campaign_name


@lru_cache(maxsize=512)
def _last_click(number: int, name: str, _channel: str) -> Event:
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


def _landing_query(session: Session, touch: Touch) -> str:
    campaign = touch.campaign
    if campaign is not None and campaign.platform == "google_ads":
        return f"?gad_source=1&gad_campaignid={campaign.campaign_id}&gclid={session.click_id}"
    if campaign is not None:
        tags = {"utm_source": touch.source, "utm_medium": touch.medium, "utm_campaign": campaign.name}
        return f"?{urlencode({**tags, 'utm_id': campaign.campaign_id})}&fbclid={session.click_id}"
    if session.touch == EMAIL:
        return f"?utm_source=newsletter&utm_medium=email&utm_campaign={campaign_name(session)}"
    return "?utm_campaign=flyer" if session.touch == UNASSIGNED else ""


def _collected(session: Session, touch: Touch, has_consent: bool) -> Event | None:
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
