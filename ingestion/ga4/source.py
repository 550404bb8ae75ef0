"""Reads the reports page by page, with the property's own zone and currency, quota and warning flags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any

import dlt

from ingestion.context import LoadContext, Verdict
from ingestion.ga4.quota import Budget
from ingestion.ga4.replies import Replies
from ingestion.ga4.reports import FLAGS, REPORTS, Report, rows
from ingestion.google_auth import ServiceAccountAuth
from ingestion.http import LoadStopped
from ingestion.spec import Window
from warehouse.errors import ConfigurationError

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
PAGE_ROWS = 250_000


def resources(context: LoadContext) -> Iterable[Any]:
    """One resource a report."""
    reader = PropertyReader(context)
    for report in REPORTS:
        yield dlt.resource(reader.read(report), name=report.table)


def verdicts(context: LoadContext) -> list[Verdict]:
    """Whether each report's fields go together, and one row of yesterday: key, access and property in one."""
    reader = PropertyReader(context)
    yesterday = (context.as_of - timedelta(days=1)).date()
    for report in REPORTS:
        reader.check(report)
    metadata = reader.ask(REPORTS[0], Window(yesterday, yesterday), limit=1).get("metadata", {})
    zone, currency = metadata.get("timeZone"), metadata.get("currencyCode")
    return [Verdict(True, f"property {reader.property_id}", f"readable; time zone {zone}, currency {currency}")]


class PropertyReader:
    """One property: its session, its zone, and the quota that is left."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self.property_id = context.setting("property_id").removeprefix("properties/")
        self._subject = f"property {self.property_id}"
        self._http = context.http(Replies().classify, auth=ServiceAccountAuth(context, SCOPE))
        self._path = f"/{context.setting('api_version')}/properties/{self.property_id}"
        self._budget = Budget()

    def read(self, report: Report) -> Iterator[list[dict[str, str | None]]]:
        """All rows of the load's complete days, in parts; each part's days are covered after its last page.

        Raises LoadStopped when a quota runs down, and ConfigurationError for a report whose fields do not go together.
        """
        window = self._context.account_window(report.table, self.property_id, self._zone)
        if window is None:
            if self._context.complete_window(self._zone) is None:
                self._context.warn(f"{self._subject}: no day of the window is over yet in its time zone")
            return
        if not self._context.read_at(report.table, self.property_id):
            self.check(report)
        told: dict[str, Window] = {}

        def read(part: tuple[Window, Window | None]) -> list[list[dict[str, str | None]]]:
            asked = part[1]
            return [] if asked is None else list(self._pages(report, asked, told))

        try:
            for (covered, _), pages in self._context.each(read, report.parts(window)):
                yield from pages
                self._context.covered(report.table, self.property_id, covered)
        finally:
            for flag, days in told.items():
                self._context.warn(f"{self._subject}: {report.table} {days.start} to {days.end}: {flag}: {FLAGS[flag]}")

    def check(self, report: Report) -> None:
        """Ask Google whether the fields make a report. Raises ConfigurationError that names the one that does not fit.

        A property decides by itself which fields it knows: a clash must show when it is set up, not at night.
        """
        subject = f"{self._subject}: report {report.table}"
        reply = self._http.post(f"{self._path}:checkCompatibility", json=report.fields(), subject=subject).json()
        for kind, names in (("dimension", report.dimensions), ("metric", report.metrics)):
            for entry in reply.get(f"{kind}Compatibilities", ()):
                name = entry.get(f"{kind}Metadata", {}).get("apiName")
                if name in names and entry.get("compatibility") == "INCOMPATIBLE":
                    raise ConfigurationError(
                        f"ga4: {subject}: {kind} {name} does not go with the report's other fields; "
                        "take it out in ingestion/ga4/reports.py"
                    )

    @cached_property
    def _zone(self) -> str:
        """The property's time zone, which only a reply tells. Warns when zone or currency are not what they were."""
        asked = self._context.window
        if asked is None:
            raise ValueError("this load has no window")
        metadata = self.ask(REPORTS[0], Window(asked.start, asked.start), limit=1)["metadata"]
        earlier = self._context.previous(REPORTS[0].table)
        for column, name in (("time_zone", "timeZone"), ("currency_code", "currencyCode")):
            before = {row[column] for row in earlier if row["property_id"] == self.property_id and row[column]}
            changed = sorted(before - {metadata.get(name)})
            if changed:
                what = column.replace("_", " ")
                self._context.warn(
                    f"{self._subject}: its {what} was {changed[0]} and is {metadata.get(name)} now; "
                    "earlier days stay as they were counted: load them again with --from"
                )
        return str(metadata["timeZone"])

    def _pages(self, report: Report, window: Window, told: dict[str, Window]) -> Iterator[list[dict[str, str | None]]]:
        received = 0
        while True:
            reply = self.ask(report, window, offset=received)
            page = list(rows(reply, self.property_id))
            received += len(page)
            self._note(report, window, reply, len(page))
            for flag in (name for name in FLAGS if reply.get("metadata", {}).get(name)):
                before = told.get(flag, window)
                told[flag] = Window(min(before.start, window.start), max(before.end, window.end))
            if page:
                yield page
            total = int(reply.get("rowCount", 0))
            if received >= total:
                return
            if not page:
                raise ConfigurationError(
                    f"ga4: {self._subject}: {report.table}: Google announced {total} rows and "
                    f"sent {received}; nothing was kept, try again"
                )

    def ask(self, report: Report, window: Window, *, offset: int = 0, limit: int | None = None) -> dict[str, Any]:
        """One reply. Raises LoadStopped instead of asking when a quota has run down to its reserve."""
        if self._budget.low:
            raise LoadStopped(f"ga4: {self._subject}: stopped, {self._budget.low}")
        body = report.body(window, offset=offset, limit=limit or PAGE_ROWS)
        response = self._http.post(f"{self._path}:runReport", json=body, subject=self._subject)
        reply: dict[str, Any] = response.json()
        self._budget.read(reply.get("propertyQuota", {}))
        return reply

    def _note(self, report: Report, window: Window, reply: dict[str, Any], count: int) -> None:
        metadata = reply.get("metadata", {})
        quota = reply.get("propertyQuota", {})
        self._context.note_request(
            report.table,
            self.property_id,
            window,
            rows=count,
            metadata={
                "time_zone": metadata.get("timeZone"),
                "currency": metadata.get("currencyCode"),
                **{name: metadata[name] for name in (*FLAGS, "emptyReason") if name in metadata},
                "tokens_remaining_today": quota.get("tokensPerDay", {}).get("remaining"),
            },
        )
