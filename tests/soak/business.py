"""A small business behind a sandbox whose clock a soak moves, and the homes that load it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from ingestion.sandbox import faults
from ingestion.sandbox.control import Control, Fault
from ingestion.sandbox.model import Contact, World
from ingestion.sandbox.profile import INBOX, sandbox_environment, write_inbox
from ingestion.sandbox.world import build_world
from tests.ingestion.conftest import serving

SOURCES = ("ga4", "ga4_export", "google_ads", "meta_ads", "hubspot", "search_console", "fx_rates", "file_drop")
LAST_DAY = date(2026, 11, 23)
DAYS_BEFORE = 25
"""Days of the business before the first load. With 60 days more, nothing is older than the 90 days of click_view."""
HISTORY_DAYS = 90
ERASED = 6
# HubSpot's search goes by these; what is erased leaves no trace in it.
_GOOGLE = ("ga4", "ga4_export", "google_ads", "search_console")


@dataclass(frozen=True)
class Business:
    """A world of some days, the sandbox that serves it, and where homes are made."""

    world: World
    control: Control
    url: str
    folder: Path

    def environment(self, home: str, source: str) -> dict[str, str]:
        """The variables of a process that loads `source` into the home of that name."""
        return sandbox_environment(self.url, self.folder / home) | {
            f"SOURCES__{source.upper()}__HISTORY_DAYS": str(HISTORY_DAYS)
        }

    def set_clock(self, now: datetime) -> None:
        self.control.set_clock(now)

    def write_inbox(self, home: str, now: datetime) -> Path:
        """The spreadsheets as they are on that day, two rows of which are wrong."""
        folder = self.folder / home / INBOX
        write_inbox(self.world, folder, now=now)
        with (folder / "costs.csv").open("a", encoding="utf-8") as sink:
            sink.write(f"{now.date()},Agency,Typing error,12.x,EUR,,\n{now.date()},Agency,No currency,12.00,EURO,,\n")
        return folder

    def inject(self, name: str, *, times: int, skip: int) -> Fault:
        """Let the vendor answer with a documented failure."""
        fault = faults.named(name)
        pattern = faults.default_path(name)
        self.control.inject(pattern, times, fault.status, fault.body, fault.headers, skip=skip)
        return self.control.faults[-1]

    def erased_between(self, start: datetime, end: datetime) -> set[str]:
        """Ids of the contacts whose data were deleted after `start` and by `end`."""
        return {one.contact_id for one in self.world.contacts if one.erased_at and start < one.erased_at <= end}


@contextmanager
def business(
    folder: Path, days: int, *, seed: int = 1, days_before: int = DAYS_BEFORE, erasures: bool = True
) -> Iterator[Business]:
    """A business that has been there for `days_before` days when the first of the `days` days begins."""
    world = build_world(seed, LAST_DAY, days_before + days)
    if erasures:
        world = with_erasures(world, seed)
    with serving(world) as vendors:
        yield Business(world, vendors.control, vendors.url, folder)


def with_erasures(world: World, seed: int) -> World:
    """Some contacts without deals and merges demand that their data be deleted, at any time of the business."""
    rng = Random(f"{seed}/erasures")
    tied = {deal.contact_id for deal in world.deals} | {merge.winner_id for merge in world.merges}
    tied |= {other for deal in world.deals for other in deal.more_contact_ids}
    free = [one for one in world.contacts if one.contact_id not in tied and not one.is_archived and not one.merged_ids]
    chosen = {one.contact_id for one in rng.sample(free, min(ERASED, len(free)))}
    end = datetime.combine(world.today, time(8), UTC)

    def erased(one: Contact) -> Contact:
        if one.contact_id not in chosen:
            return one
        return replace(one, erased_at=one.created_at + rng.random() * (end - one.created_at))

    return replace(world, contacts=tuple(erased(one) for one in world.contacts))


_VENDOR_OF = {"meta_ads": "meta", "ga4_export": "bigquery", "fx_rates": "ecb"}


def fault_names(source: str) -> list[str]:
    """The documented failures that may strike a load of `source`, by the sandbox's own list."""
    prefixes = {"any", _VENDOR_OF.get(source, source)}
    if source in _GOOGLE:
        prefixes.add("oauth")
    if source == "file_drop":
        return []
    return [name for name in faults.FAULTS if name.split(".", maxsplit=1)[0] in prefixes]


def moments(days: int, rng: Random) -> list[datetime]:
    """The moment of each day's first load; the last one is that of the last day at 08:00."""
    first = LAST_DAY - timedelta(days=days - 1)
    found = [
        datetime.combine(first + timedelta(days=n), time(rng.randrange(1, 12), rng.randrange(60)), UTC)
        for n in range(days - 1)
    ]
    return [*found, datetime.combine(LAST_DAY, time(8), UTC)]
