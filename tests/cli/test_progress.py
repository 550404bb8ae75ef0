"""What a person sees of a step that takes long: a live line on a terminal, plain lines in a file."""

from __future__ import annotations

import io
import re
import time

import pytest
from rich.console import Console

from cli import progress
from cli.progress import Lines
from ingestion.meter import Meter
from refresh.run import StageReport

DONE = StageReport("ingest", "hubspot", 3.0, 1.0, 250, 90.0, "7 requests")


def _seen(screen: Console, wanted: str) -> str:
    """What the screen holds as soon as there is a `wanted` on it; a busy machine may take its time."""
    assert isinstance(screen.file, io.StringIO)
    for _ in range(3000):
        if re.search(wanted, screen.file.getvalue()):
            break
        time.sleep(0.01)
    return screen.file.getvalue()


def _watched(is_terminal: bool) -> str:
    """A load that reads rows and then waits, as the screen has it in the end."""
    screen = Console(file=io.StringIO(), force_terminal=is_terminal, width=110, color_system=None)
    lines, meter = Lines(screen), Meter()
    meter.rows, meter.requests, meter.doing = 200, 6, "contacts of 42"
    lines.started("ingest", "hubspot")
    lines.loading(meter)
    _seen(screen, "contacts of 42")
    meter.requests, meter.waiting = 7, "waiting 40 s, 43 of 120 s budget used: HubSpot's limit (HTTP 429)"
    _seen(screen, "waiting 40 s")
    lines.ended(DONE)
    return _seen(screen, "")


def test_a_terminal_shows_rows_requests_what_is_read_and_waits_on_one_live_line() -> None:
    seen = _watched(is_terminal=True)
    assert re.search(r"ingest hubspot  \d+ s, 200 rows, 6 requests: contacts of 42", seen)
    assert "7 requests: waiting 40 s, 43 of 120 s budget used: HubSpot's limit" in seen
    assert "\x1b[2K" in seen  # the line is taken away again
    assert seen.rstrip().endswith("3.0 s        250 rows  7 requests")


def test_a_file_gets_a_plain_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "FIRST_LINE", 0.05)
    seen = _watched(is_terminal=False)
    assert re.search(r"^  ingest hubspot  \d+ s, 200 rows, 6 requests: contacts of 42$", seen, re.MULTILINE)
    assert seen.splitlines()[-1].startswith("  ingest    hubspot ")
    assert "\x1b" not in seen


def test_a_step_that_is_no_load_shows_its_seconds() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    lines = Lines(screen)
    lines.started("transform", "models and tests")
    assert re.search(r"transform models and tests  \d+ s", _seen(screen, "tests  "))
    lines.failed()
