"""What a source sees of the load it takes part in, and what it tells the load about what it read."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingestion import credentials, parallel
from ingestion.http import Auth, Classify, Pacer, VendorSession, classify_by_status
from ingestion.meter import Meter
from ingestion.quarantine import Refused, refused
from ingestion.spec import SourceSpec, Window
from warehouse.errors import ConfigurationError
from warehouse.settings import Business, SourceSettings

A = TypeVar("A")
T = TypeVar("T")


@dataclass(frozen=True)
class Verdict:
    """What `probe` found out about one credential or account; `mend` says what to do when it is not ok."""

    ok: bool
    subject: str
    message: str
    mend: str = ""


@dataclass(frozen=True)
class Coverage:
    """Days of one account (or a whole snapshot, where `window` is None) that were read to their last page."""

    table: str
    account_id: str | None
    window: Window | None


@dataclass(frozen=True)
class RequestNote:
    """Metadata of one vendor request, kept in ops.requests."""

    table: str
    account_id: str | None
    window: Window | None
    rows: int
    api_version: str | None
    request_id: str | None
    metadata: Mapping[str, Any]
    requested_at: datetime


@dataclass
class LoadContext:
    """One load of one source.

    `window` holds the days asked for, in each account's own zone; None only where a source is probed.
    `as_of` is the moment taken for now, in UTC. `sleep` takes seconds, and `clock` tells how many have passed since any
    moment; tests replace both.
    """

    spec: SourceSpec
    settings: SourceSettings
    business: Business
    as_of: datetime
    window: Window | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    previous: Callable[[str], list[dict[str, Any]]] = lambda table: []
    """The rows that raw holds of a table before this load; a source asks before its first row is landed."""
    read_at: Callable[[str, str], Mapping[date, datetime]] = lambda table, account_id: {}
    """When each day of a table and account was read last, as of earlier loads."""
    missed: Callable[[str, str], list[date]] = lambda table, account_id: []
    """Days of a table that earlier loads read of other accounts, and never of this one; oldest first."""
    requests_since: Callable[[datetime], int] = lambda moment: 0
    """How many requests the loads of this source have sent whose as-of moment lies after `moment`."""
    resumes_since: Callable[[], datetime | None] = lambda: None
    """The as-of moment of the first load that stopped since the last one that came to its end; None after such one."""
    meter: Meter = field(default_factory=Meter)
    coverage: list[Coverage] = field(default_factory=list)
    requests: list[RequestNote] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    quarantined: list[Refused] = field(default_factory=list)
    stopped: str | None = None
    """Why the load stopped before its end."""
    is_due: bool = False
    """The next load reads the window of this one again."""
    unfinished: set[str] = field(default_factory=set)
    """The tables that were under way then."""

    def __post_init__(self) -> None:
        self._telling = threading.Lock()
        self.settings = self.settings.declared(self.spec.settings)
        limit = self.spec.parallel_requests
        self.meter.limit(int(self.number("parallel_requests", limit, least=1, most=limit)))

    def each(self, read: Callable[[A], T], asked: Iterable[A]) -> Iterator[tuple[A, T]]:
        """Each of `asked` with what `read` made of it, in their order, read as many at a time as the vendor allows.

        `read` runs in threads of its own: it asks the vendor and makes rows of the replies, and asks nothing of the
        warehouse (`previous`, `read_at`, `missed` ... `account_window`); call `covered` where the results arrive. It
        turns a failure that concerns one of them alone (EntitySkipped) into a result; any other ends the load.
        """
        return parallel.in_order(read, asked, self.meter.parallel)

    def setting(self, name: str) -> str:
        """The setting `name` of this source. Raises ConfigurationError where it is absent or empty."""
        value = self.settings.get(name)
        if value is None:
            raise ConfigurationError(
                f"config/local.toml: sources.{self.spec.name}.{name} is missing; "
                f"set it there, or SOURCES__{self.spec.name.upper()}__{name.upper()} in the environment"
            )
        return str(value)

    def number(self, name: str, default: float, *, least: float = 0, most: float = math.inf) -> float:
        """The setting `name` as a number, or `default`. Raises ConfigurationError for what is none or out of bounds."""
        value = self.settings.get(name, default)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not least <= number <= most:
            bounds = f"from {least:g} up" if most == math.inf else f"from {least:g} to {most:g}"
            raise ConfigurationError(
                f"config: sources.{self.spec.name}.{name} = {value!r}: is no such number; write one {bounds}"
            )
        return number

    def secret(self, name: str) -> str | dict[str, Any]:
        """The secret `name` of this source: text, or a dict where it holds JSON. Raises ConfigurationError."""
        return credentials.secret(self.spec.name, name)

    def text_secret(self, name: str) -> str:
        """The secret `name`, which must be plain text. Raises ConfigurationError."""
        value = self.secret(name)
        if isinstance(value, str):
            return value
        raise ConfigurationError(f"sources.{self.spec.name}.{name}: holds a table or JSON; write the plain token")

    def require(self) -> None:
        """Raises ConfigurationError for the first setting or secret that the SPEC requires and nobody has set."""
        for name in self.spec.required_settings:
            self.setting(name)
        for name in self.spec.required_secrets:
            self.secret(name)

    def http(
        self,
        classify: Classify = classify_by_status,
        *,
        auth: Auth | None = None,
        headers: Mapping[str, str] | None = None,
        base_url: str | None = None,
        pacer: Pacer | None = None,
    ) -> VendorSession:
        """A session to the vendor at `base_url` (default: the source's setting), counted and paced by this load."""
        return VendorSession(
            source=self.spec.name,
            base_url=base_url or self.setting("base_url"),
            classify=classify,
            auth=auth,
            headers=headers or {},
            sleep=self.sleep,
            meter=self.meter,
            wait_budget=self.number("wait_budget_seconds", 120),
            timeout=self.number("timeout_seconds", 60, least=0.001),
            pacer=pacer,
        )

    def today(self, zone: str) -> date:
        """The day that is under way in `zone` (an IANA name). Raises ConfigurationError for a zone nobody knows."""
        try:
            return self.as_of.astimezone(ZoneInfo(zone)).date()
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigurationError(f"{self.spec.name}: time zone {zone!r} of the account is unknown here") from None

    def complete_window(self, zone: str) -> Window | None:
        """The load's window cut at the last day that is over in `zone` (an IANA name); None where nothing is left.

        Raises ConfigurationError for a zone that nobody knows.
        """
        if self.window is None:
            raise ValueError("this load has no window")
        end = min(self.window.end, self.today(zone) - timedelta(days=1))
        return None if end < self.window.start else Window(self.window.start, end)

    def account_window(self, table: str, account_id: str, zone: str, earliest: date | None = None) -> Window | None:
        """The complete window of one account, from `earliest` on; begun before the load's own where days are missing.

        An account that is new, or was skipped for longer than the restatement window, has days that were read of
        other accounts only: they are read now. Days that a stopped load has read are left out, unless they have become
        stale since; None when nothing is left. Raises ConfigurationError for a zone that nobody knows.
        """
        window = self.complete_window(zone)
        if window and earliest:
            window = window.clamp(earliest)
        if window is None:
            return None
        days = (day for day in self.missed(table, account_id) if earliest is None or day >= earliest)
        start, read = min(window.start, next(days, window.start)), self._read_before_the_stop(table, account_id)
        while start in read:
            start += timedelta(days=1)
        return None if start > window.end else Window(start, window.end)

    def _read_before_the_stop(self, table: str, account_id: str) -> set[date]:
        """What stopped loads have read and is as good as new: read today, or after the vendor's last change.

        What was read yesterday is not: today's load may be the last one that reaches that day.
        """
        since = self.resumes_since()
        if since is None:
            return set()
        final_after = timedelta(days=1 + max(self.spec.restatement_days, self.spec.reread_days("monthly")))
        return {
            day
            for day, read_at in self.read_at(table, account_id).items()
            if read_at >= since and (read_at.date() == self.as_of.date() or read_at.date() > day + final_after)
        }

    def covered(self, table: str, account_id: str | None = None, window: Window | None = None) -> None:
        """Tell that these days of this account were read to the last page, so they may replace what raw holds.

        Call it after the last row was yielded. Only covered days are replaced; a covered day without rows is
        emptied. A table without account column takes no `account_id`; a snapshot table takes no `window`, and
        needs no call at all unless it has an account column.
        """
        spec = self.spec.table(table)
        if (spec.window_column is None) != (window is None) or (spec.account_column is None) != (account_id is None):
            raise ValueError(f"{self.spec.name}.{table}: covered() does not fit the table's window or account column")
        self.coverage.append(Coverage(table, account_id, window))

    def stop(self, table: str, reason: str) -> None:
        """End the reading of a table: its covered days are kept, and a snapshot that is incomplete stays as it was."""
        self.stopped = reason
        self.unfinished.add(table)
        self.warn(f"stopped before the end: {reason}")
        spec = self.spec.table(table)
        if spec.window_column is None and spec.account_column is None:
            self.kept[table] = reason

    def leave_due(self, reason: str) -> None:
        """Go on without something that the vendor should have had, with a warning: the next load asks for it again."""
        self.is_due = True
        self.warn(reason)

    def set_aside(self, table: str, column: str, reason: str, row: Mapping[str, Any]) -> None:
        """Put a row that does not parse into ops.quarantine in place of the raw table, with a warning."""
        self.spec.table(table)
        self.quarantined.append(refused(table, column, reason, row))

    def skip(self, account_id: str, reason: str) -> None:
        """Leave an account out of this load with a warning; what raw holds of it stays, save for covered days."""
        if account_id not in self.skipped:
            self.skipped[account_id] = reason
            self.warnings.append(f"account {account_id} was skipped, its earlier rows are kept: {reason}")

    def keep(self, table: str, reason: str) -> None:
        """Leave a whole table as it is, with a warning; rows that were yielded for it are dropped."""
        if table not in self.kept:
            self.spec.table(table)
            self.kept[table] = reason
            self.warnings.append(f"table {table} was left as it is: {reason}")

    def warn(self, message: str) -> None:
        """Something that the person should know and that does not stop the load; said once. Holds no secret."""
        with self._telling:
            if message not in self.warnings:
                self.warnings.append(message)

    def note_request(
        self,
        table: str,
        account_id: str | None = None,
        window: Window | None = None,
        *,
        rows: int = 0,
        api_version: str | None = None,
        request_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep one request's metadata (zone, currency, sampling flags ...) in ops.requests. No secret, no e-mail."""
        days = f" {window.start} to {window.end}" if window else ""
        self.meter.doing = f"{table}{f' of {account_id}' if account_id else ''}{days}"
        self.requests.append(
            RequestNote(
                table,
                account_id,
                window,
                rows,
                api_version or self.settings.api_version,
                request_id,
                metadata or {},
                datetime.now(UTC),
            )
        )
