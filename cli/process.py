"""Running another program in the place of this one."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from warehouse.errors import ConfigurationError


def run_child(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path | None = None,
    *,
    stop_with: int = signal.SIGTERM,
    started: Callable[[int], None] | None = None,
) -> int:
    """Run `command` to its end and give its exit code; whoever stops us stops it too, and it decides when it is done.

    `started` is told its number once it runs. A SIGTERM reaches it as `stop_with`, the signal on which it takes its
    own children down. Raises ConfigurationError when there is no such program.
    """
    try:
        child = subprocess.Popen(list(command), env=dict(environment), cwd=folder)
    except FileNotFoundError:
        raise ConfigurationError(f"{command[0]!r}: no such command; check its spelling and the PATH") from None

    if started:
        started(child.pid)

    def hand_on(number: int, frame: FrameType | None) -> None:
        child.send_signal(stop_with)

    before = signal.signal(signal.SIGTERM, hand_on)
    try:
        while True:
            try:
                # Without an end, a signal that comes just before the wait would be handled only after it; with one,
                # the child is looked at every 50 ms.
                code = child.wait(timeout=3600)
            except subprocess.TimeoutExpired:
                continue
            except KeyboardInterrupt:
                continue  # the terminal has sent Ctrl-C to the child as well
            # A child that a signal ended has a negative code here; shells say 128 + number.
            return code if code >= 0 else 128 - code
    finally:
        signal.signal(signal.SIGTERM, before)
