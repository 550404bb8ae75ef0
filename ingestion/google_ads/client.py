"""Queries over searchStream, one account and one stretch of days a request, to Arrow tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa

from ingestion import credentials
from ingestion.context import LoadContext
from ingestion.google_ads import versions
from ingestion.google_ads.errors import classify
from ingestion.google_ads.operations import Operations
from ingestion.google_ads.queries import query
from ingestion.google_ads.replies import Replies
from ingestion.google_ads.report import Report
from ingestion.google_auth import ServiceAccountAuth
from ingestion.http import TooMuchData, VendorSession
from ingestion.spec import Window

SCOPE = "https://www.googleapis.com/auth/adwords"
# What cannot be asked for in halves is tried so often, after pauses in seconds.
_TRIES, _PAUSE = 3, 1.0


@dataclass(frozen=True)
class Account:
    """A client account, with the facts that its days and amounts are to be read by."""

    customer_id: str
    currency_code: str | None
    time_zone: str


@dataclass(frozen=True)
class Reply:
    """What the stream of one query brought; `account` is None for a query that is about no account's days."""

    customer_id: str
    window: Window | None
    account: Account | None
    request_id: str | None
    body: bytes


class Client:
    """Runs queries and keeps their metadata in the load's record.

    Raises ConfigurationError for a setting that cannot be; a version near its end is a warning of the load.
    """

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self.login_id = context.setting("login_customer_id").replace("-", "").strip()
        self.version = context.setting("api_version")
        self.ending = versions.warning(self.version, context.as_of.date())
        if self.ending:
            context.warn(self.ending)
        self._operations = Operations(context)
        headers = {"login-customer-id": self.login_id}
        # Access now belongs to the Cloud project; the header is sent only for those who still keep a token.
        developer_token = credentials.read("sources.google_ads.developer_token")
        if isinstance(developer_token, str):
            headers["developer-token"] = developer_token
        self._http: VendorSession = context.http(classify, auth=ServiceAccountAuth(context, SCOPE), headers=headers)
        self._replies = Replies()

    def table(self, report: Report, replies: Sequence[Reply]) -> pa.Table:
        """The rows of the replies; each request goes into the load's record."""
        found, sizes = self._replies.table(report, [(reply.customer_id, reply.body) for reply in replies])
        for reply, rows in zip(replies, sizes, strict=True):
            metadata: dict[str, object] = {"bytes": len(reply.body)}
            if reply.account is not None:
                metadata |= {"time_zone": reply.account.time_zone, "currency_code": reply.account.currency_code}
            self._context.note_request(
                report.name,
                reply.customer_id,
                reply.window,
                rows=rows,
                api_version=self.version,
                request_id=reply.request_id,
                metadata=metadata,
            )
        return found

    def snapshot(self, report: Report, customer_id: str, account: Account | None = None) -> pa.Table:
        """All rows of a query without days, which cannot ask for less: it is tried again after a pause."""
        return self.table(report, [self._insist(report, customer_id, None, account)])

    def replies_of_days(self, report: Report, account: Account, window: Window) -> Iterator[Reply]:
        """Replies by stretch of days; a stretch that is too much for one reply is halved, down to single days.

        Each stretch is handed out only when its reply has come to the end, and before less is asked for there is a
        pause, since what is too much may be the load of the last minutes. Raises ConfigurationError when a single day
        does not come whole, and LoadStopped when the day's operations are spent.
        """
        if window.start == window.end:
            yield self._insist(report, account.customer_id, window, account)
            return
        try:
            yield self._ask(report, account.customer_id, window, account)
            return
        except TooMuchData:
            self._context.sleep(_PAUSE)
        middle = window.start + (window.end - window.start) // 2
        yield from self.replies_of_days(report, account, Window(window.start, middle))
        yield from self.replies_of_days(report, account, Window(middle + timedelta(days=1), window.end))

    def _insist(self, report: Report, customer_id: str, window: Window | None, account: Account | None) -> Reply:
        for attempt in range(1, _TRIES):
            try:
                return self._ask(report, customer_id, window, account)
            except TooMuchData:
                self._context.sleep(_PAUSE * attempt)
        return self._ask(report, customer_id, window, account)

    def _ask(self, report: Report, customer_id: str, window: Window | None, account: Account | None) -> Reply:
        """One query. Raises TooMuchData when the stream ends before its closing bracket."""
        self._operations.spend()
        response = self._http.post(
            f"{self.version}/customers/{customer_id}/googleAds:searchStream",
            json={"query": query(report, window), "summaryRowSetting": "NO_SUMMARY_ROW"},
            subject=f"account {customer_id}",
        )
        if not self._replies.is_whole(response.content):
            raise TooMuchData(f"google_ads: account {customer_id}: the stream broke off; try again later")
        return Reply(customer_id, window, account, response.headers.get("request-id"), response.content)
