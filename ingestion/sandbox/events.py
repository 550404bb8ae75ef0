"""GA4's export, made day by day from the world's sessions: one dict an event, in the schema of the daily tables.

Records that are alike (a device, a place, a campaign) are one object: the server renders each of them once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

from ingestion.sandbox.event_records import (
    CONTACT_PAGE,
    FORM,
    HOST,
    NOTHING,
    PAGES,
    PDF,
    PRIVACY,
    SCROLLED,
    Event,
    collected_source,
    device_of,
    first_source,
    geo_of,
    int_parameter,
    int_shared,
    items_of,
    label_of,
    landing_query,
    last_click,
    page_location,
    text_parameter,
    text_shared,
)
from ingestion.sandbox.model import Session, Visitor, World
from ingestion.sandbox.world_catalog import ORGANIC, PROPERTY_ZONE, SITE, TOUCHES, Touch
from ingestion.sandbox.world_time import day_clock, midnight

FINAL_VERSION = 3
KEY_EVENTS = ("generate_lead",)
STREAM_ID = "4567890123"
# Longer than any session: what begins earlier before midnight does not reach the next day.
_LONGEST_SESSION = 3 * 3600


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
        "privacy_info": PRIVACY[consent],
        "user_properties": NOTHING,
        "user_first_touch_timestamp": visitor.first_seen_at * 1_000_000 if consent else None,
        "device": device_of(visitor.device, visitor.country, session.visitor % 12),
        "geo": geo_of(visitor.country, session.visitor % 7),
        "traffic_source": first_source(visitor.first_touch if consent else None),
        "stream_id": STREAM_ID,
        "platform": "WEB",
        "event_dimensions": HOST,
        "items": NOTHING,
        "collected_traffic_source": None,
        "is_active_user": session.is_engaged if consent else None,
        "batch_event_index": 1,
        "batch_page_id": session.started_at * 1000,
        "batch_ordering_id": 1,
        "session_traffic_source_last_click": last_click(*label_of(session)) if consent else None,
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
                int_parameter("ga_session_id", session.started_at),
                int_shared("ga_session_number", session.number),
            ]
        engaged = "1" if session.is_engaged else "0"
        self.engaged_text = text_shared("session_engaged", engaged)
        # The web tag writes this as a number on the first events and as text on the others.
        self.engaged_first = int_shared("session_engaged", 1) if session.is_engaged else self.engaged_text

    def take(self, among: int) -> int:
        """A choice among so many, from the session's own chance."""
        value = self.bits % among
        self.bits //= among
        return value

    def walk(self, micros: int) -> list[Event]:
        session = self.session
        landing = PAGES[self.take(len(PAGES))] if session.touch != ORGANIC or self.take(3) else PAGES[0]
        location = text_parameter("page_location", f"{SITE}{landing[0]}{landing_query(session, self.touch)}")
        first = [*self.base, location]
        if self.touch.referrer:
            first.append(text_shared("page_referrer", self.touch.referrer))
        collected = collected_source(session, self.touch, self.has_consent)
        if self.has_consent:
            if session.number == 1:
                self.add("first_visit", micros, [*first, self.engaged_first], collected)
            self.add("session_start", micros, [*first, self.engaged_first], collected)
        self.add("page_view", micros, [*first, self.engaged_text], collected)
        step = self._step()
        here = [*self.base, location, self.engaged_text]
        if session.is_engaged and self.take(2):
            self.add(
                "scroll", micros + step // 2, [*here, SCROLLED, int_parameter("engagement_time_msec", step // 2_000)]
            )
        at, previous = micros, location
        for number in range(1, session.page_views):
            at = micros + number * step
            page = PAGES[self.take(len(PAGES))]
            if session.lead_at and number == session.page_views - 1:
                page = CONTACT_PAGE
            here = [
                *self.base,
                page_location(page[0]),
                {"key": "page_referrer", "value": previous["value"]},
                self.engaged_text,
            ]
            previous = here[len(self.base)]
            self.add("page_view", at, [*here, int_parameter("engagement_time_msec", step // 1000)])
            if page in PAGES[1:5] and self.take(2):
                self.add("view_item", at, here, items=items_of(page[0]))
            elif page is PAGES[5]:
                self.add("file_download", at + 2_000_000, [*here, PDF])
        if session.lead_at:
            at = session.lead_at * 1_000_000
            self.add("generate_lead", at, [*here, FORM])
        elif session.is_engaged or self.take(3) == 0:
            stayed = (11_000 + self.take(60) * 1000) if session.is_engaged else 1000 + self.take(8) * 1000
            self.add("user_engagement", at + stayed * 1000, [*here, int_parameter("engagement_time_msec", stayed)])
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
