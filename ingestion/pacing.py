"""Keeps a load below a vendor's limit of requests in a rolling window, however many threads ask."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable


class RollingLimit:
    """At most `limit` requests in any `seconds`, as the vendor counts them.

    The vendor counts a request at a moment between its sending and its reply. So it takes a place from before it is
    sent until `seconds` after its reply has come, and no delay on the way can bring two windows together. `clock` and
    `sleep` are in seconds.
    """

    def __init__(
        self, limit: int, seconds: float, *, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self.limit, self.seconds = limit, seconds
        self._clock, self._sleep = clock, sleep
        self._under_way = 0
        self._free_at: list[float] = []
        self._turn = threading.Condition()

    def enter(self) -> float:
        """Wait until one more may be sent, and take its place. Returns the seconds waited."""
        with self._turn:
            while self._under_way >= self.limit:
                self._turn.wait()
            now = self._clock()
            while self._free_at and self._free_at[0] <= now:
                heapq.heappop(self._free_at)
            last = now
            while self._under_way + len(self._free_at) >= self.limit:
                last = heapq.heappop(self._free_at)
            if last > now:
                # Others wait too: none of them may go before this one does.
                self._sleep(last - now)
            self._under_way += 1
            return last - now

    def leave(self, used: int | None = None) -> None:
        """The reply has come, or will not; `used` is how many requests the vendor says the window holds.

        What is not ours is another tool's with the same key: it keeps its places for as long as they may count.
        """
        free_at = self._clock() + self.seconds
        with self._turn:
            self._under_way -= 1
            heapq.heappush(self._free_at, free_at)
            for _ in range((used or 0) - self._under_way - len(self._free_at)):
                heapq.heappush(self._free_at, free_at)
            self._turn.notify_all()
