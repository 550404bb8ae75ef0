"""The long forms, one process a half of the sources."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from random import SystemRandom

from tests.soak.business import SOURCES, business
from tests.soak.days import Days
from tests.soak.kills import Kills
from tests.soak.publications import long_form
from tests.soak.tally import Tally, summary

# Halves that take about as long as each other.
LANES = (("google_ads", "fx_rates", "file_drop"), ("ga4", "ga4_export", "hubspot", "meta_ads", "search_console"))
DAYS_OF_KILLS = 40
READERS = 8


def main(arguments: list[str]) -> int:
    """Run what was asked for; 0 when all was as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeats a run; printed at its start")
    parser.add_argument("--days", type=int, default=60, help="virtual days; 0 for none")
    parser.add_argument("--kills", type=int, default=50, help="kills at random moments; 0 for none")
    parser.add_argument("--publications", type=int, default=0, help="one after the other under 8 clients that read")
    parser.add_argument("--sources", default=",".join(SOURCES), help="by comma")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else SystemRandom().randrange(1_000_000)
    wanted = options.sources.split(",")
    lanes = [lane for lane in (tuple(one for one in lane if one in wanted) for lane in LANES) if lane]
    _say(f"seed {seed}: {options.days} days and {options.kills} kills; repeat it with make soak SEED={seed}")
    parts = [(_days, options.days)] if options.days else []
    parts += [(_kills, options.kills)] if options.kills else []
    is_good = True
    with ProcessPoolExecutor(len(lanes), mp_context=multiprocessing.get_context("spawn")) as pool:
        for run, count in parts:
            begun = time.monotonic()
            running = [pool.submit(run, seed, _share(count, lane, wanted), lane) for lane in lanes]
            tallies = [tally for lane in running for tally in lane.result()]
            _say(f"\n{count} {run.__name__.strip('_')} took {time.monotonic() - begun:.0f} s, seed {seed}")
            _say(summary(tallies) + "\n")
            is_good &= not any(tally.problems for tally in tallies)
    if options.publications:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="kpi-soak-") as folder:
            seen = long_form(Path(folder), options.publications, READERS)
        _say(
            f"{options.publications} publications under {READERS} clients took {time.monotonic() - begun:.0f} s: {seen}"
        )
        is_good &= seen.is_good
    _say("all was equal" if is_good else f"NOT equal; repeat it with make soak SEED={seed}")
    return 0 if is_good else 1


def _share(count: int, lane: tuple[str, ...], wanted: list[str]) -> tuple[int, int]:
    """All of the days, and the lane's part of the kills."""
    return count, -(-count * len(lane) // len(wanted))


def _days(seed: int, share: tuple[int, int], lane: tuple[str, ...]) -> list[Tally]:
    with tempfile.TemporaryDirectory(prefix="kpi-soak-") as folder, business(Path(folder), share[0], seed=seed) as one:
        return Days(one, seed, share[0], _say).run(lane)


def _kills(seed: int, share: tuple[int, int], lane: tuple[str, ...]) -> list[Tally]:
    with tempfile.TemporaryDirectory(prefix="kpi-soak-") as folder, business(Path(folder), DAYS_OF_KILLS) as one:
        return Kills(one, seed, share[1], _say).run(lane)


def _say(line: str) -> None:
    sys.stdout.write(f"{datetime.now():%H:%M:%S} {line}\n")
    sys.stdout.flush()
