from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ingestion import parallel
from ingestion.http import LoadStopped, StaticToken, VendorSession, classify_by_status
from ingestion.meter import Meter
from tests.ingestion.slow_vendor import SlowVendor
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT


@pytest.fixture
def vendor() -> Iterator[SlowVendor]:
    with SlowVendor().running() as running:
        yield running


class Renewing:
    """A token that can be renewed: t1, t2, ...; each takes a moment."""

    number = 1

    def token(self) -> str:
        return f"t{self.number}"

    def refresh(self) -> bool:
        time.sleep(0.02)
        self.number += 1
        return True


def _session(vendor: SlowVendor, meter: Meter, auth: Any = None, **more: Any) -> VendorSession:
    settings = {"sleep": lambda seconds: None, "wait_budget": 120.0} | more
    return VendorSession("shop", vendor.url, classify_by_status, auth, {}, meter=meter, **settings)


def _together(number: int) -> Callable[[str], float]:
    """A vendor's delay: the first `number` requests are answered when all of them have come."""
    came, all_came = itertools.count(1), threading.Barrier(number)

    def delay(path: str) -> float:
        if next(came) <= number:
            all_came.wait(60)
        return 0.0

    return delay


def _ask(session: VendorSession) -> Any:
    return lambda number: session.get(f"orders/{number}").json()["path"]


def test_results_come_in_order_and_no_more_requests_are_under_way_than_allowed(vendor: SlowVendor) -> None:
    vendor.delay = _together(4)
    meter = Meter(parallel=4)
    found = list(parallel.in_order(_ask(_session(vendor, meter)), range(20), 4))
    assert found == [(number, f"/orders/{number}") for number in range(20)]
    assert vendor.most_at_a_time == 4
    assert meter.requests == 20


def test_two_groups_at_a_time_share_the_vendors_limit(vendor: SlowVendor) -> None:
    vendor.delay = _together(3)
    session = _session(vendor, Meter(parallel=3))
    first, second = (parallel.in_order(_ask(session), range(9), 3) for _ in range(2))
    assert [a == b for a, b in zip(first, second, strict=True)] == [True] * 9
    assert vendor.most_at_a_time == 3


def test_what_is_read_ahead_is_bounded() -> None:
    begun: list[int] = []
    results = parallel.in_order(begun.append, range(100), 3)
    next(results)
    for _ in range(6000):
        if len(begun) == 3:
            break
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(begun) == 3
    results.close()  # type: ignore[attr-defined]


def test_one_at_a_time_stays_in_the_callers_thread() -> None:
    threads = {name for _, name in parallel.in_order(lambda _: threading.current_thread().name, range(3), 1)}
    assert threads == {threading.current_thread().name}


def test_the_first_failure_in_order_is_told_and_the_rest_is_not_asked_for(vendor: SlowVendor) -> None:
    vendor.status = lambda path: 403 if path in ("/orders/2", "/orders/3") else 200
    vendor.delay = lambda path: 0.1 if path == "/orders/2" else 0.01
    session = _session(vendor, Meter(parallel=4))
    got = []
    with pytest.raises(ConfigurationError, match="HTTP 403"):
        for number, _ in parallel.in_order(_ask(session), range(100), 4):
            got.append(number)
    assert got == [0, 1]
    assert len(vendor.asked) < 10


def test_a_group_that_failed_sends_nothing_more(vendor: SlowVendor) -> None:
    session = _session(vendor, Meter(parallel=2))

    def pages(number: int) -> None:
        if number == 0:
            raise ConfigurationError("the first fails")
        for page in range(1000):
            session.get(f"orders/{number}/{page}")

    vendor.delay = lambda path: 0.01
    with pytest.raises(ConfigurationError, match="the first fails"):
        list(parallel.in_order(pages, range(2), 2))
    asked = len(vendor.asked)
    time.sleep(0.05)
    assert len(vendor.asked) == asked < 1000


def test_a_token_that_expired_under_many_requests_is_renewed_once(vendor: SlowVendor) -> None:
    vendor.token = "Bearer t2"
    vendor.delay = _together(6)
    auth = Renewing()
    list(parallel.in_order(_ask(_session(vendor, Meter(parallel=6), auth)), range(12), 6))
    assert auth.number == 2


def test_a_token_that_nobody_can_renew_is_refused_in_one_line(vendor: SlowVendor) -> None:
    vendor.token = "Bearer other"
    with pytest.raises(ConfigurationError, match="refused the credentials"):
        list(parallel.in_order(_ask(_session(vendor, Meter(parallel=3), StaticToken("worn-out"))), range(9), 3))


def test_one_wait_is_a_wait_of_all_and_counts_once(vendor: SlowVendor) -> None:
    """Four replies that ask for 30 s cost 30 s of the budget and not 120."""
    vendor.throttled, vendor.delay = 4, _together(4)
    slept: list[float] = []
    meter = Meter(parallel=4)
    found = list(parallel.in_order(_ask(_session(vendor, meter, sleep=slept.append)), range(8), 4))
    assert len(found) == 8
    assert slept == [30]
    assert (meter.requests, meter.waits, meter.wait_seconds) == (12, 1, 30)


def test_a_wait_above_the_budget_stops_all(vendor: SlowVendor) -> None:
    vendor.throttled = 99
    meter = Meter(parallel=4)
    with pytest.raises(LoadStopped, match="must wait 30 s"):
        list(parallel.in_order(_ask(_session(vendor, meter, wait_budget=20.0)), range(100), 4))
    assert len(vendor.asked) <= 4


CTRL_C = """
import os, signal, threading, time
from ingestion import parallel

# A shell starts what it runs in the background with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
is_reading = threading.Event()

def press():
    is_reading.wait()
    while True:  # a signal that comes just before a wait begins is heard after it
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)

def read(number):
    is_reading.set()
    time.sleep(600)

threading.Thread(target=press, daemon=True).start()
try:
    list(parallel.in_order(read, range(9), 3))
except KeyboardInterrupt:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("stopped", flush=True)
"""


def test_ctrl_c_waits_for_no_reply() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CTRL_C], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert ended.stdout == "stopped\n"
