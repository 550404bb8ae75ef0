"""One refresh of a home at a time: its lock, and who holds it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

# Seconds between two tries to get the lock.
_PAUSE = 1.0


@contextmanager
def exclusive(settings: Settings, wait: float = 0.0) -> Iterator[None]:
    """Hold the home's refresh lock, which goes when its process ends, however it ends.

    Raises ConfigurationError that names the holder when another process still holds it after `wait` s.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    path = _path(settings)
    with path.open("a+") as handle:
        until = time.monotonic() + wait
        while not _lock(handle):
            if time.monotonic() >= until:
                raise ConfigurationError(
                    f"{path}: another refresh of this home is running{_holder(handle)}; "
                    "wait for it to end, then try again"
                )
            time.sleep(_PAUSE)
        _sign(handle)
        yield


def is_running(settings: Settings) -> bool:
    """Whether a refresh of this home is under way, in any process of this machine."""
    path = _path(settings)
    if not path.exists():
        return False
    with path.open("a") as handle:
        return not _lock(handle)


def _path(settings: Settings) -> Path:
    return settings.home / "refresh.lock"


def _lock(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(handle: TextIO) -> None:
    # A disk that is full takes no name, and yet the lock holds: the first step that needs space tells it.
    with suppress(OSError):
        handle.truncate(0)
        handle.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
        handle.flush()


def _holder(handle: TextIO) -> str:
    handle.seek(0)
    name = handle.read(100).strip()
    return f" ({name})" if name else ""
