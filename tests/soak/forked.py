"""Whole commands in processes of their own, forked from one that has imported what they need, which may be killed.

Imports would cost each of them eight seconds of CPU. The process group of a command is killed, with what it started.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from warehouse.layout import PROJECT_ROOT

STAGES = ("ingest", "transform", "compute_kpis", "check", "publish")
LONGEST = 900.0
_PRELOADED = (
    "alerts.tell",
    "cli.main",
    "cli.publish",
    "cli.refresh",
    "dashboards.build",
    "dbt.adapters.duckdb.impl",
    "dbt.cli.main",
    "orchestration.definitions",
    "quality.gate",
    "refresh.forget",
    "refresh.run",
    "tests.soak.preloaded",
    "transform.kpi.store",
    "warehouse.publish",
)
# What a process does to files; a kill comes just before one of these.
_FILE_EVENTS = {"os.rename", "os.remove", "os.symlink", "os.chmod", "os.mkdir", "os.rmdir", "shutil.rmtree"}


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
            [sys.executable, "-m", "tests.soak.forked"],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def kpi(self, environment: Mapping[str, str], *arguments: str, doom: Doom | None = None) -> Ended:
        """Run `kpi` with the arguments."""
        return self.call("tests.soak.forked:run_kpi", environment, arguments, doom)

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


def run_kpi(*arguments: str) -> int:
    """`kpi` in this process."""
    from cli.main import run

    return run(list(arguments))


def _serve() -> None:
    for name in _PRELOADED:
        importlib.import_module(name)
    if threading.active_count() > 1:
        raise SystemExit(f"a fork would lose threads: {threading.enumerate()}")
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(job)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(job: dict[str, Any]) -> None:
    """Be the command, and end with its exit code."""
    os.setsid()
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(job["environment"])
    code = 70
    try:
        doom = Doom(**job["doom"]) if job["doom"] else Doom()
        if doom.file_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (doom.file_bytes, doom.file_bytes))
        tell = _Telling(Path(job["told"]), doom)
        tell.watch()
        module, name = job["function"].split(":")
        code = getattr(importlib.import_module(module), name)(*job["arguments"])
        tell.end()
    except BaseException as error:
        sys.stderr.write(f"Traceback: {error!r}\n")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class _Telling:
    """Tells when each step begins, counts what the doomed one does to files, and kills its own group in time."""

    def __init__(self, path: Path, doom: Doom) -> None:
        self._path, self._doom = path, doom
        self._begun, self._now, self._events, self._seen = time.monotonic(), "", 0, set[str]()

    def watch(self) -> None:
        from refresh import steps

        for stage in STAGES:
            setattr(steps, stage, self._announced(stage, getattr(steps, stage)))
        sys.addaudithook(self._hook)

    def end(self) -> None:
        self._tell({"events": self._events})

    def _announced(self, stage: str, step: Any) -> Any:
        def begun(*args: Any, **more: Any) -> Any:
            if stage not in self._seen:
                self._seen.add(stage)
                self._tell({"stage": stage, "seconds": time.monotonic() - self._begun})
                if stage == self._doom.stage and not self._doom.event:
                    strike = threading.Timer(self._doom.delay, _die)
                    strike.daemon = True
                    strike.start()
            self._now = stage
            return step(*args, **more)

        return begun

    def _tell(self, what: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as sink:
            sink.write(json.dumps(what) + "\n")

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self._now != (self._doom.stage or STAGES[-1]):
            return
        is_written = event == "open" and isinstance(args[1], str) and args[1][:1] in "wax"
        if event in _FILE_EVENTS or is_written:
            self._events += 1
            if self._doom.event and self._events == self._doom.event:
                _die()


def _die() -> None:
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    _serve()
