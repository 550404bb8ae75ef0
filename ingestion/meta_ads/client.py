"""Meta's Graph API: ad accounts, and their insights page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ingestion.context import LoadContext
from ingestion.http import StaticToken, TooMuchData
from ingestion.meta_ads.errors import classify, usage
from ingestion.spec import Window

Row = dict[str, Any]
PAGE_ROWS = 500
# Pages are halved twice before the days are: what one day holds does not get smaller by paging.
PAGE_HALVINGS = 2
# 7d_view and 28d_view are no longer returned since January 2026.
ATTRIBUTION_WINDOWS = ["1d_click", "7d_click", "28d_click", "1d_view"]


@dataclass(frozen=True)
class Account:
    """An ad account; `account_id` holds digits only."""

    account_id: str
    name: str | None
    currency: str | None
    time_zone: str
    status: int | None


class Client:
    """Reads with the token in a header: as a parameter it would come back in every link of a reply."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self._version = context.setting("api_version")
        self._page_rows = int(context.settings.get("page_rows", PAGE_ROWS))
        self._http = context.http(classify, auth=StaticToken(context.text_secret("access_token")))

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

    def insights(
        self, table: str, account: Account, window: Window, level: str, fields: str, *, halvings: int = 0
    ) -> Iterator[tuple[Window, list[Row]]]:
        """Rows by stretch of days, each handed out only after its last page.

        Where Meta says that it is too much, pages are halved first (`halvings` times so far), then the stretch of
        days. Raises ConfigurationError when the smallest page of a single day is still too much.
        """
        page_rows = max(1, self._page_rows >> halvings)
        try:
            rows = self._pages(table, account, window, level=level, fields=fields, page_rows=page_rows)
        except TooMuchData:
            if halvings < PAGE_HALVINGS:
                yield from self.insights(table, account, window, level, fields, halvings=halvings + 1)
            elif window.start < window.end:
                middle = window.start + (window.end - window.start) // 2
                for half in (Window(window.start, middle), Window(middle + timedelta(days=1), window.end)):
                    yield from self.insights(table, account, half, level, fields, halvings=halvings)
            else:
                raise
        else:
            yield window, rows

    def _pages(
        self, table: str, account: Account, window: Window, *, level: str, fields: str, page_rows: int
    ) -> list[Row]:
        params: Row = {
            "level": level,
            "fields": fields,
            "time_range": json.dumps({"since": str(window.start), "until": str(window.end)}),
            "time_increment": 1,
            "action_attribution_windows": json.dumps(ATTRIBUTION_WINDOWS),
            "use_unified_attribution_setting": "true",
            "limit": page_rows,
        }
        rows: list[Row] = []
        while True:
            response = self._http.get(
                f"{self._version}/act_{account.account_id}/insights",
                params=params,
                subject=f"account {account.account_id}",
            )
            reply = response.json()
            page = reply.get("data", [])
            rows += page
            self._context.note_request(
                table,
                account.account_id,
                window,
                rows=len(page),
                api_version=response.headers.get("facebook-api-version") or self._version,
                request_id=response.headers.get("x-fb-request-id") or response.headers.get("x-fb-trace-id"),
                metadata={
                    "time_zone": account.time_zone,
                    "currency_code": account.currency,
                    "attribution_windows": ATTRIBUTION_WINDOWS,
                    **usage(response),
                },
            )
            paging = reply.get("paging", {})
            # The last page has a cursor too; only `next` tells that there is more. The link itself is not followed.
            if "next" not in paging:
                return rows
            params["after"] = paging["cursors"]["after"]
