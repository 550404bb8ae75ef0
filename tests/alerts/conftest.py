"""Real receivers on this machine, and a small publication whose tables a test may change."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copyfile
from typing import Any

import duckdb
import pytest
from aiosmtpd.controller import Controller

from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from warehouse.publish import publish
from warehouse.settings import Business, Settings


@dataclass
class Receiver:
    """A webhook: it keeps what was posted to it, and answers with `status`."""

    port: int = 0
    status: int = 200
    posted: list[tuple[str, Any]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.posted.append((self.path, json.loads(body)))
            self.send_response(kept.status)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Nothing on the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Mailbox:
    """What an SMTP server on this machine was handed."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


class _AnyPort(Controller):
    """A controller on a port that the system chose, which it asks for its greeting there."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    kept = Mailbox()
    controller = _AnyPort(kept, hostname="127.0.0.1", port=0)
    controller.start()
    kept.port = controller.port
    yield kept
    controller.stop()


@pytest.fixture(scope="session")
def small_publication(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(tmp_path_factory.mktemp("alerts"))
    build_warehouse(home / "warehouse.duckdb")
    settings = Settings(home=home, business=Business(name="Larkspur & Sons"))
    publish(
        settings,
        run_id=RUN_ID,
        published_at=AS_OF,
        data_through=date(2026, 11, 22),
        checks_passed=43,
        checks_total=44,
    )
    return settings.publication.resolve()


@dataclass
class World:
    """A home whose publication is a file of its own: `change` runs SQL on it."""

    settings: Settings

    def change(self, statement: str) -> None:
        with duckdb.connect(str(self.settings.publication)) as connection:
            connection.execute(statement)


@pytest.fixture
def world(small_publication: Path, tmp_path: Path) -> World:
    settings = Settings(home=tmp_path / "home", business=Business(name="Larkspur & Sons"))
    settings.serving.mkdir(parents=True)
    copyfile(small_publication, settings.publication)
    settings.publication.chmod(0o644)
    enabled = {name: {"enabled": True} for name in ("google_ads", "meta_ads", "hubspot")}
    return World(Settings.model_validate({**settings.model_dump(), "sources": enabled}))
