"""The operations that the Cloud project may spend in a day: each query is one, however many rows it brings."""

from __future__ import annotations

from ingestion.context import LoadContext
from warehouse.errors import ConfigurationError

LIMITS: dict[str, int | None] = {"explorer": 2_880, "basic": 15_000, "standard": None}
"""Operations a day by access level; Standard access has no limit."""
WARNED_SHARE = 0.8
# Kept for the reports, which one load reads whole; clicks, which cost one operation a day, may wait for the next.
RESERVED_SHARE = 0.2
_CONSOLE = "https://console.cloud.google.com/google/ads-apis/overview"


class Operations:
    """What this load has spent of the day's operations. Raises ConfigurationError for an unknown access level."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self.level = str(context.settings.get("access_level", "explorer")).strip().lower()
        if self.level not in LIMITS:
            raise ConfigurationError(
                f"config/local.toml: sources.google_ads.access_level = {self.level!r}: is not known; "
                f"write one of {', '.join(LIMITS)} (the level is shown at {_CONSOLE})"
            )
        self.limit = LIMITS[self.level]

    @property
    def used(self) -> int:
        """Operations of this load so far; a query that was tried again counts again."""
        return self._context.meter.requests

    def for_clicks(self) -> int | None:
        """How many more operations the clicks may take; None where there is no limit."""
        if self.limit is None:
            return None
        return max(0, int(self.limit * (1 - RESERVED_SHARE)) - self.used)

    def check(self) -> None:
        """Warn, once, when most of the day's operations are spent."""
        if self.limit is not None and self.used > self.limit * WARNED_SHARE:
            self._context.warn(
                f"this load took more than {WARNED_SHARE:.0%} of the {self.limit:,} operations a day of "
                f"{self.level.title()} access; ask for a higher level at {_CONSOLE}"
            )
