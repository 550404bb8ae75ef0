"""Publications one after the other, under clients that connect, read and connect anew all the while.

Each version says one number in every table. A client that reads two numbers within one connection has seen a mixed
set; one that connects after a publication has ended and reads an older number has seen a stale one.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from tests.warehouse.small import AS_OF, build_warehouse
from warehouse.publish import publish
from warehouse.settings import Settings

Connect = Callable[[Path], AbstractContextManager[duckdb.DuckDBPyConnection]]
# Between two connections of a client, and between two reads on one.
PAUSE_SECONDS = 0.05
LONGEST_SECONDS = 120


@dataclass
class Seen:
    """What clients saw."""

    reads: int = 0
    versions: set[int] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    def __add__(self, other: Seen) -> Seen:
        return Seen(
            self.reads + other.reads,
            self.versions | other.versions,
            self.errors + other.errors,
            self.mixed + other.mixed,
            self.stale + other.stale,
        )

    @property
    def is_good(self) -> bool:
        return not (self.errors or self.mixed or self.stale)

    def __str__(self) -> str:
        first = "".join(f"\n  {problem}" for problem in (self.errors + self.mixed + self.stale)[:5])
        return (
            f"{self.reads:,} reads of {len(self.versions):,} versions: {len(self.errors)} errors, "
            f"{len(self.mixed)} mixed, {len(self.stale)} stale{first}"
        )


def as_a_tool(link: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """Open the link as a BI tool does."""
    return duckdb.connect(str(link), read_only=True)


def watched(settings: Settings, times: int, readers: int, pool: Executor, connect: Connect) -> Seen:
    """Publish `times` versions of the small warehouse while `readers` clients of the pool read."""
    board = settings.home / "board"
    build_warehouse(settings.warehouse)
    board.mkdir()
    _publish(settings, 0, board)
    clients = [pool.submit(read, settings.publication, board, connect) for _ in range(readers)]
    try:
        # from the first version on, everybody reads
        _until(lambda: len(list(board.glob("reader-*"))) == readers)
        for number in range(1, times + 1):
            _publish(settings, number, board)
    finally:
        (board / "stop").touch()
    return sum((client.result() for client in clients), Seen())


def read(link: Path, board: Path, connect: Connect) -> Seen:
    """Connect and read until the board says stop, and once more after that: that is the last version."""
    seen, is_last = Seen(), False
    while not is_last:
        is_last = (board / "stop").exists()
        at_least = int((board / "newest").read_text())
        try:
            with connect(link) as connection:
                first = connection.execute(
                    "select (select run_id[2:]::int from published.publication), "
                    "max(clicks), min(clicks) from published.channel_daily"
                ).fetchall()[0]
                time.sleep(PAUSE_SECONDS)
                second = connection.execute("select max(label[2:]::int), min(label[2:]::int) from published.dim_kpi")
                numbers = {*first, *second.fetchall()[0]}
        except Exception as error:
            seen.errors.append(repr(error))
            continue
        seen.reads += 1
        if len(numbers) > 1:
            seen.mixed.append(f"{sorted(numbers)} in one connection")
        elif (number := min(numbers)) < at_least:
            seen.stale.append(f"{number} after {at_least} was published")
        seen.versions |= numbers
        if seen.reads == 1:
            (board / f"reader-{id(seen)}-{time.monotonic_ns()}").touch()
        time.sleep(PAUSE_SECONDS)
    return seen


def long_form(folder: Path, times: int, readers: int) -> Seen:
    """The clients as processes of their own, which open the link as a BI tool does."""
    with ProcessPoolExecutor(readers, mp_context=multiprocessing.get_context("spawn")) as pool:
        return watched(Settings(home=folder), times, readers, pool, as_a_tool)


def _publish(settings: Settings, number: int, board: Path) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            f"update marts.channel_daily set clicks = {number}; update semantic.dim_kpi set label = 'v{number}'"
        )
    publish(
        settings,
        run_id=f"v{number}",
        published_at=AS_OF,
        data_through=date(2026, 11, 22),
        checks_passed=1,
        checks_total=1,
    )
    # the number of a publication that has ended
    (board / "next").write_text(str(number))
    (board / "next").replace(board / "newest")


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "the clients did not come"
        time.sleep(0.01)
