"""A disk that is full or takes nothing, told in one line whichever library came upon it."""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

_WORDS = {
    errno.ENOSPC: "no space left on device",
    errno.EDQUOT: "disk quota exceeded",
    errno.EROFS: "read-only file system",
    errno.EFBIG: "file too large",
}
_MENDS = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space or raise the quota",
    errno.EROFS: "mount it for writing, or set KPI_HOME to a disk that is",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
}
_MB = 1_000_000
P = ParamSpec("P")
T = TypeVar("T")


class _Planned(Protocol):
    @property
    def settings(self) -> Settings: ...


Plan = TypeVar("Plan", bound=_Planned)


def told(home: Path, error: BaseException) -> ConfigurationError | None:
    """The line for a person when the disk of `home` is what `error` comes from; None for any other failure."""
    number = _cause(error)
    if number is None:
        return None
    return ConfigurationError(
        f"{home}: cannot be written: {_WORDS[number]}{_free(home)}; {_MENDS[number]}, then run it again: "
        "what was loaded and the last publication stand as they were"
    )


def one_line(step: Callable[Concatenate[Plan, P], T]) -> Callable[Concatenate[Plan, P], T]:
    """A step of a refresh that raises ConfigurationError in one line where the disk stops it."""

    @functools.wraps(step)
    def tried(plan: Plan, /, *args: P.args, **more: P.kwargs) -> T:
        try:
            return step(plan, *args, **more)
        except Exception as error:
            if line := told(plan.settings.home, error):
                raise line from error
            raise

    return tried


def _cause(error: BaseException) -> int | None:
    """The number of the failure below `error`: libraries wrap it, and some tell it in words alone."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, OSError) and found.errno in _WORDS:
            return found.errno
        text = str(found).lower()
        for number, words in _WORDS.items():
            if words in text:
                return number
        waiting += [found.__cause__, found.__context__]
    return None


def _free(home: Path) -> str:
    try:
        disk = os.statvfs(home)
    except OSError:
        return ""
    return f" ({disk.f_bavail * disk.f_frsize / _MB:,.0f} MB are free)"
