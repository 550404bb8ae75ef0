"""A vendor that answers at once: the sandbox's replies, recorded to files and sent again byte for byte over HTTP.

While there is a sandbox behind it, every request goes there and its reply is kept. After `freeze` only what was kept
is sent. A request that was sent several times, such as a look at a report run, gets its replies in their order.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

import requests

from warehouse.layout import PROJECT_ROOT

_INDEX = "index.jsonl"
_FREEZE = "/__replay/freeze"
# What a vendor says of a reply beside its body, and what a source reads of that.
_HEADERS = ("content-type", "request-id", "x-business-use-case-usage", "x-app-usage", "x-ad-account-usage")
# Signed anew each time; the answer to one is as good for any other.
_SIGNED = "/oauth2/token"


@dataclass(frozen=True)
class Reply:
    """One reply and what was asked; its body is the file `name` in the recording's folder, `size` bytes long."""

    name: str
    source: str
    method: str
    path: str
    asked: str
    status: int
    size: int
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.method, self.path, "" if self.path == _SIGNED else self.asked


def recorded(folder: Path) -> list[Reply]:
    """The replies in the order of their requests."""
    index = folder / _INDEX
    return [Reply(**json.loads(line)) for line in index.read_text("utf-8").splitlines()] if index.exists() else []


def keep(folder: Path, reply: Reply) -> None:
    """Put a reply behind the others; its body is in its file already."""
    with (folder / _INDEX).open("a", encoding="utf-8") as index:
        index.write(json.dumps(asdict(reply)) + "\n")


def freeze(url: str) -> None:
    """From now on replay, each request's replies from the first one on."""
    requests.post(url + _FREEZE, timeout=30).raise_for_status()


@contextmanager
def replaying(folder: Path, upstream: str) -> Iterator[str]:
    """The address of a server in a process of its own that records `upstream` into `folder`, and later replays it."""
    port_file = folder / "port"
    port_file.unlink(missing_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.replay", str(folder), upstream], cwd=PROJECT_ROOT)
    try:
        while not port_file.exists() or not port_file.read_text("utf-8"):
            if process.poll() is not None:
                raise RuntimeError("the replay server ended at its start")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port_file.read_text('utf-8')}"
    finally:
        process.terminate()
        process.wait(timeout=10)


class Tape:
    """Gives the reply to a request: the sandbox's, which is kept, or after `rewind` a kept one."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self._folder, self._upstream, self._lock = folder, upstream, Lock()
        self._replies: dict[tuple[str, str, str], list[Reply]] | None = None
        self._count = 0

    def rewind(self) -> None:
        self._replies = {}
        for reply in reversed(recorded(self._folder)):
            self._replies.setdefault(reply.key, []).append(reply)

    def reply(self, method: str, path: str, asked: str, headers: dict[str, str]) -> Reply | None:
        with self._lock:
            if self._replies is None:
                return self._record(method, path, asked, headers)
            waiting = self._replies.get(Reply("", "", method, path, asked, 0, 0).key)
            return None if not waiting else waiting.pop() if len(waiting) > 1 else waiting[0]

    def file(self, reply: Reply) -> Path:
        return self._folder / reply.name

    def _record(self, method: str, path: str, asked: str, headers: dict[str, str]) -> Reply:
        sent = {name: value for name, value in headers.items() if name.lower() not in ("host", "content-length")}
        came = requests.request(method, self._upstream + path, data=asked or None, headers=sent, timeout=300)
        self._count += 1
        source = (self._folder / "source").read_text("utf-8")
        told = {name: came.headers[name] for name in _HEADERS if name in came.headers}
        reply = Reply(f"{self._count:05}", source, method, path, asked, came.status_code, len(came.content), told)
        self.file(reply).write_bytes(came.content)
        keep(self._folder, reply)
        return reply


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    tape: Tape

    def do_GET(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == _FREEZE:
            self.tape.rewind()
            return self._send(204, {}, None)
        reply = self.tape.reply(self.command, self.path, asked, dict(self.headers))
        if reply is None:
            return self._send(501, {}, None)
        return self._send(reply.status, reply.headers, self.tape.file(reply))

    do_POST = do_GET  # noqa: N815 - the server's name for it

    def _send(self, status: int, headers: dict[str, str], file: Path | None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(file.stat().st_size if file else 0))
        self.end_headers()
        if file is not None:
            with file.open("rb") as body:
                self.connection.sendfile(body)


def main() -> None:
    """Serve until the process is ended: FOLDER, and the address of the sandbox."""
    folder = Path(sys.argv[1])
    _Handler.tape = Tape(folder, sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    (folder / "port").write_text(str(server.server_port), encoding="utf-8")
    server.serve_forever()


if __name__ == "__main__":
    main()
