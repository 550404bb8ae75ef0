"""What Google's search knows of the simulated business: every organic visit from Google was a click on a result."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from ingestion.sandbox.model import World
from ingestion.sandbox.world_catalog import ORGANIC
from ingestion.sandbox.world_time import midnight

SEARCH_ZONE = "America/Los_Angeles"
SITE_URL = "sc-domain:larkspur-office.example"
BRAND_PATTERN = "lark ?spu?r"
# Clicks on a result after which the page never came up: no analytics ever sees them.
_LOST_CLICKS = 0.06

# Query, how often it is what was clicked, click-through rate in percent, position.
_QUERIES = (
    ("larkspur office", 21, 52, 1.1),
    ("larkspur", 8, 34, 1.6),
    ("larkspur büromöbel", 4, 47, 1.2),
    ("larkspur office schweiz", 3, 49, 1.1),
    ("larkspur schreibtisch", 2, 41, 1.4),
    ("larkspr office", 1, 38, 1.3),
    ("lark spur büro", 1, 29, 1.9),
    ("büromöbel kaufen", 5, 3, 9.4),
    ("schreibtisch höhenverstellbar", 6, 2, 11.2),
    ("bürostuhl ergonomisch", 5, 2, 12.7),
    ("akustik trennwand büro", 4, 6, 5.8),
    ("konferenztisch 8 personen", 3, 5, 6.6),
    ("mobilier de bureau lausanne", 2, 4, 7.9),
    ("arredo ufficio bolzano", 1, 5, 7.1),
    # Queries that few people ask are told to nobody.
    (None, 34, 4, 10.3),
)


class QueryDay(NamedTuple):
    """One query on one day; `query` is None for all that are kept secret."""

    query: str | None
    clicks: int
    impressions: int
    position: float


@lru_cache(maxsize=1024)
def searches(world: World, day: date) -> tuple[QueryDay, ...]:
    """The searches of `day` in Pacific time that showed the site, once they are counted to the end."""
    opens, closes = (int(midnight(one, SEARCH_ZONE).timestamp()) for one in (day, day + timedelta(days=1)))
    visits = sum(
        session.touch == ORGANIC and opens <= session.started_at < closes
        for berlin_day in (day, day + timedelta(days=1))
        for session in world.sessions.get(berlin_day, ())
    )
    chance = Random(f"{world.seed}/search/{day}")  # noqa: S311 - a simulation, no secret
    clicks = [0] * len(_QUERIES)
    lost = sum(chance.random() < _LOST_CLICKS for _ in range(visits))
    for number in chance.choices(range(len(_QUERIES)), [weight for _, weight, _, _ in _QUERIES], k=visits + lost):
        clicks[number] += 1
    found = []
    for (query, weight, rate, position), clicked in zip(_QUERIES, clicks, strict=True):
        impressions = clicked + round((clicked + weight / 20) * (100 / rate - 1) * chance.uniform(0.8, 1.2))
        if impressions and visits:
            found.append(QueryDay(query, clicked, impressions, max(1.0, position * chance.uniform(0.9, 1.1))))
    return tuple(found)
