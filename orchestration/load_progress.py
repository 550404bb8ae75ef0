"""What a load says in a run's log while it is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ingestion.meter import Meter

PAUSE = 10.0
"""Seconds between two lines of a load."""


@contextmanager
def told(say: Callable[[str], object]) -> Iterator[Callable[[Meter], None]]:
    """A `watch` for a load: `say` gets a line each PAUSE seconds, none twice running and none after the block."""
    meters: list[Meter] = []
    ended = threading.Event()

    def tell() -> None:
        last = ""
        while not ended.wait(PAUSE):
            line = meters[-1].line() if meters else ""
            if line != last:
                say(line)
            last = line

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield meters.append
    finally:
        ended.set()
        thread.join()
