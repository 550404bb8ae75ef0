"""GAQL over searchStream, one account and one stretch of days a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from ingestion import credentials
from ingestion.context import LoadContext
from ingestion.google_ads.errors import classify
from ingestion.google_auth import ServiceAccountAuth
from ingestion.http import TooMuchData, VendorSession
from ingestion.spec import Window

SCOPE = "https://www.googleapis.com/auth/adwords"
Row = dict[str, Any]
_TRIES_OF_ONE_DAY = 3


@dataclass(frozen=True)
class Account:
    """A client account, with the facts that its days and amounts are to be read by."""

    customer_id: str
    currency_code: str | None
    time_zone: str


class Client:
    """Runs queries and keeps their metadata in the load's record."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self.manager_id = context.setting("login_customer_id").replace("-", "").strip()
        self._version = context.setting("api_version")
        headers = {"login-customer-id": self.manager_id}
        # Access now belongs to the Cloud project; the header is sent only for those who still keep a token.
        developer_token = credentials.read("sources.google_ads.developer_token")
        if isinstance(developer_token, str):
            headers["developer-token"] = developer_token
        self._http: VendorSession = context.http(classify, auth=ServiceAccountAuth(context, SCOPE), headers=headers)

    def rows(
        self, table: str, customer_id: str, query: str, *, window: Window | None = None, account: Account | None = None
    ) -> list[Row]:
        """All rows of one query. Raises TooMuchData when the stream ends before its closing bracket."""
        response = self._http.post(
            f"{self._version}/customers/{customer_id}/googleAds:searchStream",
            json={"query": query, "summaryRowSetting": "NO_SUMMARY_ROW"},
            subject=f"account {customer_id}",
        )
        try:
            parsed = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            raise TooMuchData(f"google_ads: account {customer_id}: the stream broke off") from None
        chunks = parsed if isinstance(parsed, list) else [parsed]
        rows: list[Row] = [row for chunk in chunks for row in chunk.get("results", [])]
        metadata: Row = {"chunks": len(chunks)}
        if account is not None:
            metadata |= {"time_zone": account.time_zone, "currency_code": account.currency_code}
        self._context.note_request(
            table,
            customer_id,
            window,
            rows=len(rows),
            api_version=self._version,
            request_id=response.headers.get("request-id")
            or next((c["requestId"] for c in chunks if "requestId" in c), None),
            metadata=metadata,
        )
        return rows

    def rows_of_days(
        self, table: str, account: Account, window: Window, query: Callable[[Window], str]
    ) -> Iterator[tuple[Window, list[Row]]]:
        """Rows by stretch of days; a stretch that is too much for one reply is halved, down to single days.

        Each stretch is handed out only when its reply has come to the end. Raises ConfigurationError when a single
        day does not come whole.
        """
        tries = 1 if window.start < window.end else _TRIES_OF_ONE_DAY
        for attempt in range(tries):
            try:
                yield window, self.rows(table, account.customer_id, query(window), window=window, account=account)
                return
            except TooMuchData:
                if window.start < window.end:
                    break
                if attempt + 1 == tries:
                    raise
                self._context.sleep(float(2**attempt))
        middle = window.start + (window.end - window.start) // 2
        yield from self.rows_of_days(table, account, Window(window.start, middle), query)
        yield from self.rows_of_days(table, account, Window(middle + timedelta(days=1), window.end), query)
