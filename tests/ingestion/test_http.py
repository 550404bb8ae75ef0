from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ingestion.http import (
    Auth,
    Classify,
    EntitySkipped,
    Reduce,
    SkipEntity,
    StaticToken,
    TooMuchData,
    VendorSession,
    classify_by_status,
)
from ingestion.meter import Meter
from warehouse.errors import ConfigurationError


@dataclass
class Vendor:
    """A server that gives its queued answers one after the other, and the last one for ever."""

    url: str = ""
    answers: list[Response] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture(scope="module")
def running() -> Iterator[Vendor]:
    vendor = Vendor()
    app = Starlette(routes=[Route("/api/{path:path}", vendor.answer, methods=["GET", "POST"])])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    vendor.url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    yield vendor
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def vendor(running: Vendor) -> Vendor:
    running.answers, running.asked = [], []
    return running


@dataclass
class Renewing:
    """A token that can be renewed: t1, t2, ..."""

    number: int = 1

    def token(self) -> str:
        return f"t{self.number}"

    def refresh(self) -> bool:
        self.number += 1
        return True


def _session(
    url: str, slept: list[float], classify: Classify = classify_by_status, auth: Auth | None = None, **more: Any
) -> VendorSession:
    settings: dict[str, Any] = {"headers": {}, "wait_budget": 120.0, "meter": Meter()} | more
    return VendorSession("shop", url, classify, auth, sleep=slept.append, **settings)


def _status(code: int, **headers: str) -> Response:
    return Response("no", code, {name.replace("_", "-"): value for name, value in headers.items()})


def test_passing_failures_are_tried_again_after_growing_waits(vendor: Vendor) -> None:
    vendor.answers = [_status(500), _status(429), _status(503), JSONResponse({"ok": 1})]
    slept: list[float] = []
    session = _session(vendor.url, slept)
    assert session.get("orders", params={"page": 2}).json() == {"ok": 1}
    assert slept == [1, 2, 4]
    assert (session.meter.requests, session.meter.waits, session.meter.wait_seconds) == (4, 3, 7)
    assert [str(request.url) for request in vendor.asked] == [f"{vendor.url}/orders?page=2"] * 4


def test_it_gives_up_after_five_tries_in_one_line(vendor: Vendor) -> None:
    vendor.answers = [_status(500)]
    slept: list[float] = []
    with pytest.raises(ConfigurationError, match=r"^shop: order 7: gave up after 5 tries: HTTP 500; try again later$"):
        _session(vendor.url, slept).get("orders/7", subject="order 7")
    assert (len(vendor.asked), slept) == (5, [1, 2, 4, 8])


def test_it_waits_as_long_as_the_vendor_says(vendor: Vendor) -> None:
    vendor.answers = [_status(429, retry_after="30"), _status(429, retry_after="45"), JSONResponse([])]
    slept: list[float] = []
    assert _session(vendor.url, slept).get("orders").json() == []
    assert slept == [30, 45]


def test_a_wait_beyond_the_budget_stops_and_says_when_to_try_again(vendor: Vendor) -> None:
    vendor.answers = [_status(429, retry_after="100"), _status(429, retry_after="30")]
    slept: list[float] = []
    expected = (
        r"^shop: HTTP 429: must wait 30 s, more than is left of the budget of 120 s; try again after "
        r"\d{4}-\d\d-\d\d \d\d:\d\d UTC, or raise sources\.shop\.wait_budget_seconds$"
    )
    with pytest.raises(ConfigurationError, match=expected):
        _session(vendor.url, slept).get("orders")
    assert slept == [100]


def test_an_expired_token_is_renewed_once(vendor: Vendor) -> None:
    vendor.answers = [_status(401), JSONResponse({"ok": 1})]
    assert _session(vendor.url, [], auth=Renewing()).get("orders").json() == {"ok": 1}
    assert [request.headers["authorization"] for request in vendor.asked] == ["Bearer t1", "Bearer t2"]
    vendor.answers, vendor.asked = [_status(401)], []
    with pytest.raises(ConfigurationError, match=r"^shop: the vendor refused the credentials"):
        _session(vendor.url, [], auth=Renewing()).get("orders")
    assert len(vendor.asked) == 2


def test_a_token_that_only_a_person_can_renew_is_not_tried_twice(vendor: Vendor) -> None:
    vendor.answers = [_status(401)]
    with pytest.raises(ConfigurationError) as refused:
        _session(vendor.url, [], auth=StaticToken("s3cret")).get("orders")
    assert len(vendor.asked) == 1
    assert "s3cret" not in f"{refused.value} {refused.value!r} {StaticToken('s3cret')!r}"


def test_an_unreachable_host_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    slept: list[float] = []
    with pytest.raises(ConfigurationError) as lost:
        _session(f"http://127.0.0.1:{port}", slept).get("orders", params={"key": "s3cret"})
    assert str(lost.value) == (
        f"shop: gave up after 3 tries: 127.0.0.1:{port} cannot be reached; "
        "check the network and sources.shop.base_url; try again later"
    )
    assert slept == [1, 2]


def test_a_base_url_that_is_none_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"sources\.shop\.base_url = 'ads\.example': is no http or https address"
    ):
        _session("ads.example", [])


def test_a_reply_that_breaks_off_is_tried_again_and_then_too_much(vendor: Vendor) -> None:
    async def half() -> Any:
        yield b'[{"a":'

    vendor.answers = [
        StreamingResponse(half(), headers={"content-length": "100"}),
        JSONResponse([1]),
    ]
    assert _session(vendor.url, []).get("orders").json() == [1]


def test_a_slow_reply_is_too_much_after_three_tries() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TooMuchData, match=r"^shop: gave up after 3 tries: no reply within 0\.05 s"):
            _session(url, [], timeout=0.05).get("orders")


def test_the_vendors_verdicts_reach_the_source(vendor: Vendor) -> None:
    vendor.answers = [_status(403)]
    with pytest.raises(EntitySkipped, match=r"^shop: account 3: it is closed$") as skipped:
        _session(vendor.url, [], lambda reply: SkipEntity("it is closed")).get("x", subject="account 3")
    assert skipped.value.reason == "it is closed"
    with pytest.raises(TooMuchData, match=r"^shop: fewer, please$"):
        _session(vendor.url, [], lambda reply: Reduce("fewer, please")).post("x", json={})
    with pytest.raises(ConfigurationError, match=r"^shop: HTTP 403$"):
        _session(vendor.url, []).get("x")
