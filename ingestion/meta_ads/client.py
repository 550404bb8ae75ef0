"""Meta's Graph API: ad accounts, what is in them, insights page by page, and report runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import requests

from ingestion.context import LoadContext
from ingestion.http import EntitySkipped, StaticToken, TooMuchData, VendorSession
from ingestion.meta_ads.errors import classify, classify_run, refused_field, usage
from ingestion.meta_ads.reports import ATTRIBUTION_WINDOWS, Row
from ingestion.spec import Window

PAGE_ROWS = 500
RUN_PAGE_ROWS = 2_000
SMALLEST_PAGE = 5


@dataclass(frozen=True)
class Account:
    """An ad account; `account_id` holds digits only."""

    account_id: str
    name: str | None
    currency: str | None
    time_zone: str
    status: int | None

    @property
    def subject(self) -> str:
        return f"account {self.account_id}"


class Client:
    """Reads with the token in a header: as a parameter it would come back in every link of a reply."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self._version = context.setting("api_version")
        self.page_rows = int(context.number("page_rows", PAGE_ROWS, least=1))
        self._run_page_rows = int(context.number("page_rows", RUN_PAGE_ROWS, least=1))
        token = StaticToken(context.text_secret("access_token"))
        self._http = context.http(classify, auth=token)
        self._run_http = context.http(classify_run, auth=token)

    def account(self, account_id: str) -> Account:
        """Raises ConfigurationError for an account that the token does not open."""
        reply = self._http.get(
            f"{self._version}/act_{account_id}",
            params={"fields": "account_id,name,currency,timezone_name,account_status"},
            subject=f"account {account_id}",
        ).json()
        return Account(
            account_id, reply.get("name"), reply.get("currency"), reply["timezone_name"], reply.get("account_status")
        )

    def try_token(self) -> None:
        """Raises ConfigurationError where the token opens nothing at all."""
        self._http.get(f"{self._version}/me", params={"fields": "id"}, subject="access token")

    def edge(self, table: str, account: Account, edge: str, fields: tuple[str, ...], **params: str) -> list[Row]:
        """Everything below the account along `edge`; pages shrink as far as Meta asks for it.

        A field that the token may not read, or that the version does not know, is left out with a warning.
        """
        wanted = [name for name in fields if name != "id"]
        while True:
            try:
                asked = {"fields": ",".join(("id", *wanted)), **params}
                path = f"act_{account.account_id}/{edge}"
                return list(self._pages(self._http, table, account, path, asked, shrinks=True))
            except EntitySkipped as refusal:
                field = refused_field(refusal.reason)
                if field not in wanted:
                    raise
                wanted.remove(field)
                self._context.warn(f"{account.subject}: {table}.{field} is empty: {refusal.reason}")

    def insights(
        self, table: str, account: Account, window: Window, params: Mapping[str, Any], page_rows: int
    ) -> list[Row]:
        """A report at once. Raises TooMuchData where it has to be asked for in smaller parts."""
        path = f"act_{account.account_id}/insights"
        asked = {**params, **_days(window)}
        return list(self._pages(self._http, table, account, path, asked, window=window, page_rows=page_rows))

    def start_run(self, account: Account, window: Window, params: Mapping[str, Any]) -> str:
        """Start a report run, and return its id."""
        path = f"{self._version}/act_{account.account_id}/insights"
        # In the body, since a list of ids may be longer than a URL.
        reply = self._http.post(path, json={**params, **_days(window)}, subject=account.subject)
        self._warn_of_version(reply)
        return str(reply.json()["report_run_id"])

    def run(self, account: Account, run_id: str) -> Row:
        """The state of a run. Raises TooMuchData for one that failed because it was too large."""
        reply: Row = self._run_http.get(f"{self._version}/{run_id}", subject=account.subject).json()
        return reply

    def run_rows(self, table: str, account: Account, window: Window, run_id: str) -> list[Row]:
        """What a completed run found."""
        path, limit = f"{run_id}/insights", self._run_page_rows
        return list(self._pages(self._run_http, table, account, path, {}, window=window, page_rows=limit, shrinks=True))

    def _pages(
        self,
        http: VendorSession,
        table: str,
        account: Account,
        path: str,
        params: Mapping[str, Any],
        *,
        window: Window | None = None,
        page_rows: int = 0,
        shrinks: bool = False,
    ) -> Iterator[Row]:
        limit, after = page_rows or self.page_rows, None
        while True:
            asked = {**params, "limit": limit} | ({"after": after} if after else {})
            try:
                response = http.get(f"{self._version}/{path}", params=asked, subject=account.subject)
            except TooMuchData:
                if not shrinks or limit <= SMALLEST_PAGE:
                    raise
                limit = max(SMALLEST_PAGE, limit // 2)
                continue
            reply = orjson.loads(response.content)
            page = reply.get("data", [])
            self._note(table, account, window, response, len(page))
            yield from page
            paging = reply.get("paging", {})
            # The last page has a cursor too; only `next` tells that there is more. The link itself is not followed.
            if "next" not in paging:
                return
            after = paging["cursors"]["after"]

    def _note(
        self, table: str, account: Account, window: Window | None, response: requests.Response, rows: int
    ) -> None:
        self._warn_of_version(response)
        self._context.note_request(
            table,
            account.account_id,
            window,
            rows=rows,
            api_version=response.headers.get("facebook-api-version") or self._version,
            request_id=response.headers.get("x-fb-request-id") or response.headers.get("x-fb-trace-id"),
            metadata={
                "time_zone": account.time_zone,
                "currency_code": account.currency,
                "attribution_windows": list(ATTRIBUTION_WINDOWS),
                **usage(response),
            },
        )

    def _warn_of_version(self, response: requests.Response) -> None:
        if response.headers.get("X-Ad-Api-Version-Warning"):
            self._context.warn(
                f"Meta no longer serves {self._version} and answers with a newer version; "
                "raise sources.meta_ads.api_version"
            )


def _days(window: Window) -> Row:
    return {"time_range": json.dumps({"since": str(window.start), "until": str(window.end)})}
