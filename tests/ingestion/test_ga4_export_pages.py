"""The short form of tests/soak/big_export.py: a window of twice the days holds no more pages at a time."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import uvicorn

from ingestion import landing
from ingestion.ga4_export.spool import Spool
from ingestion.ga4_export.wire import WireDecoder
from tests.ingestion.conftest import Trial
from tests.soak.big_export import LAST_DAY, vendor

PAGES_A_DAY, PAGE_ROWS = 25, 10


class Alive:
    """How many pages are in memory, and how many were at the same time."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._turn = threading.RLock()

    def born(self, page: pa.Table) -> pa.Table:
        with self._turn:
            self.now += 1
            self.most = max(self.most, self.now)
        weakref.finalize(page, self._gone)
        return page

    def _gone(self) -> None:
        with self._turn:
            self.now -= 1


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> Alive:
    """Counts the pages that are taken apart, and those that come back from the spool."""
    alive, table, pages = Alive(), WireDecoder.table, Spool.pages

    def counted_table(self: WireDecoder, *asked: Any) -> tuple[pa.Table, int, str | None]:
        page, total, token = table(self, *asked)
        return alive.born(page), total, token

    def counted_pages(self: Spool) -> Iterator[pa.Table]:
        yield from map(alive.born, pages(self))

    monkeypatch.setattr(WireDecoder, "table", counted_table)
    monkeypatch.setattr(Spool, "pages", counted_pages)
    # Small pages would be put together up to this.
    monkeypatch.setattr(landing, "_GATHERED_BYTES", 1)
    return alive


@pytest.fixture
def url() -> Iterator[str]:
    config = uvicorn.Config(vendor(2, PAGES_A_DAY, PAGE_ROWS), port=0, log_level="critical", lifespan="off")
    listener, server = config.bind_socket(), uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


def test_twice_the_days_hold_no_more_pages_at_a_time(trial: Trial, alive: Alive, url: str, tmp_path: Path) -> None:
    trial.overrides["ga4_export"] = {"base_url": url, "property_id": "1", "project_id": "p"}
    most = []
    for days in (1, 2):
        trial.home = tmp_path / f"{days} days"
        start = LAST_DAY - timedelta(days=days - 1)
        report = trial.load("ga4_export", start.isoformat(), LAST_DAY.isoformat())
        assert report.tables["events"] == days * PAGES_A_DAY * PAGE_ROWS
        most.append(alive.most)
        alive.most = 0
    # A day alone is read in pages too: some are under way, and none waits for the last.
    assert 0 < most[0] < PAGES_A_DAY / 2
    assert most[1] <= most[0] + 2
