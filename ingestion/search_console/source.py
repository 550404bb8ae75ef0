"""Reads final search analytics page by page: totals without queries, and the queries that name the brand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import dlt

from ingestion.context import LoadContext, Verdict
from ingestion.google_auth import ServiceAccountAuth
from ingestion.search_console.replies import ZONE, classify
from ingestion.spec import Window, months_before
from warehouse.errors import ConfigurationError

SCOPE = "https://www.googleapis.com/auth/webmasters.readonly"
PAGE_ROWS = 25_000
# Of one day and search type, Google shows so many rows and no more.
ROWS_A_DAY = 50_000
DAYS_A_REQUEST = 30
HISTORY_MONTHS = 16
TOTALS, BRAND = "totals_daily", "brand_queries_daily"


def resources(context: LoadContext) -> Iterable[Any]:
    """One resource a table; without a pattern the brand's queries are left as they are."""
    reader = SiteReader(context)
    yield dlt.resource(reader.read(TOTALS, ("date",)), name=TOTALS)
    if reader.pattern:
        yield dlt.resource(reader.read(BRAND, ("date", "query"), reader.pattern), name=BRAND)


def verdicts(context: LoadContext) -> list[Verdict]:
    """Whether the site answers, and what comes of the brand's pattern in a week that is final."""
    reader = SiteReader(context)
    level = reader.permission()
    subject = f"site {reader.site}"
    if level.lower().replace("_", "").endswith("unverifieduser"):
        return [
            Verdict(False, subject, "is not verified for the service account", "add it again as a user of the site")
        ]
    if not reader.pattern:
        return [Verdict(True, subject, "readable; no brand_pattern is set, so that only totals are read")]
    week = Window(context.today(ZONE) - timedelta(days=10), context.today(ZONE) - timedelta(days=4))
    found = reader.ask(("query",), week, reader.pattern).get("rows", [])
    clicks = sum(row["clicks"] for row in found)
    return [Verdict(True, subject, f"readable; {len(found)} queries of the brand with {clicks:.0f} clicks in a week")]


class SiteReader:
    """One site: its session and its brand's pattern."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self.site = context.setting("site_url").strip()
        self.pattern = str(context.settings.get("brand_pattern", "")).strip()
        self._check_settings()
        self._http = context.http(classify, auth=ServiceAccountAuth(context, SCOPE))
        self._path = f"/webmasters/{context.setting('api_version')}/sites/{quote(self.site, safe='')}"

    def _check_settings(self) -> None:
        where = "config/local.toml: sources.search_console"
        if not re.match(r"sc-domain:[^/]+$|https?://.+/$", self.site):
            raise ConfigurationError(
                f"{where}.site_url = {self.site!r}: is no property of Search Console; write sc-domain:example.com, or "
                "the whole address with its last slash, as it stands there"
            )
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ConfigurationError(
                f"{where}.brand_pattern = {self.pattern!r}: is no regular expression ({error}); write one such as "
                "acme|akme"
            ) from None

    def read(self, table: str, dimensions: tuple[str, ...], pattern: str = "") -> Iterator[list[dict[str, Any]]]:
        """The final days of the load's window in parts; each part's days are covered after its last page.

        The newest two days are not final yet and have no rows: the restatement window reads them again.
        """
        earliest = months_before(self._context.today(ZONE), HISTORY_MONTHS)
        window = self._context.account_window(table, self.site, ZONE, earliest)
        if window is None:
            return
        if pattern:
            self._warn_of_another_pattern(table)

        def pages(part: Window) -> list[list[dict[str, Any]]]:
            return list(self._pages(table, dimensions, part, pattern))

        for part, found in self._context.each(pages, window.chunks(DAYS_A_REQUEST)):
            yield from found
            self._context.covered(table, self.site, part)

    def _warn_of_another_pattern(self, table: str) -> None:
        earlier = {row["brand_pattern"] for row in self._context.previous(table)} - {self.pattern, None}
        if earlier:
            self._context.warn(
                f"site {self.site}: earlier days hold the queries of the brand_pattern {sorted(earlier)[0]!r}; "
                "load them again with --from"
            )

    def _pages(
        self, table: str, dimensions: tuple[str, ...], window: Window, pattern: str
    ) -> Iterator[list[dict[str, Any]]]:
        received, of_day = 0, Counter[str]()
        while True:
            reply = self.ask(dimensions, window, pattern, start_row=received)
            rows = [self._row(dimensions, row, pattern) for row in reply.get("rows", ())]
            self._context.note_request(
                table,
                self.site,
                window,
                rows=len(rows),
                metadata={
                    "time_zone": ZONE,
                    "data_state": "final",
                    "aggregation": reply.get("responseAggregationType"),
                    **({"brand_pattern": pattern} if pattern else {}),
                },
            )
            if not rows:  # only a page without rows is the end
                break
            received += len(rows)
            of_day.update(row["date"] for row in rows)
            yield rows
        for day in sorted(day for day, count in of_day.items() if count >= ROWS_A_DAY):
            self._context.warn(f"site {self.site}: {table} {day}: Google shows {ROWS_A_DAY} rows a day and no more")

    def ask(
        self, dimensions: tuple[str, ...], window: Window, pattern: str = "", *, start_row: int = 0
    ) -> dict[str, Any]:
        """One page of final data of web search."""
        body: dict[str, Any] = {
            "startDate": window.start.isoformat(),
            "endDate": window.end.isoformat(),
            "dimensions": list(dimensions),
            "type": "web",
            "dataState": "final",
            "rowLimit": PAGE_ROWS,
            "startRow": start_row,
        }
        if pattern:
            brand = {"dimension": "query", "operator": "includingRegex", "expression": pattern}
            body["dimensionFilterGroups"] = [{"groupType": "and", "filters": [brand]}]
        path = f"{self._path}/searchAnalytics/query"
        reply: dict[str, Any] = self._http.post(path, json=body, subject=f"site {self.site}").json()
        return reply

    def permission(self) -> str:
        """What the service account may do with the site."""
        reply = self._http.get(self._path, subject=f"site {self.site}").json()
        return str(reply.get("permissionLevel", ""))

    def _row(self, dimensions: tuple[str, ...], row: dict[str, Any], pattern: str) -> dict[str, Any]:
        keys = dict(zip(dimensions, row["keys"], strict=True))
        numbers = {name: float(row.get(name, 0)) for name in ("clicks", "impressions", "ctr", "position")}
        return {"site_url": self.site, **keys, **({"brand_pattern": pattern} if pattern else {}), **numbers}
