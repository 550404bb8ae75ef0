"""One load in a process of its own, which may be killed at any moment.

The processes are forked from one that has imported everything, so that a load does not begin with seconds of imports.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import wait
from typing import Any

from ingestion import landing, ops, pipeline
from ingestion.http import LoadStopped
from refresh.plan import make_plan
from warehouse.errors import ConfigurationError
from warehouse.settings import load_settings

STARTING, READING, SWAPPING, RECORDED, COMMITTED = range(5)
PHASES = ("before the first request", "while reading", "while swapping", "before the commit", "after the commit")
LONGEST_LOAD = 300.0

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.soak.preloaded"])


@dataclass(frozen=True)
class Doom:
    """How a load ends early: `delay` seconds after the beginning of `phase` its process gets `signal_number`."""

    phase: int
    delay: float
    signal_number: int = signal.SIGKILL


@dataclass(frozen=True)
class Outcome:
    """How a load ended: done, stopped (and goes on), failed (with a line for a person), killed, or broken."""

    kind: str
    text: str = ""
    phase: int = COMMITTED
    seconds: float = 0.0
    rows: int = 0
    requests: int = 0
    warnings: tuple[str, ...] = ()
    tables: Mapping[str, int] = field(default_factory=dict)


def load(
    environment: Mapping[str, str], source: str, as_of: datetime, *, weekly: bool = False, doom: Doom | None = None
) -> Outcome:
    """Load what the plan asks for at that moment; waits take no time."""
    receiver, sender = _PROCESSES.Pipe(duplex=False)
    phase = _PROCESSES.Value("i", STARTING, lock=False)
    process = _PROCESSES.Process(
        target=_in_process, args=(dict(environment), (source, as_of, weekly), doom, phase, sender)
    )
    begun = time.monotonic()
    process.start()
    sender.close()
    found: Outcome | None = None
    wait([receiver, process.sentinel], LONGEST_LOAD)
    with suppress(EOFError):
        if receiver.poll(0):
            found = receiver.recv()
    process.join(30)  # Who was killed is told of late by a busy machine.
    if hangs := process.is_alive():
        process.kill()
        process.join(30)
    if found is not None:
        return found
    if hangs:
        return Outcome("broken", f"the load did not end within {LONGEST_LOAD:.0f} s", phase.value)
    kind = "killed" if doom and process.exitcode == -doom.signal_number else "broken"
    text = "" if kind == "killed" else f"the process ended with code {process.exitcode}"
    return Outcome(kind, text, phase.value, time.monotonic() - begun)


def _in_process(
    environment: dict[str, str], what: tuple[str, datetime, bool], doom: Doom | None, phase: Any, sender: Any
) -> None:
    source, as_of, weekly = what
    os.environ.update(environment)
    reached = [threading.Event() for _ in PHASES]

    def enter(number: int) -> None:
        phase.value = max(phase.value, number)
        reached[number].set()

    _tell_phases(enter)
    if doom is not None:
        threading.Thread(target=_strike, args=(doom, reached[doom.phase]), daemon=True).start()
    enter(STARTING)
    begun = time.monotonic()
    try:
        settings = load_settings()
        # each source lives through its day by itself, so the clock goes back to the morning for the next one
        plan = make_plan(
            settings, sources=[source], cadence="weekly" if weekly else None, as_of=as_of, is_past_meant=True
        )
        window = plan.windows[source]
        report = pipeline.load(
            source, window, settings=settings, as_of=as_of, run_id=plan.run_id, sleep=lambda seconds: None
        )
        enter(COMMITTED)
        found = Outcome(
            "done", "", COMMITTED, report.seconds, report.rows, report.requests, report.warnings, report.tables
        )
    except LoadStopped as stopped:
        found = Outcome("stopped", str(stopped), phase.value, time.monotonic() - begun)
    except ConfigurationError as error:
        found = Outcome("failed", str(error), phase.value, time.monotonic() - begun)
    except KeyboardInterrupt:
        found = Outcome("killed", "interrupted", phase.value, time.monotonic() - begun)
    except BaseException:
        found = Outcome("broken", traceback.format_exc(), phase.value, time.monotonic() - begun)
    sender.send(found)
    sender.close()


def _tell_phases(enter: Any) -> None:
    """Let the pipeline say how far it is; nothing of what it does changes."""
    land, record = landing.land, ops.record

    def told_land(*args: Any, **more: Any) -> Any:
        enter(READING)
        landed = land(*args, **more)
        enter(SWAPPING)
        return landed

    def told_record(*args: Any, **more: Any) -> None:
        record(*args, **more)
        enter(RECORDED)

    landing.land, ops.record = told_land, told_record


def _strike(doom: Doom, reached: threading.Event) -> None:
    reached.wait()
    time.sleep(doom.delay)
    os.kill(os.getpid(), doom.signal_number)
