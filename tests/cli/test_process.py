"""Stopping a program that runs in the place of ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from warehouse.layout import PROJECT_ROOT

_CHILD = """
import pathlib, signal, sys, time
def stop(number, frame):
    pathlib.Path(sys.argv[1]).write_text(signal.Signals(number).name)
    sys.exit(7)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, stop)
print("ready", flush=True)
for _ in range(1200):
    time.sleep(0.05)  # a signal that comes just before a sleep is handled after it
"""
_PARENT = """
import os, signal, sys
from cli.process import run_child
sys.exit(run_child([sys.executable, "-c", sys.argv[1], sys.argv[2]], os.environ, stop_with=signal.SIGINT))
"""


def test_a_sigterm_reaches_the_child_as_the_signal_that_it_stops_on(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    arguments = [sys.executable, "-c", _PARENT, _CHILD, str(seen)]
    with subprocess.Popen(arguments, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, env=dict(os.environ)) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(timeout=30) == 7
    assert seen.read_text() == "SIGINT"
