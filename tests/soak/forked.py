"""Whole commands in processes of their own, forked from one that has imported what they need, which may be killed.

Imports would cost each of them eight seconds of CPU. The process group of a command is killed, with what it started.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from warehouse.layout import PROJECT_ROOT

STAGES = ("ingest", "transform", "compute_kpis", "run_checks", "publish")
LONGEST = 3600.0


@dataclass(frozen=True)
class Doom:
    """A command's group is killed `delay` seconds after its start, or after that of its first step named `stage`.

    With `event`, just before what the step does to files for that time. With `file_bytes` it is not killed, and may
    write no file that is larger, as on a disk that is full.
    """

    delay: float = 0.0
    stage: str = ""
    event: int = 0
    file_bytes: int = 0

    @property
    def is_clocked(self) -> bool:
        """Whether the command is killed some time after its start."""
        return not (self.stage or self.event or self.file_bytes)

    def __str__(self) -> str:
        if self.file_bytes:
            return f"with no file above {self.file_bytes / 1e6:.1f} MB"
        if self.event:
            return f"before file event {self.event} of {self.stage}"
        return f"{self.delay:.2f} s after the start" + (f" of {self.stage}" if self.stage else "")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (negative for a signal), what it said, and what it did to files in `stage`."""

    code: int
    said: str
    seconds: float
    stages: Mapping[str, float]
    """Seconds from the start to the first beginning of each step that was reached."""
    events: int

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Commands:
    """The process that commands are forked from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.forking"],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def kpi(self, environment: Mapping[str, str], *arguments: str, doom: Doom | None = None) -> Ended:
        """Run `kpi` with the arguments."""
        return self.call("tests.soak.forking:run_kpi", environment, arguments, doom)

    def call(
        self, function: str, environment: Mapping[str, str], arguments: Sequence[str], doom: Doom | None = None
    ) -> Ended:
        """Call `module:name` with the arguments; it returns the exit code."""
        output, told = self._folder / "said", self._folder / "told"
        told.unlink(missing_ok=True)
        job = {
            "function": function,
            "environment": dict(environment),
            "arguments": list(arguments),
            "output": str(output),
            "told": str(told),
            "doom": asdict(doom) if doom else None,
        }
        self._say(json.dumps(job))
        pid, begun = int(self._hear()), time.monotonic()
        if doom and doom.is_clocked and not self._answers_within(doom.delay):
            # it may have ended meanwhile
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        if not self._answers_within(LONGEST):
            os.killpg(pid, signal.SIGKILL)
            self._hear()
            raise RuntimeError(f"kpi {' '.join(arguments)} did not end within {LONGEST:.0f} s")
        code = int(self._hear())
        lines = [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []
        return Ended(
            code,
            output.read_text(encoding="utf-8", errors="replace"),
            time.monotonic() - begun,
            {line["stage"]: line["seconds"] for line in reversed(lines) if "stage" in line},
            max((line["events"] for line in lines if "events" in line), default=0),
        )

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def _say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")

    def _hear(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def _answers_within(self, seconds: float) -> bool:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        return bool(ready)


@contextmanager
def commands(folder: Path) -> Iterator[Commands]:
    """The forking process, for as long as the block needs it."""
    forking = Commands(folder)
    try:
        yield forking
    finally:
        forking.close()
