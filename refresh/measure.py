"""Seconds, CPU seconds and peak memory of a piece of work."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_UNIT = 1 if sys.platform == "darwin" else 1024


class Meter:
    """Starts when made; `seconds` and `peak_memory_mb` count from there.

    Where the system cannot reset its high-water mark (macOS), the memory is the process's peak so far.
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._cpu_started = _cpu_seconds()
        self._children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        try:
            _CLEAR.write_text("5")
        except OSError:
            self._is_reset = False
        else:
            self._is_reset = True

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    @property
    def cpu_seconds(self) -> float:
        """CPU time of this process and of the children that ended meanwhile; what a busy machine cannot inflate."""
        return _cpu_seconds() - self._cpu_started

    @property
    def peak_memory_mb(self) -> float:
        """Peak resident memory of this process, or of a child that ended meanwhile if that was larger, in MB."""
        own = self._own_bytes()
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        ended = children * _UNIT if children > self._children else 0
        return max(own, ended) / 1e6

    def _own_bytes(self) -> int:
        if self._is_reset:
            for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def _cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
