"""What a load costs its vendor, and how much of it may happen at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass
class Meter:
    """What a load has cost: requests sent, waits asked for by vendors, seconds waited; and why no more are sent.

    All sessions of a load share it, and with it the number of requests that may be under way at a time (`parallel`).
    Whoever watches a load reads it from another thread: the rows so far, what was read last, and the wait it is in.
    """

    requests: int = 0
    waits: int = 0
    wait_seconds: float = 0.0
    stopped: str | None = None
    parallel: int = 1
    rows: int = 0
    doing: str = ""
    waiting: str = ""

    def __post_init__(self) -> None:
        self.limit(self.parallel)
        self.turn = threading.RLock()
        """Held for as long as a vendor wants a pause: nobody sends then."""

    def limit(self, parallel: int) -> None:
        """Set how many requests may be under way at a time, before the first is sent."""
        self.parallel, self.slots = parallel, threading.BoundedSemaphore(parallel)

    def line(self) -> str:
        """How far the load is, such as `4,000 rows, 7 requests: traffic_daily of 42`; empty before there is anything.

        All rows are here, and the swap into the raw tables comes last: a load says what it reads, not what it writes.
        """
        counted = [f"{self.rows:,} rows"] if self.rows else []
        counted += [f"{self.requests:,} requests"] if self.requests else []
        about = self.waiting or self.doing
        return ": ".join(part for part in (", ".join(counted), about) if part)
