"""The dimensions and metrics that the simulated property knows, how each is read, and what goes with what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from ingestion.sandbox.ga4_facts import Fact, chance_of, key_events

ITEM_DIMENSION, EVENT_DIMENSION, ADS_DIMENSION = "itemName", "eventName", "sessionGoogleAdsCampaignName"
TIME_DIMENSIONS = {"date", "yearMonth", "isoYearIsoWeek", "dayOfWeek", "year", "month", "week"}
DEMOGRAPHIC_DIMENSIONS = {"userAgeBracket", "userGender"}

_AGES = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")


class Dimension(NamedTuple):
    """How a dimension is called in the user interface, its group there, and how it is read from a session."""

    ui_name: str
    category: str
    read: Callable[[Fact], str]


class Metric(NamedTuple):
    """The same of a metric; `is_additive` says that a sample is scaled up to the whole."""

    ui_name: str
    category: str
    type: str
    of: Callable[[list[Fact]], float]
    is_additive: bool = True


def _age(fact: Fact) -> str:
    # Most people are not known to Google by age and gender.
    known = chance_of(fact.user, "age") * 3
    return _AGES[int(known * len(_AGES))] if known < 1 else "unknown"


def _gender(fact: Fact) -> str:
    known = chance_of(fact.user, "age") * 3
    return ("female", "male")[chance_of(fact.user, "gender") < 0.5] if known < 1 else "unknown"


def _week(day: date) -> int:
    first = day.replace(month=1, day=1)
    return ((day - first).days + first.isoweekday() % 7) // 7 + 1


DIMENSIONS: dict[str, Dimension] = {
    "date": Dimension("Date", "Time", lambda fact: fact.day.strftime("%Y%m%d")),
    "yearMonth": Dimension("Year month", "Time", lambda fact: fact.day.strftime("%Y%m")),
    "isoYearIsoWeek": Dimension("ISO week of ISO year", "Time", lambda fact: fact.day.strftime("%G%V")),
    "year": Dimension("Year", "Time", lambda fact: fact.day.strftime("%Y")),
    "month": Dimension("Month", "Time", lambda fact: fact.day.strftime("%m")),
    # Weeks begin on Sundays; the first of January is in week 1, whatever day it is.
    "week": Dimension("Week", "Time", lambda fact: f"{_week(fact.day):02d}"),
    "dayOfWeek": Dimension("Day of week", "Time", lambda fact: str(fact.day.isoweekday() % 7)),
    "sessionDefaultChannelGroup": Dimension(
        "Session default channel group", "Traffic Source", lambda fact: fact.channel
    ),
    "sessionSource": Dimension("Session source", "Traffic Source", lambda fact: fact.source),
    "sessionMedium": Dimension("Session medium", "Traffic Source", lambda fact: fact.medium),
    "sessionSourceMedium": Dimension(
        "Session source / medium", "Traffic Source", lambda fact: f"{fact.source} / {fact.medium}"
    ),
    "sessionCampaignName": Dimension("Session campaign", "Traffic Source", lambda fact: fact.campaign),
    ADS_DIMENSION: Dimension("Session Google Ads campaign", "Google Ads", lambda fact: fact.ads_campaign),
    "deviceCategory": Dimension("Device category", "Platform / device", lambda fact: fact.device),
    "country": Dimension("Country", "Geography", lambda fact: fact.country),
    "userAgeBracket": Dimension("Age", "Demographics", _age),
    "userGender": Dimension("Gender", "Demographics", _gender),
    # A session has several of these; `exploded` makes it one fact for each.
    EVENT_DIMENSION: Dimension("Event name", "Event", lambda fact: fact.names[0][0]),
    ITEM_DIMENSION: Dimension("Item name", "Ecommerce", lambda fact: fact.items[0]),
}


def _sessions(facts: list[Fact]) -> int:
    return len({(fact.user, fact.session) for fact in facts})


def _engaged(facts: list[Fact]) -> int:
    return len({(fact.user, fact.session) for fact in facts if fact.is_engaged})


def _users(facts: list[Fact]) -> int:
    return len({fact.user for fact in facts})


def _active_users(facts: list[Fact]) -> int:
    return len({fact.user for fact in facts if fact.is_engaged or fact.is_new})


def _engagement(facts: list[Fact]) -> dict[tuple[date, str, int], int]:
    # A session that is divided by events tells its time with each of them.
    return {(fact.day, fact.user, fact.session): fact.engagement_ms for fact in facts}


METRICS: dict[str, Metric] = {
    "sessions": Metric("Sessions", "Session", "TYPE_INTEGER", _sessions),
    "engagedSessions": Metric("Engaged sessions", "Session", "TYPE_INTEGER", _engaged),
    "totalUsers": Metric("Total users", "User", "TYPE_INTEGER", _users),
    "activeUsers": Metric("Active users", "User", "TYPE_INTEGER", _active_users),
    "newUsers": Metric(
        "New users", "User", "TYPE_INTEGER", lambda facts: len({fact.user for fact in facts if fact.is_new})
    ),
    "screenPageViews": Metric(
        "Views", "Page / screen", "TYPE_INTEGER", lambda facts: sum(fact.count("page_view") for fact in facts)
    ),
    "eventCount": Metric("Event count", "Event", "TYPE_INTEGER", lambda facts: sum(fact.events for fact in facts)),
    "keyEvents": Metric("Key events", "Event", "TYPE_FLOAT", lambda facts: sum(map(key_events, facts))),
    "userEngagementDuration": Metric(
        "User engagement", "User", "TYPE_SECONDS", lambda facts: sum(_engagement(facts).values()) // 1000
    ),
    # The shop takes no payment: deals are closed in the CRM.
    "purchaseRevenue": Metric("Purchase revenue", "Ecommerce", "TYPE_CURRENCY", lambda facts: 0),
    "itemsViewed": Metric(
        "Items viewed", "Ecommerce", "TYPE_INTEGER", lambda facts: sum(len(fact.items) for fact in facts)
    ),
    "engagementRate": Metric(
        "Engagement rate", "Session", "TYPE_FLOAT", lambda facts: _engaged(facts) / _sessions(facts), False
    ),
    "bounceRate": Metric(
        "Bounce rate", "Session", "TYPE_FLOAT", lambda facts: 1 - _engaged(facts) / _sessions(facts), False
    ),
}
# Deprecated names still work, and come back as they were asked for.
ALIASES = {
    "conversions": "keyEvents",
    "sessionDefaultChannelGrouping": "sessionDefaultChannelGroup",
    "dayOfWeekZero": "dayOfWeek",
}


def dimension(name: str) -> Dimension:
    """The dimension of that name, deprecated ones included. Raises KeyError."""
    return DIMENSIONS[ALIASES.get(name, name)]


def metric(name: str) -> Metric:
    """The metric of that name, deprecated ones included. Raises KeyError."""
    return METRICS[ALIASES.get(name, name)]


def exploded(fact: Fact, dimensions: Iterable[str]) -> list[Fact]:
    """The fact, or one fact for each event name or item where the report asks for these."""
    facts = [fact]
    if EVENT_DIMENSION in dimensions:
        facts = [fact._replace(names=(one,), events=one[1]) for one in fact.names]
    if ITEM_DIMENSION in dimensions:
        facts = [one._replace(items=(item,)) for one in facts for item in one.items]
    return facts


def incompatible(dimensions: Iterable[str], metrics: Iterable[str]) -> str | None:
    """The field that has to go before these make a report together; None where they do.

    What is counted by item goes with no count of sessions, users or events, and the other way round.
    """
    asked = [ALIASES.get(name, name) for name in (*dimensions, *metrics)]
    counts = [name for name in asked if name in METRICS and name != "itemsViewed"]
    if ITEM_DIMENSION in asked and (counts or EVENT_DIMENSION in asked):
        return ITEM_DIMENSION
    return "itemsViewed" if "itemsViewed" in asked and EVENT_DIMENSION in asked else None
