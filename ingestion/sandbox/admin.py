"""The control plane: clock, faults, tokens, quotas, the request log, and the truth. No vendor has this."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from ingestion.sandbox.control import Control
from ingestion.sandbox.faults import FAULTS, default_path, named
from ingestion.sandbox.google_errors import json_response
from ingestion.sandbox.model import World
from ingestion.sandbox.truth import truth

SHOWN_REQUESTS = 500


def routes(world: World, control: Control) -> list[BaseRoute]:
    """The control plane's routes below /__admin."""

    def clock(body: dict[str, Any]) -> None:
        if "now" in body:
            control.set_clock(datetime.fromisoformat(body["now"]))
        control.advance(timedelta(**body.get("advance", {})))

    def inject(body: dict[str, Any]) -> None:
        name = body.get("fault")
        if name is not None and name not in FAULTS:
            raise ValueError(f"no fault is named {name!r}; GET /__admin/faults lists them")
        known = named(name, streamed=bool(body.get("streamed", True))) if name else None
        control.inject(
            body.get("path_regex") or default_path(name) if name else body["path_regex"],
            int(body.get("times", 1)),
            known.status if known else int(body.get("status", 500)),
            known.body if known else body.get("body"),
            known.headers if known else body.get("headers"),
            method=body.get("method"),
            skip=int(body.get("skip", 0)),
        )

    def reset(body: dict[str, Any]) -> None:
        control.reset()

    def expire(body: dict[str, Any]) -> None:
        control.expire_tokens()

    def quota(body: dict[str, Any]) -> None:
        control.quota_used.update({str(name): int(used) for name, used in body.items()})

    def conditions(body: dict[str, Any]) -> None:
        control.conditions.update(body)

    def service_account(body: dict[str, Any]) -> None:
        control.register_key(str(body["client_email"]), str(body["public_key"]))

    async def show_faults(request: Request) -> Response:
        return json_response(
            [{"fault": name, "status": fault.status, "path_regex": default_path(name)}
             for name, fault in FAULTS.items()]
        )  # fmt: skip

    async def show_truth(request: Request) -> Response:
        return json_response(truth(world, control.now))

    async def show_state(request: Request) -> Response:
        return json_response(state(world, control))

    return [
        Mount(
            "/__admin",
            routes=[
                _lever("/clock", control, clock),
                _lever("/inject", control, inject),
                _lever("/reset", control, reset),
                _lever("/tokens/expire", control, expire),
                _lever("/quota", control, quota),
                _lever("/conditions", control, conditions),
                _lever("/service_accounts", control, service_account),
                Route("/faults", show_faults, methods=["GET"]),
                Route("/state", show_state, methods=["GET"]),
                Route("/truth", show_truth, methods=["GET"]),
            ],
        )
    ]


def state(world: World, control: Control) -> dict[str, Any]:
    """The clock, the faults that wait, how often each path was asked for, and the newest requests, oldest first."""
    counts: dict[str, int] = {}
    for entry in control.log:
        counts[f"{entry.method} {entry.path}"] = counts.get(f"{entry.method} {entry.path}", 0) + 1
    newest = list(control.log)[-SHOWN_REQUESTS:]
    return {
        "now": control.now.isoformat(),
        "seed": world.seed,
        "first_day": world.start.isoformat(),
        "last_day": world.today.isoformat(),
        "faults": [
            {"path_regex": fault.pattern.pattern, "times": fault.times, "skip": fault.skip, "status": fault.status}
            for fault in control.faults
        ],
        "quota_used": control.quota_used,
        "conditions": control.conditions,
        "most_requests_at_a_time": control.most_in_hand,
        "service_accounts": len(control.service_accounts),
        "request_counts": counts,
        "requests": [
            {"method": entry.method, "path": entry.path, "query": entry.query, "status": entry.status,
             "is_fault": entry.is_fault}
            for entry in newest
        ],
    }  # fmt: skip


def _lever(path: str, control: Control, pull: Callable[[dict[str, Any]], None]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            body = orjson.loads(await request.body() or b"{}")
            pull(body)
        except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
            return json_response({"error": f"{path}: {type(error).__name__}: {error}"}, 400)
        return json_response({"now": control.now.isoformat()})

    handler: Callable[[Request], Awaitable[Response]] = endpoint
    return Route(path, handler, methods=["POST"])
