"""GA4's numbers, computed from the events that the export holds, so that the two agree.

Events without consent carry no user and no session: reports leave them out, the export has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from ingestion.sandbox.event_records import Event
from ingestion.sandbox.events import KEY_EVENTS, events_for, export_version
from ingestion.sandbox.model import World
from ingestion.sandbox.world_catalog import PROPERTY_ZONE
from ingestion.sandbox.world_time import midnight

OTHER = "(other)"
# GA4 keeps so many rows a day of one report; smaller ones become one "(other)". The real limit is some 50,000.
ROWS_PER_DAY = 17


class Fact(NamedTuple):
    """One session on one day."""

    day: date
    user: str
    session: int
    channel: str
    source: str
    medium: str
    campaign: str
    device: str
    country: str
    is_engaged: bool
    is_new: bool
    events: int
    page_views: int
    key_events: int
    engagement_ms: int


DIMENSIONS: dict[str, Callable[[Fact], str]] = {
    "date": lambda fact: fact.day.strftime("%Y%m%d"),
    "yearMonth": lambda fact: fact.day.strftime("%Y%m"),
    "dayOfWeek": lambda fact: str(fact.day.isoweekday() % 7),
    "sessionDefaultChannelGroup": lambda fact: fact.channel,
    "sessionSource": lambda fact: fact.source,
    "sessionMedium": lambda fact: fact.medium,
    "sessionSourceMedium": lambda fact: f"{fact.source} / {fact.medium}",
    "sessionCampaignName": lambda fact: fact.campaign,
    "deviceCategory": lambda fact: fact.device,
    "country": lambda fact: fact.country,
}
_TIME_DIMENSIONS = {"date", "yearMonth", "dayOfWeek"}

METRIC_TYPES = {
    "sessions": "TYPE_INTEGER",
    "engagedSessions": "TYPE_INTEGER",
    "totalUsers": "TYPE_INTEGER",
    "newUsers": "TYPE_INTEGER",
    "screenPageViews": "TYPE_INTEGER",
    "eventCount": "TYPE_INTEGER",
    "keyEvents": "TYPE_FLOAT",
    "userEngagementDuration": "TYPE_SECONDS",
    "purchaseRevenue": "TYPE_CURRENCY",
    "engagementRate": "TYPE_FLOAT",
    "bounceRate": "TYPE_FLOAT",
}
# Deprecated names still work, and come back as they were asked for.
ALIASES = {"conversions": "keyEvents", "sessionDefaultChannelGrouping": "sessionDefaultChannelGroup"}

Metric = Callable[[list[Fact]], float]


def _sessions(facts: list[Fact]) -> int:
    return len({(fact.user, fact.session) for fact in facts})


def _engaged(facts: list[Fact]) -> int:
    return len({(fact.user, fact.session) for fact in facts if fact.is_engaged})


_METRICS: dict[str, Metric] = {
    "sessions": _sessions,
    "engagedSessions": _engaged,
    "totalUsers": lambda facts: len({fact.user for fact in facts}),
    "newUsers": lambda facts: sum(fact.is_new for fact in facts),
    "screenPageViews": lambda facts: sum(fact.page_views for fact in facts),
    "eventCount": lambda facts: sum(fact.events for fact in facts),
    "keyEvents": lambda facts: sum(fact.key_events for fact in facts),
    "userEngagementDuration": lambda facts: sum(fact.engagement_ms for fact in facts) // 1000,
    # The shop takes no payment: deals are closed in the CRM.
    "purchaseRevenue": lambda facts: 0,
    "engagementRate": lambda facts: _engaged(facts) / _sessions(facts),
    "bounceRate": lambda facts: 1 - _engaged(facts) / _sessions(facts),
}


class Row(NamedTuple):
    """A row of a report, its metrics still numbers."""

    dimensions: tuple[str, ...]
    metrics: tuple[float, ...]


def report(
    world: World, now: datetime, days: tuple[date, date], *, dimensions: list[str], metrics: list[str]
) -> tuple[list[Row], bool]:
    """The rows of the first to the last of `days` as GA4 knew them at `now`, and whether some became "(other)"."""
    first, last = days
    by_key: dict[tuple[str, ...], list[Fact]] = {}
    readers = [DIMENSIONS[ALIASES.get(name, name)] for name in dimensions]
    is_cut = False
    day = max(first, world.start)
    while day <= min(last, world.today):
        of_day: dict[tuple[str, ...], list[Fact]] = {}
        for fact in facts_known(world, day, now):
            of_day.setdefault(tuple([read(fact) for read in readers]), []).append(fact)
        if len(of_day) > ROWS_PER_DAY:
            is_cut = True
            of_day = _roll_up(of_day, dimensions)
        for key, facts in of_day.items():
            by_key.setdefault(key, []).extend(facts)
        day += timedelta(days=1)
    functions = [_METRICS[ALIASES.get(name, name)] for name in metrics]
    rows = [Row(key, tuple(function(facts) for function in functions)) for key, facts in by_key.items()]
    # Without an order of one's own: the first metric, largest first.
    rows.sort(key=lambda row: (tuple(-value for value in row.metrics[:1]), row.dimensions))
    return rows, is_cut


def _roll_up(of_day: dict[tuple[str, ...], list[Fact]], dimensions: list[str]) -> dict[tuple[str, ...], list[Fact]]:
    ranked = sorted(of_day.items(), key=lambda item: (-len(item[1]), item[0]))
    kept = dict(ranked[: ROWS_PER_DAY - 1])
    for key, facts in ranked[ROWS_PER_DAY - 1 :]:
        other = tuple(value if name in _TIME_DIMENSIONS else OTHER for name, value in zip(dimensions, key, strict=True))
        kept.setdefault(other, []).extend(facts)
    return kept


def facts_known(world: World, day: date, now: datetime) -> Iterable[Fact]:
    """The sessions of `day` that had reached GA4 by `now`; today's as far as it has come."""
    version = export_version(world, day, now)
    if version is not None:
        return _facts(world, day, version)
    if midnight(day, PROPERTY_ZONE) > now or day in world.dark_days:
        return ()
    until = int(now.timestamp() * 1_000_000)
    return _gather(day, [event for event in events_for(world, day, 0) if event["event_timestamp"] <= until])


@lru_cache(maxsize=500)
def _facts(world: World, day: date, version: int) -> tuple[Fact, ...]:
    return tuple(_gather(day, events_for(world, day, version)))


def _gather(day: date, events: list[Event]) -> list[Fact]:
    by_session: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        user = event["user_pseudo_id"]
        if user is not None:
            session = _parameter(event, "ga_session_id", "int_value")
            by_session.setdefault((user, session), []).append(event)
    return [_fact(day, user, session, found) for (user, session), found in by_session.items()]


def _fact(day: date, user: str, session: int, events: list[Event]) -> Fact:
    names = [event["event_name"] for event in events]
    first = events[0]
    campaign = first["session_traffic_source_last_click"]["cross_channel_campaign"]
    return Fact(
        day,
        user,
        session,
        campaign["default_channel_group"],
        campaign["source"],
        campaign["medium"],
        campaign["campaign_name"],
        first["device"]["category"],
        first["geo"]["country"],
        _is_engaged(first),
        "first_visit" in names,
        len(events),
        names.count("page_view"),
        sum(names.count(name) for name in KEY_EVENTS),
        sum(_parameter(event, "engagement_time_msec", "int_value") or 0 for event in events),
    )


def _is_engaged(event: Event) -> bool:
    as_text = _parameter(event, "session_engaged", "string_value")
    return bool(as_text == "1" or _parameter(event, "session_engaged", "int_value") == 1)


def _parameter(event: Event, key: str, kind: str) -> Any:
    for parameter in event["event_params"]:
        if parameter["key"] == key:
            return parameter["value"].get(kind)
    return None
