"""The long forms, one process a half of the sources."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import SystemRandom

from tests.soak.business import SOURCES, Business, business
from tests.soak.days import Days
from tests.soak.forked import Commands, commands
from tests.soak.kills import Kills
from tests.soak.publications import long_form
from tests.soak.refresh_kills import HISTORY_DAYS, MOMENTS, RefreshKills
from tests.soak.tally import Tally, summary

# Halves that take about as long as each other.
LANES = (("google_ads", "fx_rates", "file_drop"), ("ga4", "ga4_export", "hubspot", "meta_ads", "search_console"))
DAYS_OF_KILLS = 40
READERS = 8


def main(arguments: list[str]) -> int:
    """Run what was asked for; 0 when all was as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeats a run; printed at its start")
    parser.add_argument("--days", type=int, default=60, help="virtual days of loads, a source by itself; 0 for none")
    parser.add_argument("--kills", type=int, default=50, help="kills of loads at random moments; 0 for none")
    parser.add_argument("--daemon-days", type=int, default=60, help="virtual days under Dagster's daemon; 0 for none")
    parser.add_argument("--refresh-kills", type=int, default=100, help="kills of whole refreshes; 0 for none")
    parser.add_argument("--publications", type=int, default=0, help="one after the other under 8 clients that read")
    parser.add_argument("--sources", default=",".join(SOURCES), help="by comma")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else SystemRandom().randrange(1_000_000)
    wanted = options.sources.split(",")
    lanes = [lane for lane in (tuple(one for one in lane if one in wanted) for lane in LANES) if lane]
    _say(
        f"seed {seed}: {options.days} days and {options.kills} kills of loads, {options.daemon_days} days under "
        f"Dagster's daemon, {options.refresh_kills} kills of refreshes; repeat it with make soak SEED={seed}"
    )
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
    is_good &= _wholes(seed, {_living: options.daemon_days, _refresh_kills: options.refresh_kills})
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


def _wholes(seed: int, counts: Mapping[Callable[[int, int], tuple[str, bool]], int]) -> bool:
    """Those with whole refreshes, side by side; whether all was as it should be."""
    begun, is_good = time.monotonic(), True
    with ProcessPoolExecutor(len(counts), mp_context=multiprocessing.get_context("spawn")) as pool:
        for ended in [pool.submit(run, seed, count) for run, count in counts.items() if count]:
            said, was_good = ended.result()
            _say(f"\nafter {time.monotonic() - begun:.0f} s, seed {seed}: {said}\n")
            is_good &= was_good
    return is_good


def _living(seed: int, days: int) -> tuple[str, bool]:
    # dagster is imported where it is needed
    from tests.soak.living import Living

    with _whole(days) as (one, forking):
        done = Living(one, forking, seed, days, _say).run()
    return str(done), not done.problems


def _refresh_kills(seed: int, kills: int) -> tuple[str, bool]:
    with _whole(len(MOMENTS)) as (one, forking):
        done = RefreshKills(one, forking, seed, _say).run(kills)
    return str(done), not done.problems


@contextmanager
def _whole(days: int) -> Iterator[tuple[Business, Commands]]:
    """A business without erasures, whose truth is known to the last person, and what its refreshes are forked from."""
    with (
        tempfile.TemporaryDirectory(prefix="kpi-soak-") as name,
        business(Path(name), days, days_before=HISTORY_DAYS, erasures=False) as one,
        commands(Path(name)) as forking,
    ):
        yield one, forking


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
