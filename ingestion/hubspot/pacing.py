"""HubSpot's two limits: of all requests in ten seconds, by the portal's edition, and of searches in a second."""

from __future__ import annotations

import requests

from ingestion.context import LoadContext
from ingestion.pacing import RollingLimit

# The smallest edition's, until the first reply tells the portal's own; a private app may use them alone.
REQUESTS, REQUEST_SECONDS = 100, 10.0
# An account's, whatever its edition; replies of searches tell of no limit.
SEARCHES, SEARCH_SECONDS = 5, 1.0
_HEADER = "X-HubSpot-RateLimit-"


class Pacing:
    """Waits before a request where it would be one too many; these waits are no vendor's, and use no budget up."""

    def __init__(self, context: LoadContext) -> None:
        def pause(seconds: float) -> None:
            context.meter.waiting = f"pausing {seconds:.0f} s to keep to HubSpot's limit" if seconds >= 1 else ""
            context.sleep(seconds)
            context.meter.waiting = ""

        self._all = RollingLimit(REQUESTS, REQUEST_SECONDS, clock=context.clock, sleep=pause)
        self._searches = RollingLimit(SEARCHES, SEARCH_SECONDS, clock=context.clock, sleep=pause)

    def before(self, path: str) -> None:
        """Wait until a request to `path` may be sent."""
        if _is_search(path):
            self._searches.enter()
        self._all.enter()

    def after(self, path: str, response: requests.Response | None) -> None:
        """Learn from the reply, which is None where none came."""
        told = {} if response is None else response.headers
        limit, milliseconds, left = (
            int(value) if (value := told.get(f"{_HEADER}{name}", "")).isdigit() else None
            for name in ("Max", "Interval-Milliseconds", "Remaining")
        )
        if limit:
            self._all.limit = limit
        if milliseconds:
            self._all.seconds = milliseconds / 1000
        self._all.leave(limit - left if limit and left is not None else None)
        if _is_search(path):
            self._searches.leave()


def _is_search(path: str) -> bool:
    return path.endswith("/search")
