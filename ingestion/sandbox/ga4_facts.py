"""What GA4 knows of a day at a moment: its sessions, as far as Google has processed them.

They are made from the events that the export holds, so that the two agree once both are final. Events without consent
carry no user and no session: reports leave them out, the export has them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

from ingestion.sandbox.event_records import Event
from ingestion.sandbox.events import KEY_EVENTS, events_for, export_version
from ingestion.sandbox.model import World
from ingestion.sandbox.world_catalog import PROPERTY_ZONE
from ingestion.sandbox.world_time import midnight

MATURE_AFTER = timedelta(hours=48)


class Fact(NamedTuple):
    """One session on one day."""

    day: date
    user: str
    session: int
    channel: str
    source: str
    medium: str
    campaign: str
    ads_campaign: str
    device: str
    country: str
    is_engaged: bool
    is_new: bool
    events: int
    names: tuple[tuple[str, int], ...]
    """(event name, how often)."""
    items: tuple[str, ...]
    """What was looked at, once for each view."""
    engagement_ms: int

    def count(self, *names: str) -> int:
        """How often events of these names were sent."""
        return sum(number for name, number in self.names if name in names)


def chance_of(user: str, purpose: str) -> float:
    """A number from 0 to 1 that is always the same for a user (or session) and purpose."""
    return crc32(f"{purpose}/{user}".encode()) / 2**32


def processing_lag(user: str, session: int) -> timedelta:
    """How long Google takes before the reports show a session: half of them within 16 hours, all within 48."""
    share: float = chance_of(f"{user}.{session}", "lag") ** 1.6
    return MATURE_AFTER * share


def facts_known(world: World, day: date, now: datetime) -> Iterable[Fact]:
    """The sessions of `day` that the reports show at `now`: they only ever become more."""
    if midnight(day, PROPERTY_ZONE) > now or day in world.dark_days or not world.start <= day <= world.today:
        return ()
    # What a phone sent days later comes to the reports when it comes to the export.
    version = export_version(world, day, now) or 0
    if now - midnight(day + timedelta(days=1), PROPERTY_ZONE) >= MATURE_AFTER:
        return _facts(world, day, version)
    return _facts_underway(world, day, version, now)


@lru_cache(maxsize=500)
def _facts(world: World, day: date, version: int) -> tuple[Fact, ...]:
    return tuple(_gather(day, events_for(world, day, version)))


@lru_cache(maxsize=16)
def _facts_underway(world: World, day: date, version: int, now: datetime) -> tuple[Fact, ...]:
    seconds = now.timestamp()

    def is_known(event: Event) -> bool:
        user = event["user_pseudo_id"]
        if user is None:
            return False
        lag = processing_lag(user, _parameter(event, "ga_session_id", "int_value"))
        return bool(event["event_timestamp"] / 1_000_000 + lag.total_seconds() <= seconds)

    return tuple(_gather(day, [event for event in events_for(world, day, version) if is_known(event)]))


def _gather(day: date, events: list[Event]) -> list[Fact]:
    by_session: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        user = event["user_pseudo_id"]
        if user is not None:
            session = _parameter(event, "ga_session_id", "int_value")
            by_session.setdefault((user, session), []).append(event)
    return [_fact(day, user, session, found) for (user, session), found in by_session.items()]


def _fact(day: date, user: str, session: int, events: list[Event]) -> Fact:
    first = events[0]
    last_click = first["session_traffic_source_last_click"]
    campaign = last_click["cross_channel_campaign"]
    names = Counter(event["event_name"] for event in events)
    return Fact(
        day,
        user,
        session,
        campaign["default_channel_group"],
        campaign["source"],
        campaign["medium"],
        campaign["campaign_name"],
        (last_click["google_ads_campaign"] or {}).get("campaign_name", "(not set)"),
        first["device"]["category"],
        first["geo"]["country"],
        _is_engaged(first),
        "first_visit" in names,
        len(events),
        tuple(sorted(names.items())),
        tuple(item["item_name"] for event in events if event["event_name"] == "view_item" for item in event["items"]),
        sum(_parameter(event, "engagement_time_msec", "int_value") or 0 for event in events),
    )


def key_events(fact: Fact) -> int:
    """How many of the session's events count as key events."""
    return fact.count(*KEY_EVENTS)


def _is_engaged(event: Event) -> bool:
    as_text = _parameter(event, "session_engaged", "string_value")
    return bool(as_text == "1" or _parameter(event, "session_engaged", "int_value") == 1)


def _parameter(event: Event, key: str, kind: str) -> Any:
    for parameter in event["event_params"]:
        if parameter["key"] == key:
            return parameter["value"].get(kind)
    return None
