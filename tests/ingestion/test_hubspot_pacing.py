"""HubSpot's limits are kept without running into them, by several requests at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ingestion.hubspot import pacing, portal
from ingestion.pacing import RollingLimit
from tests.ingestion.conftest import Trial, Vendors, content, serving
from tests.ingestion.test_hubspot_faults import AFTER, BEFORE, portal_world, utc


class VirtualTrial(Trial):
    """A trial that lives by the sandbox's clock: whoever sleeps moves it on."""

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.control.advance(timedelta(seconds=seconds))

    def clock(self) -> float:
        return self.control.now.timestamp()


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    with serving(portal_world()) as running:
        yield running


@pytest.fixture
def virtual(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> VirtualTrial:
    """A portal of which many small batches are read, after a first load."""
    for name, size in {"BATCH": 2, "BATCH_WITH_HISTORY": 2, "ASSOCIATION_INPUTS": 2, "SEARCH_PAGE": 1}.items():
        monkeypatch.setattr(portal, name, size)
    trial.control.set_clock(utc(BEFORE))
    trial.load("hubspot", "2026-11-29", "2026-11-29")
    trial.control.set_clock(utc(AFTER))
    return VirtualTrial(trial.vendors, trial.home)


def read_twice(virtual: VirtualTrial, tmp_path: Path) -> tuple[object, object]:
    """What a load under the limits brings, and what one without them brings."""
    limited, moment = virtual.control.conditions.copy(), virtual.control.now
    virtual.control.log.clear()
    virtual.load("hubspot", "2026-12-03", "2026-12-03", as_of=moment)
    log = list(virtual.control.log)
    free = Trial(virtual.vendors, tmp_path / "free")
    virtual.control.conditions.clear()
    virtual.control.set_clock(moment)
    free.load("hubspot", "2026-12-03", "2026-12-03", as_of=moment)
    virtual.control.conditions |= limited
    virtual.control.log.clear()
    virtual.control.log.extend(log)
    return shown(virtual), shown(free)


def shown(trial: Trial) -> dict[str, list[object]]:
    found = content(trial, "hubspot")
    del found["object_reads"]
    return found


def refused(virtual: VirtualTrial) -> int:
    return sum(request.status == 429 for request in virtual.control.log)


@pytest.mark.parametrize("limit", [2, 3, 7, 20])
def test_no_request_is_refused_however_few_the_portal_allows(virtual: VirtualTrial, tmp_path: Path, limit: int) -> None:
    virtual.control.conditions["hubspot/interval_limit"] = limit
    limited, free = read_twice(virtual, tmp_path)
    assert limited == free
    assert refused(virtual) == 0
    taken = [request.at for request in virtual.control.log]
    assert len(taken) > limit
    # Full windows, and none that is too full: any request is ten seconds or more after the one `limit` before it.
    assert all(later - sooner >= timedelta(seconds=10) for sooner, later in zip(taken, taken[limit:], strict=False))
    assert sum(virtual.slept) <= 10 * (len(taken) / limit + 1)


def test_searches_keep_to_a_limit_of_their_own(virtual: VirtualTrial, tmp_path: Path) -> None:
    virtual.control.conditions["hubspot/search_limit"] = pacing.SEARCHES
    limited, free = read_twice(virtual, tmp_path)
    assert limited == free
    assert refused(virtual) == 0
    searches = sum(request.path.endswith("/search") for request in virtual.control.log)
    assert searches > pacing.SEARCHES
    assert len(virtual.slept) >= (searches - 1) // pacing.SEARCHES


@pytest.mark.parametrize("condition", ["hubspot/interval_limit", "hubspot/search_limit"])
def test_a_window_that_is_taken_for_a_wider_one_is_survived(
    virtual: VirtualTrial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    # The portal allows fewer than it tells, or another tool uses the same key.
    monkeypatch.setattr(pacing, "_HEADER", "X-Another-")
    virtual.control.conditions[condition] = 3
    virtual.overrides["hubspot"] = {"wait_budget_seconds": 3600}
    limited, free = read_twice(virtual, tmp_path)
    assert limited == free
    assert refused(virtual) > 0


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def limit(self, limit: int) -> RollingLimit:
        return RollingLimit(limit, 10.0, clock=lambda: self.now, sleep=self.sleep)


def test_a_place_is_free_again_a_window_after_the_reply() -> None:
    time = Time()
    limit = time.limit(2)
    assert limit.enter() == 0
    time.now = 1.0
    limit.leave()
    assert limit.enter() == 0
    time.now = 4.0
    limit.leave()
    # The first reply came at 1, the second at 4.
    assert limit.enter() == 7.0
    limit.leave()
    assert limit.enter() == 3.0


def test_what_another_tool_has_used_is_not_asked_for() -> None:
    time = Time()
    limit = time.limit(5)
    limit.enter()
    limit.leave(used=4)
    assert limit.enter() == 0
    # one of ours under way, one of ours and three of another tool within the window
    assert limit.enter() == 10.0
