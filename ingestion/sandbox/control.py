"""What a test steers: the virtual clock, issued tokens, faults to come, and the log of requests."""

from __future__ import annotations

import re
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl

DEFAULT_NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TOKEN_SECONDS = 3600
META_TOKEN = "EAASandboxToken"  # noqa: S105 - opens nothing but the sandbox
HUBSPOT_TOKEN = "pat-eu1-sandbox"  # noqa: S105 - opens nothing but the sandbox
STATIC_TOKENS = {META_TOKEN: "meta", HUBSPOT_TOKEN: "hubspot"}
LOGGED_REQUESTS = 20_000

_SECRET_PARAMETERS = {"access_token", "appsecret_proof", "client_secret", "refresh_token", "assertion"}

TokenState = Literal["valid", "expired", "unknown"]


@dataclass
class Fault:
    """An answer that replaces the vendor's, for the next `times` requests that match after the first `skip`."""

    pattern: re.Pattern[str]
    times: int
    status: int
    body: Any
    headers: dict[str, str]
    method: str | None = None
    skip: int = 0


@dataclass(frozen=True)
class LoggedRequest:
    """One request as it was answered; `query` holds no secret."""

    method: str
    path: str
    query: dict[str, str]
    status: int
    at: datetime
    is_fault: bool = False


@dataclass
class _Token:
    scope: str
    expires_at: datetime


@dataclass
class Control:
    """The state of a running sandbox besides its world."""

    now: datetime = DEFAULT_NOW
    faults: list[Fault] = field(default_factory=list)
    log: deque[LoggedRequest] = field(default_factory=lambda: deque(maxlen=LOGGED_REQUESTS))
    service_accounts: dict[str, list[str]] = field(default_factory=dict)
    """E-mail of a registered service account -> its public keys as PEM; it may have several, as at Google."""
    quota_used: dict[str, int] = field(default_factory=dict)
    """Named counters that a vendor's quota object counts down from; emptied by `reset`."""
    conditions: dict[str, Any] = field(default_factory=dict)
    """What a vendor's account is like where it is not as usual, such as `ga4/sampling_limit`; emptied by `reset`.

    `latency_seconds` is how long every vendor thinks before it answers.
    """
    in_hand: int = 0
    most_in_hand: int = 0
    """How many requests are being answered now, and how many have been at the same time."""
    _tokens: dict[str, _Token] = field(default_factory=dict)
    _start: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._start = self.now

    def set_clock(self, now: datetime) -> None:
        """Move the virtual clock to `now`, back or forth. Raises ValueError when it carries no time zone."""
        if now.tzinfo is None:
            raise ValueError(f"the clock needs a time zone, got {now.isoformat()}")
        self.now = now.astimezone(UTC)

    def advance(self, step: timedelta) -> None:
        """Move the virtual clock by `step`."""
        self.now += step

    def issue_token(self, scope: str) -> str:
        """A bearer token that is valid for `TOKEN_SECONDS` virtual seconds; `scope` is space-separated."""
        token = f"ya29.sandbox-{secrets.token_urlsafe(24)}"
        self._tokens[token] = _Token(scope, self.now + timedelta(seconds=TOKEN_SECONDS))
        return token

    def check_token(self, token: str | None, scope: str | None = None) -> TokenState:
        """Whether `token` opens the door now; with `scope` it must also have been issued for that scope."""
        if token is None:
            return "unknown"
        if token in STATIC_TOKENS:
            return "valid" if scope in (None, STATIC_TOKENS[token]) else "unknown"
        known = self._tokens.get(token)
        if known is None or (scope is not None and scope not in known.scope.split()):
            return "unknown"
        return "valid" if self.now < known.expires_at else "expired"

    def expire_tokens(self) -> int:
        """Let every issued token be expired from now on; how many there were."""
        for token in self._tokens.values():
            token.expires_at = self.now
        return len(self._tokens)

    def register_key(self, client_email: str, public_key: str) -> None:
        """Let assertions that are signed with this key's other half buy tokens."""
        keys = self.service_accounts.setdefault(client_email, [])
        if public_key not in keys:
            keys.append(public_key)

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
        """Queue a fault: a text `body` is sent as it stands, anything else as JSON. Raises re.error on a bad regex."""
        self.faults.append(Fault(re.compile(path_regex), times, status, body, dict(headers or {}), method, skip))

    def take_fault(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, used up by one; None where none does."""
        for fault in self.faults:
            if (fault.method and fault.method != method) or not fault.pattern.search(path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
            return fault
        return None

    def record(self, method: str, path: str, query_string: bytes, status: int, *, is_fault: bool = False) -> None:
        """Log a request; secrets in the query are left out."""
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
        query = {key: value for key, value in pairs if key not in _SECRET_PARAMETERS}
        self.log.append(LoggedRequest(method, path, query, status, self.now, is_fault))

    @contextmanager
    def answering(self) -> Iterator[float]:
        """Count a request for as long as it is in hand; gives the seconds that its vendor thinks."""
        self.in_hand += 1
        self.most_in_hand = max(self.most_in_hand, self.in_hand)
        try:
            yield float(self.conditions.get("latency_seconds", 0))
        finally:
            self.in_hand -= 1

    def reset(self) -> None:
        """Back to the start: clock, faults, log, tokens, quotas and conditions; registered service accounts stay."""
        self.now = self._start
        self.most_in_hand = 0
        self.faults.clear()
        self.log.clear()
        self.quota_used.clear()
        self.conditions.clear()
        self._tokens.clear()
