"""A sandbox in a process of its own, for as long as a block of code needs it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers at `url`, and the levers of its control plane."""

    url: str

    def set_clock(self, now: datetime | str) -> None:
        """Move the virtual clock (an ISO time with a zone)."""
        self._post("clock", {"now": now if isinstance(now, str) else now.isoformat()})

    def advance(self, **step: float) -> None:
        """Move the virtual clock on by `days`, `hours`, `minutes` or `seconds`."""
        self._post("clock", {"advance": step})

    def inject(
        self,
        path_regex: str,
        times: int = 1,
        status: int = 500,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        method: str | None = None,
        skip: int = 0,
    ) -> None:
        """Replace the next `times` answers whose path matches, after the first `skip` of them."""
        fault = {"path_regex": path_regex, "times": times, "status": status, "body": body, "skip": skip}
        self._post("inject", {**fault, "headers": dict(headers or {}), "method": method})

    def inject_named(self, fault: str, path_regex: str | None = None, times: int = 1, *, skip: int = 0) -> None:
        """Answer with a documented failure of `ingestion.sandbox.faults`; by default to requests that bring data.

        Raises ValueError for a name that `faults()` does not list.
        """
        self._post("inject", {"fault": fault, "path_regex": path_regex, "times": times, "skip": skip})

    def faults(self) -> list[str]:
        """The names of the vendors' documented failures."""
        return [fault["fault"] for fault in requests.get(f"{self.url}/__admin/faults", timeout=30).json()]

    def expire_tokens(self) -> None:
        """Let every Google token that was issued be expired from now on."""
        self._post("tokens/expire", {})

    def set_quota(self, bucket: str, used: int) -> None:
        """Set how much of a quota bucket is used; `state()` names the buckets."""
        self._post("quota", {bucket: used})

    def set_condition(self, name: str, value: Any) -> None:
        """Let a vendor's account be otherwise than usual, such as `ga4/sampling_limit`; its module names them."""
        self._post("conditions", {name: value})

    def reset(self) -> None:
        """Clock, faults, request log, tokens, quotas and conditions back to the start."""
        self._post("reset", {})

    def state(self) -> dict[str, Any]:
        """The clock, faults that wait, and the log of requests."""
        return self._get("state")

    def truth(self) -> dict[str, Any]:
        """What really happened in the simulated business (`ingestion.sandbox.truth`)."""
        return self._get("truth")

    def _post(self, name: str, body: dict[str, Any]) -> None:
        reply = requests.post(f"{self.url}/__admin/{name}", json=body, timeout=30)
        if not reply.ok:
            raise ValueError(f"sandbox: {name}: {reply.text}")

    def _get(self, name: str) -> dict[str, Any]:
        reply = requests.get(f"{self.url}/__admin/{name}", timeout=60)
        reply.raise_for_status()
        answer: dict[str, Any] = reply.json()
        return answer


@contextmanager
def running_sandbox(port: int = 0, *, seed: int | None = None, timeout: float = 120) -> Iterator[RunningSandbox]:
    """Start a sandbox in a process of its own and stop it at the end of the block; port 0 takes a free one.

    Raises ConfigurationError when it does not answer within `timeout` seconds.
    """
    with tempfile.TemporaryDirectory(prefix="kpi-sandbox-") as folder:
        port_file = Path(folder) / "port"
        errors = Path(folder) / "errors"
        command = [sys.executable, "-m", "ingestion.sandbox", "--port", str(port), "--port-file", str(port_file)]
        command += ["--until-stdin-closes", *(["--seed", str(seed)] if seed is not None else [])]
        with errors.open("wb") as sink:
            process = subprocess.Popen(
                command, cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=sink
            )
        try:
            yield RunningSandbox(f"http://127.0.0.1:{_await_port(process, port_file, errors, timeout)}")
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:  # It holds nothing that would have to be put away.
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _await_port(process: subprocess.Popen[bytes], port_file: Path, errors: Path, timeout: float) -> int:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if port_file.exists():
            return int(port_file.read_text(encoding="utf-8"))
        if process.poll() is not None:
            said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise ConfigurationError(said[-1] if said else "sandbox: the server ended at its start without a word")
        time.sleep(0.05)
    raise ConfigurationError(f"sandbox: the server did not answer within {timeout:.0f} s; try again when idle")
