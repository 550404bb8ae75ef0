"""The process that `forked` asks for commands: it has imported what they need, and forks each of them."""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.soak.forked import STAGES, Doom

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
        # Here as well: who hears of the process may kill its group at once.
        with suppress(OSError):
            os.setpgid(pid, pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(job: dict[str, Any]) -> None:
    """Be the command, and end with its exit code."""
    os.setpgid(0, 0)
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
