"""A vendor that takes its time, and counts how many requests it has in hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class SlowVendor:
    """Answers every GET with its path, after `delay` seconds; the first `throttled` are told to wait for 30 s."""

    delay: Callable[[str], float] = lambda path: 0.0
    status: Callable[[str], int] = lambda path: 200
    token: str | None = None
    throttled: int = 0
    asked: list[str] = field(default_factory=list)
    most_at_a_time: int = 0
    url: str = ""
    _in_hand: int = 0

    @contextmanager
    def running(self) -> Iterator[SlowVendor]:
        vendor, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with lock:
                    vendor.asked.append(self.path)
                    vendor._in_hand += 1
                    vendor.most_at_a_time = max(vendor.most_at_a_time, vendor._in_hand)
                    is_throttled, vendor.throttled = vendor.throttled > 0, vendor.throttled - 1
                time.sleep(vendor.delay(self.path))
                status = 429 if is_throttled else vendor.status(self.path)
                if vendor.token and self.headers["Authorization"] != vendor.token:
                    status = 401
                body = f'{{"path": "{self.path}"}}'.encode()
                with lock:
                    vendor._in_hand -= 1
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Retry-After", "30")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Keep the terminal clean."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join(timeout=10)
