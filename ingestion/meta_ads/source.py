"""Which accounts, days and levels make up a load of Meta Ads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import dlt

from ingestion.context import LoadContext, Verdict
from ingestion.meta_ads.client import Account, Client, Row
from ingestion.spec import months_before
from warehouse.errors import ConfigurationError

HISTORY_MONTHS = 37
DAYS_A_REQUEST = 30
_CAMPAIGN_COLUMNS = (
    "account_currency",
    "campaign_id",
    "campaign_name",
    "objective",
    "impressions",
    "clicks",
    "inline_link_clicks",
    "spend",
    "reach",
    "frequency",
    "attribution_setting",
)
_ACCOUNT_COLUMNS = ("account_currency", "impressions", "clicks", "spend", "reach")
_ACTION_COLUMNS = ("actions", "action_values")


def resources(context: LoadContext) -> list[Any]:
    """The dlt resources of one load."""
    client = Client(context)
    accounts = [client.account(account_id) for account_id in account_ids(context)]

    def rows_of_accounts() -> Iterator[list[Row]]:
        yield [_account_row(account) for account in accounts]

    def daily(table: str, level: str, fields: str, to_row: Callable[[str, Row], Row]) -> Iterator[list[Row]]:
        for account in accounts:
            oldest = months_before(context.today(account.time_zone), HISTORY_MONTHS) + timedelta(days=1)
            window = context.account_window(table, account.account_id, account.time_zone, oldest)
            if window is None:
                continue
            for asked in window.chunks(DAYS_A_REQUEST):
                for read, rows in client.insights(table, account, asked, level, fields):
                    yield [to_row(account.account_id, row) for row in rows]
                    context.covered(table, account.account_id, read)

    campaign_fields = ",".join(("account_id", *_CAMPAIGN_COLUMNS, *_ACTION_COLUMNS))
    account_fields = ",".join(("account_id", *_ACCOUNT_COLUMNS))
    return [
        dlt.resource(rows_of_accounts(), name="accounts"),
        dlt.resource(daily("campaign_daily", "campaign", campaign_fields, _campaign_row), name="campaign_daily"),
        dlt.resource(daily("account_daily", "account", account_fields, _total_row), name="account_daily"),
    ]


def verdicts(context: LoadContext) -> list[Verdict]:
    """One cheap request an ad account."""
    client, found = Client(context), []
    for account_id in account_ids(context):
        subject = f"account {account_id}"
        try:
            account = client.account(account_id)
            found.append(Verdict(True, subject, f"{account.name}: {account.currency}, {account.time_zone}"))
        except ConfigurationError as error:
            found.append(Verdict(False, subject, str(error)))
    return found


def account_ids(context: LoadContext) -> list[str]:
    """The ad accounts of the settings, digits only, each once. Raises ConfigurationError for anything else."""
    value = context.settings.get("account_ids") or context.setting("account_ids")
    parts = value if isinstance(value, list) else str(value).split(",")
    ids = [str(part).strip().removeprefix("act_") for part in parts if str(part).strip()]
    wrong = [account_id for account_id in ids if not (account_id.isascii() and account_id.isdigit())]
    if wrong or not ids:
        raise ConfigurationError(
            f"config/local.toml: sources.meta_ads.account_ids = {(wrong or [value])[0]!r}: is no ad account; "
            "write its digits, several with commas between"
        )
    return list(dict.fromkeys(ids))


def _account_row(account: Account) -> Row:
    return {
        "account_id": account.account_id,
        "name": account.name,
        "currency": account.currency,
        "timezone_name": account.time_zone,
        "account_status": account.status,
    }


def _campaign_row(account_id: str, row: Row) -> Row:
    # Action types overlap and windows include each other: they stay as received, and one is picked downstream.
    actions = {name: _as_received(row.get(name)) for name in _ACTION_COLUMNS}
    return _day(account_id, row) | {name: row.get(name) for name in _CAMPAIGN_COLUMNS} | actions


def _total_row(account_id: str, row: Row) -> Row:
    return _day(account_id, row) | {name: row.get(name) for name in _ACCOUNT_COLUMNS}


def _day(account_id: str, row: Row) -> Row:
    return {"account_id": account_id, "date_start": row["date_start"]}


def _as_received(value: Any) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"))
