"""Thirty-two readers ask for the scorecard, each once a second, while the publication is flipped a hundred times.

    python -m benchmarks.readers [var/serving/kpi.duckdb]

A reader does what a dashboard does: find the version, open it read-only, read its scorecard, close it; all of that is
timed. The versions are copies of a real publication with other run ids, so that a reader can tell what it has read:
one that finds another version's run than the one it opened, or one that had gone before it asked, has been misled.
Readers are threads of eight processes, as those of a BI tool's web server.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np

from warehouse.connection import reader
from warehouse.settings import load_settings
from warehouse.versions import flip

READERS, PROCESSES, FLIPS = 32, 8, 100
PAUSE_SECONDS, BETWEEN_FLIPS_SECONDS = 1.0, 0.25
_BASES = 3
_SCORECARD = "select kpi, label, value, previous_value, target_value, status, is_final from published.kpi_scorecard"


@dataclass
class Seen:
    """What readers saw: seconds of each query, the versions, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def add(self, other: Seen) -> None:
        self.seconds += other.seconds
        self.versions |= other.versions
        self.errors += other.errors


def main(say: Callable[[str], None], publication: Path) -> None:
    """Run it on copies of `publication` in a folder of its own, and say what was measured."""
    with tempfile.TemporaryDirectory(prefix="kpi-readers-") as folder:
        place = Path(folder)
        bases = _copies(publication.resolve(), place)
        link = place / "kpi.duckdb"
        _release(place, bases, 0)
        threads = READERS // PROCESSES
        with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
            waiting = [pool.submit(_process, link, threads, number) for number in range(PROCESSES)]
            while len(list(place.glob("ready-*"))) < PROCESSES:
                time.sleep(0.05)
            for number in range(1, FLIPS + 1):
                time.sleep(BETWEEN_FLIPS_SECONDS)
                _release(place, bases, number)
            (place / "stop").touch()
            seen = Seen()
            for one in waiting:
                seen.add(one.result())
    median, tail = np.percentile(seen.seconds, [50, 95]) * 1000
    say(
        f"  {len(seen.seconds):,} scorecards of {len(seen.versions)} versions by {READERS} readers, {FLIPS} flips: "
        f"median {median:.0f} ms, p95 {tail:.0f} ms, longest {max(seen.seconds) * 1000:.0f} ms, "
        f"{len(seen.errors)} errors (load {os.getloadavg()[0]:.1f})"
    )
    for error in seen.errors[:5]:
        say(f"    {error}")


def _copies(publication: Path, place: Path) -> list[Path]:
    bases = []
    for number in range(_BASES):
        base = place / f"base-{number}.duckdb"
        shutil.copyfile(publication, base)
        with duckdb.connect(str(base)) as connection:
            connection.execute(f"update published.publication set run_id = 'base-{number}'")
        bases.append(base)
    return bases


def _release(place: Path, bases: list[Path], number: int) -> None:
    """Version `number`, whose bytes are those of a base, becomes the current one; older ones go as they do."""
    version = place / f"kpi.{number}.duckdb"
    os.link(bases[number % _BASES], version)
    flip(place / "kpi.duckdb", version.name)
    (place / f"kpi.{number - 3}.duckdb").unlink(missing_ok=True)


def _process(link: Path, threads: int, number: int) -> Seen:
    parts = [Seen() for _ in range(threads)]
    workers = [threading.Thread(target=_read, args=(link, part, rank / threads)) for rank, part in enumerate(parts)]
    (link.parent / f"ready-{number}").touch()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    total = Seen()
    for part in parts:
        total.add(part)
    return total


def _read(link: Path, seen: Seen, first_pause: float) -> None:
    time.sleep(first_pause)
    while not (link.parent / "stop").exists():
        before = int(link.resolve().name.split(".")[1])
        start = time.perf_counter()
        try:
            with reader(link) as connection:
                rows = connection.execute(_SCORECARD).fetchall()
                seen.seconds.append(time.perf_counter() - start)
                row = connection.execute("select run_id from published.publication").fetchone()
                opened = connection.execute("select path from duckdb_databases() where path is not null").fetchone()
        except Exception as error:
            seen.errors.append(repr(error))
            continue
        version = int(Path(opened[0]).name.split(".")[1]) if opened else -1
        if not rows or row is None or row[0] != f"base-{version % _BASES}" or version < before:
            seen.errors.append(f"opened version {version} after {before}, and read {row}")
        seen.versions.add(str(version))
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(print, Path(sys.argv[1]) if len(sys.argv) > 1 else load_settings().publication)
