"""The operations that the Cloud project may spend in a day: each query is one, however many rows it brings."""

from __future__ import annotations

from datetime import timedelta

from ingestion.context import LoadContext
from ingestion.http import LoadStopped
from warehouse.errors import ConfigurationError

LIMITS: dict[str, int | None] = {"explorer": 2_880, "basic": 15_000, "standard": None}
"""Operations a day by access level; Standard access has no limit."""
WARNED_SHARE = 0.8
_CONSOLE = "https://console.cloud.google.com/google/ads-apis/overview"


class Operations:
    """What the loads of the last 24 hours and this one have spent of the day's operations.

    Raises ConfigurationError for an unknown access level.
    """

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self._level = str(context.settings.get("access_level", "explorer")).strip().lower()
        if self._level not in LIMITS:
            raise ConfigurationError(
                f"config/local.toml: sources.google_ads.access_level = {self._level!r}: is not known; "
                f"write one of {', '.join(LIMITS)} (the level is shown at {_CONSOLE})"
            )
        self._limit = LIMITS[self._level]
        self._before = context.requests_since(context.as_of - timedelta(days=1))

    @property
    def used(self) -> int:
        """Operations so far; a query that was tried again counts again."""
        return self._before + self._context.meter.requests

    def spend(self) -> None:
        """Ask before each operation. Warns, once, when most are spent; raises LoadStopped when none is left."""
        if self._limit is None:
            return
        name = f"{self._limit:,} operations a day of {self._level.title()} access"
        if self.used >= self._limit:
            raise LoadStopped(
                f"google_ads: the {name} are used up; try again tomorrow, or ask for a higher level at {_CONSOLE} "
                "and set sources.google_ads.access_level"
            )
        if self.used >= self._limit * WARNED_SHARE:
            self._context.warn(f"{WARNED_SHARE:.0%} of the {name} are used; ask for a higher level at {_CONSOLE}")
