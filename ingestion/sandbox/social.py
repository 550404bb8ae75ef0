"""What the simulated business publishes on social networks, as its people would export it: posts and followers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from ingestion.sandbox.model import World

_TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY = 1, 2, 3, 4
# Network, days of the week on which it is posted to, audience of a post, share of it that interacts.
_HABITS = (
    ("LinkedIn", (_TUESDAY, _THURSDAY), 1_400, 0.038),
    ("Instagram", (_WEDNESDAY,), 650, 0.045),
    ("YouTube", (_FRIDAY,), 900, 0.012),
)
_FIRST_FOLLOWERS = {"LinkedIn": 2_150, "Instagram": 840, "YouTube": 310}


@dataclass(frozen=True)
class Post:
    """A post and what came of it. YouTube tells views and no reach."""

    network: str
    post_id: str
    published_at: datetime
    likes: int
    comments: int
    shares: int
    saves: int
    reach: int | None
    views: int | None

    @property
    def interactions(self) -> int:
        return self.likes + self.comments + self.shares + self.saves

    @property
    def audience(self) -> int:
        return self.reach if self.reach is not None else self.views or 0


def posts(world: World, now: datetime) -> list[Post]:
    """Every post that was published before `now`, by network and time."""
    return sorted(_posts(world, now), key=lambda post: (post.network, post.published_at))


def _posts(world: World, now: datetime) -> Iterator[Post]:
    for network, weekdays, audience, share in _HABITS:
        rng = Random(f"{world.seed}/social/{network}")  # noqa: S311 - a simulation, no secret
        for day in _days(world):
            if day.weekday() not in weekdays:
                continue
            published = datetime.combine(day, time(7, rng.randint(0, 59)), UTC)
            seen = round(audience * rng.uniform(0.6, 1.5))
            acted = round(seen * share * rng.uniform(0.5, 1.5))
            comments, shares, saves = acted // 10, acted // 12, acted // 25
            likes = acted - comments - shares - saves
            reach, views = (None, seen) if network == "YouTube" else (seen, round(seen * 1.4))
            if published < now:
                post_id = f"{network[:2].lower()}-{day:%Y%m%d}"
                yield Post(network, post_id, published, likes, comments, shares, saves, reach, views)


def followers(world: World, now: datetime) -> list[tuple[date, str, int]]:
    """Day, network and followers: somebody counts them every Monday that is over before `now`."""
    counts = []
    for network, first in _FIRST_FOLLOWERS.items():
        rng = Random(f"{world.seed}/followers/{network}")  # noqa: S311 - a simulation, no secret
        count = first
        for day in _days(world):
            if day.weekday() == 0:
                if day < now.date():
                    counts.append((day, network, count))
                # somebody leaves now and then
                count += rng.randint(-4, 18)
    return sorted(counts)


def _days(world: World) -> Iterator[date]:
    for number in range((world.today - world.start).days + 1):
        yield world.start + timedelta(days=number)
