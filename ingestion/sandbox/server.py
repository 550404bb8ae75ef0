"""The sandbox as one HTTP server: every vendor on one port, told apart by path."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingestion.sandbox import admin, bigquery, ecb, ga4, google_ads, google_token, hubspot, meta, search_console
from ingestion.sandbox.control import DEFAULT_NOW, Control
from ingestion.sandbox.model import World
from ingestion.sandbox.running import RunningSandbox, running_sandbox
from ingestion.sandbox.world import DEFAULT_DAYS, DEFAULT_SEED, build_world
from warehouse.errors import ConfigurationError

__all__ = ["DEFAULT_PORT", "RunningSandbox", "create_app", "running_sandbox", "serve"]

DEFAULT_PORT = 8765
HOST = "127.0.0.1"

_log = logging.getLogger("ingestion.sandbox")


class ControlMiddleware:
    """Answers with an injected fault where one is queued, and logs what was asked; the control plane is exempt."""

    def __init__(self, app: ASGIApp, control: Control) -> None:
        self.app = app
        self.control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/__admin"):
            await self.app(scope, receive, send)
            return
        with self.control.answering() as latency:
            await asyncio.sleep(latency)
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        fault = self.control.take_fault(method, path)
        if fault is not None:
            self.control.record(method, path, scope["query_string"], fault.status, is_fault=True)
            await _fault_response(fault.status, fault.body, fault.headers)(scope, receive, send)
            return
        status = 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            self.control.record(method, path, scope["query_string"], status)
            _log.debug("%s %s %s", method, path, status)


def _fault_response(status: int, body: Any, headers: dict[str, str]) -> Response:
    content = body if isinstance(body, str) else b"" if body is None else orjson.dumps(body)
    media_type = "text/html" if isinstance(body, str) else "application/json"
    return Response(content, status, headers, media_type)


async def _not_found(request: Request, exc: Exception) -> Response:
    # As Google's front end: an unknown path or a wrong verb is a page, never JSON and never 405.
    status = exc.status_code if isinstance(exc, HTTPException) and exc.status_code not in (404, 405) else 404
    return HTMLResponse(
        "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title>"
        "<p><b>404.</b> <ins>That's an error.</ins><p>The requested URL was not found on this server.</html>",
        status,
    )


def create_app(world: World, control: Control) -> Starlette:
    """The ASGI application over `world`, steered by `control`."""
    routes: list[BaseRoute] = []
    for vendor in (google_token, ga4, bigquery, google_ads, meta, hubspot, search_console, ecb, admin):
        routes.extend(vendor.routes(world, control))
    return Starlette(
        routes=routes,
        middleware=[Middleware(ControlMiddleware, control=control)],
        exception_handlers={404: _not_found, 405: _not_found},
    )


def serve(
    port: int = DEFAULT_PORT,
    *,
    seed: int = DEFAULT_SEED,
    today: date | None = None,
    days: int = DEFAULT_DAYS,
    port_file: Path | None = None,
    until_stdin_closes: bool = False,
) -> None:
    """Serve the simulated business on loopback until interrupted, and print the base URL.

    Port 0 takes a free one; `port_file` receives the port once requests are answered. With
    `until_stdin_closes` the server ends with its parent. Raises ConfigurationError where the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        raise ConfigurationError(
            f"sandbox: port {port} cannot be opened ({error.strerror}); choose another with --port, or 0 for a free one"
        ) from None
    bound = int(listener.getsockname()[1])
    today = today or DEFAULT_NOW.date()
    control = Control(now=datetime.combine(today, DEFAULT_NOW.timetz()))
    app = create_app(build_world(seed, today, days), control)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    if until_stdin_closes:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    listener.listen(128)
    if port_file is not None:
        partial = port_file.with_suffix(".part")
        partial.write_text(str(bound), encoding="utf-8")
        partial.replace(port_file)
    sys.stdout.write(f"The sandbox answers on http://{HOST}:{bound}\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True
