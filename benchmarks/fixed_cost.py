"""Times a refresh that finds nothing new: from the start of its process to its end, by stage, and the same in Dagster.

Beside it stands what the imports alone take, each in a process of its own. The sandbox that answers runs on the same
cores, so that its replies are part of the seconds and not of the CPU seconds.

    kpi sandbox run -- python -m benchmarks.fixed_cost
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from refresh.measure import Meter
from warehouse.settings import Settings, load_settings

GOAL = 15.0
# What a refresh imports, in the order of its stages: their own processes or this one.
ENGINES = ("dlt", "dbt.cli.main", "scipy.stats", "great_expectations", "plotly.graph_objects", "dagster")
_LARGEST = 5
_JOB = "refresh_daily"


def main(say: Callable[[str], None], settings: Settings) -> None:
    """Say what each part took, against the goal. The home of `settings` is refreshed three times.

    Raises CalledProcessError where a refresh fails.
    """
    refresh = [str(Path(sys.executable).parent / "kpi"), "refresh"]
    _timed(refresh)  # what is new comes with this one
    whole = _timed(refresh)
    steps = _newest_steps(settings)
    in_steps = sum(step["seconds"] for step in steps)
    say(f"  kpi refresh          {whole.seconds:>6.1f} s {whole.cpu_seconds:>6.1f} CPU s   goal {GOAL:.0f} s")
    for stage in dict.fromkeys(step["stage"] for step in steps):
        own = [step for step in steps if step["stage"] == stage]
        say(f"    {stage:<18} {_sum(own, 'seconds'):>6.1f} s {_sum(own, 'cpu_seconds'):>6.1f} CPU s")
    say(f"    {'start and end':<18} {whole.seconds - in_steps:>6.1f} s")
    say(f"  the {_LARGEST} longest steps:")
    for step in sorted(steps, key=lambda step: step["seconds"], reverse=True)[:_LARGEST]:
        name = f"{step['stage']} {step['subject']}"
        say(f"    {name:<36} {step['seconds']:>6.1f} s {step['cpu_seconds']:>6.1f} CPU s")
    say("  imports alone, a process each:")
    for engine in ENGINES:
        alone = _timed([sys.executable, "-c", f"import {engine}"])
        say(f"    {engine:<36} {alone.seconds:>6.1f} s {alone.cpu_seconds:>6.1f} CPU s")
    with tempfile.TemporaryDirectory(prefix="kpi-dagster-") as folder:
        job = [sys.executable, "-m", "dagster", "job", "execute", "-m", "orchestration.definitions", "-j", _JOB]
        in_dagster = _timed(job, {"DAGSTER_HOME": folder})
    say(f"  {_JOB} in Dagster {in_dagster.seconds:>5.1f} s {in_dagster.cpu_seconds:>6.1f} CPU s")


class _Spent:
    """Seconds and CPU seconds of a process that ended."""

    def __init__(self, meter: Meter) -> None:
        self.seconds, self.cpu_seconds = meter.seconds, meter.cpu_seconds


def _timed(command: Sequence[str], more: dict[str, str] | None = None) -> _Spent:
    meter = Meter()
    subprocess.run(command, check=True, env={**os.environ, **(more or {})}, capture_output=True)
    return _Spent(meter)


def _newest_steps(settings: Settings) -> list[dict[str, Any]]:
    newest = max(settings.logs.glob("*Z-*.json"))
    steps: list[dict[str, Any]] = json.loads(newest.read_text(encoding="utf-8"))["steps"]
    return steps


def _sum(steps: Sequence[dict[str, Any]], name: str) -> float:
    return float(sum(step[name] for step in steps))


if __name__ == "__main__":
    main(print, load_settings())
