"""Which accounts, days and queries make up a load of Google Ads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import dlt

from ingestion.context import LoadContext, Verdict
from ingestion.google_ads import queries
from ingestion.google_ads.client import Account, Client, Row
from ingestion.http import EntitySkipped
from ingestion.spec import Window, months_before
from warehouse.errors import ConfigurationError

HISTORY_MONTHS = 37
CLICK_VIEW_DAYS = 90
# A click's row no longer changes then; each day costs a request of its own, so it is not read again.
CLICKS_FINAL_AFTER_DAYS = 7
DAYS_A_REQUEST = 90


DaysToRead = Callable[[str, Account], list[Window]]


def resources(context: LoadContext) -> list[Any]:
    """The dlt resources of one load."""
    client = Client(context)
    hierarchy = _hierarchy(client)
    accounts = _accounts(client, hierarchy)

    def customers() -> Iterator[list[Row]]:
        yield hierarchy

    def conversion_actions() -> Iterator[list[Row]]:
        for account in _reading(context, accounts):
            try:
                rows = client.rows(
                    "conversion_actions", account.customer_id, queries.CONVERSION_ACTIONS, account=account
                )
            except EntitySkipped as skipped:
                context.skip(account.customer_id, skipped.reason)
                continue
            yield [queries.conversion_action_row(account.customer_id, row) for row in rows]
            context.covered("conversion_actions", account.customer_id)

    def daily(
        table: str, query: Callable[[Window], str], to_row: Callable[[str, Row], Row | None], days: DaysToRead
    ) -> Iterator[list[Row]]:
        for account in _reading(context, accounts):
            try:
                for asked in days(table, account):
                    for read, rows in client.rows_of_days(table, account, asked, query):
                        mapped = (to_row(account.customer_id, row) for row in rows)
                        yield [row for row in mapped if row is not None]
                        context.covered(table, account.customer_id, read)
            except EntitySkipped as skipped:
                context.skip(account.customer_id, skipped.reason)

    def report_days(table: str, account: Account) -> list[Window]:
        oldest = months_before(context.today(account.time_zone), HISTORY_MONTHS) + timedelta(days=1)
        window = context.account_window(table, account.customer_id, account.time_zone, oldest)
        return window.chunks(DAYS_A_REQUEST) if window else []

    def click_days(table: str, account: Account) -> list[Window]:
        oldest = context.today(account.time_zone) - timedelta(days=CLICK_VIEW_DAYS - 1)
        window = context.account_window(table, account.customer_id, account.time_zone, oldest)
        read_at = context.read_at(table, account.customer_id)
        days = window.days() if window else []
        return [Window(day, day) for day in days if not _is_final(day, read_at.get(day))]

    return [
        dlt.resource(customers(), name="customers"),
        dlt.resource(conversion_actions(), name="conversion_actions"),
        *(
            dlt.resource(daily(table, query, to_row, days), name=table)
            for table, query, to_row, days in (
                ("campaign_daily", queries.campaign_daily, queries.campaign_row, report_days),
                ("conversions_daily", queries.conversions_daily, queries.conversion_row, report_days),
                ("click_view", queries.click_view, queries.click_row, click_days),
            )
        ),
    ]


def verdicts(context: LoadContext) -> list[Verdict]:
    """One cheap query of the manager and of each client account."""
    client = Client(context)
    accounts = _accounts(client, _hierarchy(client))
    found = [Verdict(True, f"manager {client.manager_id}", f"{len(accounts)} client accounts")]
    for account in accounts:
        subject = f"account {account.customer_id}"
        try:
            client.rows("customers", account.customer_id, "SELECT customer.id FROM customer", account=account)
            found.append(Verdict(True, subject, f"{account.currency_code}, {account.time_zone}"))
        except EntitySkipped as skipped:
            found.append(Verdict(True, subject, f"will be skipped: {skipped.reason}"))
        except ConfigurationError as error:
            found.append(Verdict(False, subject, str(error)))
    return found


def _hierarchy(client: Client) -> list[Row]:
    return [queries.customer_row(row) for row in client.rows("customers", client.manager_id, queries.HIERARCHY)]


def _accounts(client: Client, hierarchy: list[Row]) -> list[Account]:
    """Client accounts in a fixed order; managers carry no metrics."""
    accounts = {
        row["customer_id"]: Account(row["customer_id"], row["currency_code"], row["time_zone"])
        for row in hierarchy
        if not row["is_manager"]
    }
    if not accounts:
        raise ConfigurationError(
            f"google_ads: manager {client.manager_id} has no client account; check sources.google_ads.login_customer_id"
        )
    return [accounts[customer_id] for customer_id in sorted(accounts)]


def _reading(context: LoadContext, accounts: list[Account]) -> Iterator[Account]:
    for account in accounts:
        if account.customer_id not in context.skipped:
            yield account


def _is_final(day: date, read_at: datetime | None) -> bool:
    return read_at is not None and read_at.date() >= day + timedelta(days=CLICKS_FINAL_AFTER_DAYS)
