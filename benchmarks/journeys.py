"""Our sessions, journeys, paths and attribution against one scan and sort of the same events, written by hand.

`make bench SCALE=10m`: generated events in our own raw tables, `by_hand.sql` and our models on the same warehouse, one
after the other, each in a process of its own with 2 threads and 4 GB, beyond which DuckDB goes to disk. Both must come
to the same sessions and the same credit. Of ours, what counts is each model from its start to its end, as dbt tells
them: not dbt's start and not its tests. Identity, contacts and money stand apart, since by hand there are none; so do
Markov and Shapley, whose cost is that of the distinct paths (`benchmarks.attribution`).

Then one more day comes to that history and to one of a tenth as many days: what it costs on each, all models counted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from benchmarks.generate import AS_OF, add_last_day, generate
from transform import increments
from transform.build import dbt_vars
from warehouse.connection import writer
from warehouse.layout import DBT_PROJECT
from warehouse.settings import Settings

SCALES = {"1m": 1_000_000, "10m": 10_000_000, "100m": 100_000_000, "1b": 1_000_000_000}
THREADS, MEMORY = 2, "4GB"
# As transform/profiles.yml has it; what is then written at the end is counted on both sides.
CHECKPOINT = "1GB"
BY_HAND = Path(__file__).parent / "by_hand.sql"
# Where the seconds of a model go: the first name that a model's begins with.
_PARTS = {
    "int_event_counts": "identity, contacts, money",
    "int_attribution_values": "Markov and Shapley",
    "int_event": "sessions",
    "int_inactivity": "sessions",
    "int_session": "sessions",
    "int_changed_visits": "sessions",
    "int_touched_visits": "sessions",
    "int_web_purchases": "sessions",
    "fct_sessions": "sessions",
    "int_touchpoint": "journeys",
    "int_journeys": "journeys",
    "int_journey_events": "journeys",
    "int_journey_people": "journeys",
    "int_click_touches": "journeys",
    "int_form_submissions": "journeys",
    "int_stage_changes": "journeys",
    "int_conversion": "journeys",
    "fct_conversion": "journeys",
    "fct_customer_journey": "journeys",
    "int_journey_paths": "paths and attribution",
    "int_path": "paths and attribution",
    "int_attribution": "paths and attribution",
    "fct_attribution": "paths and attribution",
}
_COUNTED = ("sessions", "journeys", "paths and attribution", "checkpoint")
_OTHERS = "identity, contacts, money"
_PROFILE = f"""
marketing_kpis:
  target: duckdb
  outputs:
    duckdb:
      type: duckdb
      path: "{{{{ env_var('KPI_WAREHOUSE') }}}}"
      schema: staging
      threads: 1
      settings:
        TimeZone: UTC
        enable_progress_bar: false
        preserve_insertion_order: false
        checkpoint_threshold: {CHECKPOINT}
        threads: {THREADS}
        memory_limit: {MEMORY}
"""
_SAME = """
select
    (select count(*) from by_hand.sessions) - (select count(*) from marts.fct_sessions),
    (select round(sum(credited_value)) from by_hand.attribution where model = 'linear')
    - (
        select round(sum(credited_value)) from marts.fct_attribution
        where
            model = 'linear' and touchpoint_id is not null
            and conversion_type in ('first_purchase', 'repeat_purchase')
    )
"""


@dataclass(frozen=True)
class Cost:
    """Seconds and CPU seconds of the work itself, by part, and the peak memory of the process in MB."""

    parts: dict[str, tuple[float, float]]
    peak_memory_mb: float

    def total(self, parts: Iterable[str]) -> tuple[float, float]:
        found = [self.parts[part] for part in parts if part in self.parts]
        return sum(seconds for seconds, _ in found), sum(cpu for _, cpu in found)


def main(screen: Console, events: int) -> None:
    screen.print(f"[bold]Journeys[/bold] of {events:,} generated events, {THREADS} threads, {MEMORY}")
    days = min(events // 10_000, 1000)
    with tempfile.TemporaryDirectory(prefix="kpi-journeys-") as folder:
        settings = Settings(home=Path(folder))
        started = time.monotonic()
        generate(settings, events, days=days)
        screen.print(f"  {'generated':<27}{time.monotonic() - started:>8.1f} s")
        by_hand = run_by_hand(settings)
        models = run_models(settings)
        hold_against(settings)
        show(screen, models, by_hand)
        many = new_day(settings, events, days)
    with tempfile.TemporaryDirectory(prefix="kpi-journeys-") as folder:
        settings = Settings(home=Path(folder))
        generate(settings, events // 10, days=days // 10)
        run_models(settings)
        few = new_day(settings, events // 10, days // 10)
    screen.print(
        f"[bold]One new day[/bold] of {events // days:,} events on a history of {days:,} and of {days // 10:,} days"
    )
    for part in many.parts:
        screen.print(f"  {part:<27}{many.parts[part][0]:>8.1f} s {few.parts[part][0]:>8.1f} s")
    (seconds, cpu), (seconds_few, cpu_few) = many.total(many.parts), few.total(few.parts)
    screen.print(f"  {'all models':<27}{seconds:>8.1f} s {seconds_few:>8.1f} s {cpu:>8.1f} {cpu_few:>8.1f} CPU s")
    screen.print(f"  {'ratio':<27}{seconds / seconds_few:>8.2f}   {cpu / cpu_few:>8.2f} of CPU    goal: at most 1.2")


def show(screen: Console, models: Cost, by_hand: Cost) -> None:
    counted, floor = models.total(_COUNTED), by_hand.total(by_hand.parts)
    for part, (seconds, cpu) in models.parts.items():
        note = "" if part in _COUNTED else "  (not in the ratio)"
        screen.print(f"  {part:<27}{seconds:>8.1f} s {cpu:>8.1f} CPU s{note}")
    for side, (seconds, cpu), peak in (
        ("our models", counted, models.peak_memory_mb),
        ("by hand", floor, by_hand.peak_memory_mb),
    ):
        screen.print(f"  {side:<27}{seconds:>8.1f} s {cpu:>8.1f} CPU s {peak:>8.0f} MB at most")
    screen.print(f"  {'ratio':<27}{counted[0] / floor[0]:>8.2f}   {counted[1] / floor[1]:>8.2f}    goal: at most 2")


def run_by_hand(settings: Settings) -> Cost:
    """What the hand-written statements take."""
    return _child("by-hand", settings)


def run_models(settings: Settings) -> Cost:
    """What our models take. Raises CalledProcessError where dbt fails."""
    (settings.home / "profiles.yml").write_text(_PROFILE, encoding="utf-8")
    return _child("models", settings)


def new_day(settings: Settings, events: int, days: int) -> Cost:
    """What our models take of the last day, once the days before it are built."""
    add_last_day(settings, events, days=days)
    return run_models(settings)


def hold_against(settings: Settings) -> None:
    """Raise SystemExit where the two sides do not come to the same."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        difference = connection.execute(_SAME).fetchone()
    if difference != (0, 0):
        raise SystemExit(f"by hand and by our models differ by (sessions, linear credit) {difference}")


def _child(side: str, settings: Settings) -> Cost:
    """One side in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.journeys", "--side", side, "--home", str(settings.home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    parts = {name: (seconds, cpu) for name, (seconds, cpu) in json.loads(output).items()}
    return Cost(parts, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6)


def _by_hand(settings: Settings) -> dict[str, tuple[float, float]]:
    config = {
        "threads": THREADS,
        "memory_limit": MEMORY,
        "preserve_insertion_order": False,
        "checkpoint_threshold": CHECKPOINT,
    }
    with duckdb.connect(str(settings.warehouse), config=config) as connection:
        connection.execute("set enable_progress_bar = false; create schema if not exists by_hand")
        started, cpu_started = time.perf_counter(), time.process_time()
        connection.execute(BY_HAND.read_text(encoding="utf-8"))
    return {"by hand": (time.perf_counter() - started, time.process_time() - cpu_started)}


def _models(settings: Settings) -> dict[str, tuple[float, float]]:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    parts = dict.fromkeys((*_COUNTED, "Markov and Shapley", _OTHERS), (0.0, 0.0))
    started = cpu_started = 0.0

    def watch(event: Any) -> None:
        nonlocal started, cpu_started
        if event.info.name == "NodeStart":
            started, cpu_started = time.perf_counter(), time.process_time()
        elif event.info.name == "NodeFinished":
            part = part_of(event.data.node_info.node_name)
            seconds, cpu = parts[part]
            parts[part] = (seconds + time.perf_counter() - started, cpu + time.process_time() - cpu_started)

    variables = dbt_vars(settings, AS_OF)
    with writer(settings) as connection:
        is_anew = increments.begin(connection, variables, is_full=False)
    os.environ |= {"KPI_WAREHOUSE": str(settings.warehouse), "KPI_BUILD_AS_OF": AS_OF.strftime("%Y-%m-%d %H:%M:%S")}
    result = dbtRunner(callbacks=[watch]).invoke(
        [
            *("build", "--select", "+fct_attribution", "--resource-type", "model", "--resource-type", "seed"),
            *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(settings.home), "--log-level", "none"),
            *("--target-path", str(settings.home / "dbt"), "--log-path", str(settings.logs)),
            *("--quiet", "--vars", json.dumps(variables), *(["--full-refresh"] if is_anew else [])),
        ]
    )
    if not result.success:
        raise SystemExit(f"dbt fails: {result.exception or _failed(result.result)}")
    started, cpu_started = time.perf_counter(), time.process_time()
    DuckDBConnectionManager.close_all_connections()
    parts["checkpoint"] = (time.perf_counter() - started, time.process_time() - cpu_started)
    with writer(settings) as connection:
        increments.complete(connection, variables)
    return parts


def _failed(outcomes: Any) -> str:
    return "; ".join(f"{found.node.name}: {found.message}" for found in outcomes if str(found.status) == "error")


def part_of(model: str) -> str:
    return next((part for start, part in _PARTS.items() if model.startswith(start)), _OTHERS)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scale", choices=SCALES, default="10m")
    arguments.add_argument("--side", choices=["by-hand", "models"], help=argparse.SUPPRESS)
    arguments.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.side:
        home = Settings(home=chosen.home)
        print(json.dumps(_by_hand(home) if chosen.side == "by-hand" else _models(home)))
    else:
        main(Console(highlight=False, width=120), SCALES[chosen.scale])
