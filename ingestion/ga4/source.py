"""Reads the reports page by page, with the property's own zone, quota and warning flags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any

import dlt

from ingestion.context import LoadContext, Verdict
from ingestion.ga4.replies import classify, quota_warning
from ingestion.ga4.reports import FLAGS, REPORTS, Report, flags, rows
from ingestion.google_auth import ServiceAccountAuth
from ingestion.spec import Window
from warehouse.errors import ConfigurationError

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
PAGE_ROWS = 250_000
# Google charges by days and cardinality; a month a request is cheap and keeps '(other)' away at an SME's size.
DAYS_A_REQUEST = 30


def resources(context: LoadContext) -> Iterable[Any]:
    """One resource a report."""
    reader = PropertyReader(context)
    for report in REPORTS:
        yield dlt.resource(reader.read(report), name=report.table)


def verdicts(context: LoadContext) -> list[Verdict]:
    """One row of yesterday of each report: key, access, property and the fields' compatibility in one."""
    reader = PropertyReader(context)
    yesterday = (context.as_of - timedelta(days=1)).date()
    metadata: dict[str, Any] = {}
    for report in REPORTS:
        metadata = reader.ask(report, Window(yesterday, yesterday), limit=1).get("metadata", {})
    zone, currency = metadata.get("timeZone"), metadata.get("currencyCode")
    return [Verdict(True, f"property {reader.property_id}", f"readable; time zone {zone}, currency {currency}")]


class PropertyReader:
    """One property: its session, its zone, and the quota that is left."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self.property_id = context.setting("property_id").removeprefix("properties/")
        self._http = context.http(classify, auth=ServiceAccountAuth(context, SCOPE))
        self._path = f"/{context.setting('api_version')}/properties/{self.property_id}:runReport"
        self._low: str | None = None

    def read(self, report: Report) -> Iterator[list[dict[str, str | None]]]:
        """All rows of the load's complete days, in parts; each part's days are covered after its last page."""
        window = self._context.account_window(report.table, self.property_id, self._zone)
        if window is None:
            self._context.warn(f"property {self.property_id}: no day of the window is over yet in its time zone")
            return
        for part in window.chunks(DAYS_A_REQUEST):
            yield from self._pages(report, part)
            self._context.covered(report.table, self.property_id, part)

    @cached_property
    def _zone(self) -> str:
        """The property's time zone, which only a reply tells."""
        asked = self._context.window
        if asked is None:
            raise ValueError("this load has no window")
        reply = self.ask(REPORTS[0], Window(asked.start, asked.start), limit=1)
        return str(reply["metadata"]["timeZone"])

    def _pages(self, report: Report, window: Window) -> Iterator[list[dict[str, str | None]]]:
        received = 0
        while True:
            reply = self.ask(report, window, offset=received)
            page = list(rows(reply, self.property_id))
            received += len(page)
            self._note(report, window, reply, len(page))
            if page:
                yield page
            total = int(reply.get("rowCount", 0))
            if received >= total:
                return
            if not page:
                raise ConfigurationError(
                    f"ga4: property {self.property_id}: {report.table}: Google announced {total} rows and "
                    f"sent {received}; nothing was kept, try again"
                )

    def ask(self, report: Report, window: Window, *, offset: int = 0, limit: int | None = None) -> dict[str, Any]:
        """One reply. Raises ConfigurationError instead of asking when a quota has run down to its reserve."""
        if self._low:
            raise ConfigurationError(
                f"ga4: property {self.property_id}: stopped, {self._low}; nothing was kept, "
                "try again in an hour (or tomorrow for tokensPerDay), or load a shorter window"
            )
        body = report.body(window, offset=offset, limit=limit or PAGE_ROWS)
        response = self._http.post(self._path, json=body, subject=f"property {self.property_id}")
        reply: dict[str, Any] = response.json()
        self._low = quota_warning(reply.get("propertyQuota", {}))
        return reply

    def _note(self, report: Report, window: Window, reply: dict[str, Any], count: int) -> None:
        metadata = reply.get("metadata", {})
        for name, meaning in flags(metadata).items():
            self._context.warn(
                f"property {self.property_id}: {report.table} {window.start} to {window.end}: {name}: {meaning}"
            )
        quota = reply.get("propertyQuota", {})
        self._context.note_request(
            report.table,
            self.property_id,
            window,
            rows=count,
            metadata={
                "time_zone": metadata.get("timeZone"),
                "currency": metadata.get("currencyCode"),
                **{name: metadata[name] for name in FLAGS if name in metadata},
                "tokens_remaining_today": quota.get("tokensPerDay", {}).get("remaining"),
            },
        )
