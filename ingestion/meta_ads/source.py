"""Which accounts, days and levels make up a load of Meta Ads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import dlt

from ingestion.context import LoadContext, Verdict
from ingestion.http import EntitySkipped, TooMuchData
from ingestion.meta_ads.client import Account, Client
from ingestion.meta_ads.entities import EDGES, Edge
from ingestion.meta_ads.errors import refused_field
from ingestion.meta_ads.reports import (
    ACCOUNT_DAILY,
    AD_ACTIONS_DAILY,
    AD_DAILY,
    CAMPAIGN_DAILY,
    CONVERSIONS_DAILY,
    GOALS,
    REPORTS,
    Report,
    Row,
    goal_numbers,
)
from ingestion.meta_ads.runs import RunReader
from ingestion.meta_ads.stretches import cut, halves, whole
from ingestion.meta_ads.totals import Totals
from ingestion.spec import Window, months_before
from warehouse.errors import ConfigurationError

HISTORY_MONTHS = 37
# Pages are halved twice before the days are: what one day holds does not get smaller by paging.
PAGE_HALVINGS = 2
_COMPARED = (CAMPAIGN_DAILY.table, ACCOUNT_DAILY.table, AD_DAILY.table)
_WITH_ACTIONS = (CAMPAIGN_DAILY.table, AD_ACTIONS_DAILY.table)


class _Load:
    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self._client = Client(context)
        self._accounts = self._open_accounts()
        self._totals = {account.account_id: Totals(_compared_actions(context)) for account in self._accounts}
        self._leads, self._purchases = (_action_types(context, goal) for goal in ("lead", "purchase"))
        self._to_compare = {*_COMPARED, *_WITH_ACTIONS}

    def resources(self) -> list[Any]:
        return [
            dlt.resource(self._account_rows(), name="accounts"),
            *(dlt.resource(self._entities(edge), name=edge.table) for edge in EDGES),
            *(dlt.resource(self._days(report), name=report.table) for report in REPORTS),
        ]

    def _open_accounts(self) -> list[Account]:
        accounts, refused = [], []
        for account_id in account_ids(self._context):
            try:
                accounts.append(self._client.account(account_id))
            except EntitySkipped as refusal:
                refused.append(refusal)
                self._context.skip(account_id, refusal.reason)
        if not accounts:
            raise refused[0]
        return accounts

    def _account_rows(self) -> Iterator[list[Row]]:
        yield [_account_row(account) for account in self._accounts]
        for account in self._accounts:
            self._context.covered("accounts", account.account_id)

    def _readable(self) -> Iterator[Account]:
        """The accounts that nothing has shut out so far."""
        for account in self._accounts:
            if account.account_id not in self._context.skipped:
                yield account

    def _skip(self, account: Account, refusal: EntitySkipped) -> None:
        """Leave the account out. Raises ConfigurationError where that leaves none at all."""
        self._context.skip(account.account_id, refusal.reason)
        if len(self._context.skipped) == len(account_ids(self._context)):
            raise ConfigurationError(str(refusal)) from None

    def _entities(self, edge: Edge) -> Iterator[list[Row]]:
        def read(account: Account) -> list[Row] | EntitySkipped:
            try:
                return self._client.edge(edge.table, account, edge.edge, edge.fields, **edge.params)
            except EntitySkipped as refusal:
                return refusal

        for account, nodes in self._context.each(read, self._readable()):
            if isinstance(nodes, EntitySkipped):
                self._context.warn(f"{account.subject}: {edge.table} was left as it was: {nodes.reason}")
                continue
            yield [{"account_id": account.account_id, **edge.row(node)} for node in nodes]
            self._context.covered(edge.table, account.account_id)

    def _days(self, report: Report) -> Iterator[list[Row]]:
        for (account, _), found in self._context.each(partial(self._read, report), self._parts(report)):
            if isinstance(found, EntitySkipped):
                self._skip(account, found)
                continue
            if account.account_id in self._context.skipped:
                continue
            for read, received in found:
                rows = report.rows(account.account_id, received)
                if report is CAMPAIGN_DAILY:
                    goals = self._leads, self._purchases
                    rows = [row | goal_numbers(raw, *goals) for row, raw in zip(rows, received, strict=True)]
                if report is CONVERSIONS_DAILY:
                    goals_only = {*self._leads, *self._purchases}
                    rows = [row for row in rows if row["action_type"] in goals_only]
                yield rows
                if report.table in _COMPARED:
                    self._totals[account.account_id].add(report.level, read, rows)
                if report.table in _WITH_ACTIONS:
                    self._totals[account.account_id].add_actions(report.level, read, received)
                self._context.covered(report.table, account.account_id, read)
        self._compare(report.table)

    def _parts(self, report: Report) -> Iterator[tuple[Account, Window]]:
        for account in self._readable():
            oldest = months_before(self._context.today(account.time_zone), HISTORY_MONTHS) + timedelta(days=1)
            window = self._context.account_window(report.table, account.account_id, account.time_zone, oldest)
            newest = self._context.today(account.time_zone) - timedelta(days=1)
            stretch = whole(window, report.every, oldest, newest) if window else None
            for chunk in cut(stretch, report.every, report.days) if stretch else ():
                if account.account_id not in self._context.skipped:
                    yield account, chunk

    def _read(self, report: Report, part: tuple[Account, Window]) -> list[tuple[Window, list[Row]]] | EntitySkipped:
        """The report's rows by stretch of days; a field that is refused is left out with a warning."""
        account, window = part
        fields = report.columns
        while True:
            try:
                return list(self._stretches(report, account, window, fields))
            except EntitySkipped as refusal:
                field = refused_field(refusal.reason)
                if field not in fields or field not in report.droppable:
                    return refusal
                fields = tuple(name for name in fields if name != field)
                self._context.warn(f"{account.subject}: {report.table}.{field} is empty: {refusal.reason}")

    def _stretches(
        self, report: Report, account: Account, window: Window, fields: tuple[str, ...]
    ) -> Iterator[tuple[Window, list[Row]]]:
        if report.is_run:
            yield window, RunReader(self._context, self._client, report, account).read(window, fields)
        else:
            yield from self._at_once(report, account, window, fields)

    def _at_once(
        self, report: Report, account: Account, window: Window, fields: tuple[str, ...], halvings: int = 0
    ) -> Iterator[tuple[Window, list[Row]]]:
        """Where Meta says that it is too much, pages are halved first (`halvings` times so far), then the days.

        Raises TooMuchData when the smallest page of a single day (or week, or month) is still too much.
        """
        page_rows = max(1, self._client.page_rows >> halvings)
        try:
            rows = self._client.insights(report.table, account, window, report.params(fields), page_rows)
        except TooMuchData:
            if halvings < PAGE_HALVINGS:
                yield from self._at_once(report, account, window, fields, halvings + 1)
            elif parts := halves(window, report.every):
                for half in parts:
                    yield from self._at_once(report, account, half, fields, halvings)
            else:
                raise
        else:
            yield window, rows

    def _compare(self, table: str) -> None:
        """When the last of the levels was read: whether campaigns and ads add up to the account."""
        if table not in self._to_compare:
            return
        self._to_compare.remove(table)
        if self._to_compare:
            return
        for account in self._readable():
            for parts in ("campaign", "ad"):
                line = self._totals[account.account_id].difference("account", parts)
                if line:
                    self._context.warn(f"{account.subject}: {line}")
            for line in self._totals[account.account_id].lost_conversions():
                self._context.warn(f"{account.subject}: {line}")


def resources(context: LoadContext) -> list[Any]:
    """The dlt resources of one load."""
    return _Load(context).resources()


def verdicts(context: LoadContext) -> list[Verdict]:
    """One cheap request an ad account; a token or an address that opens nothing is told once."""
    client, found, ids = Client(context), [], account_ids(context)
    try:
        client.try_token()
    except EntitySkipped:
        pass  # Of a permission that is missing for the token's own name, the accounts may know nothing.
    except ConfigurationError as error:
        return [Verdict(False, "access token", str(error))]
    for account_id in ids:
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


def _action_types(context: LoadContext, goal: str) -> tuple[str, ...]:
    """The action type of a goal that the settings name, or all that may stand for it."""
    named = context.settings.get(f"{goal}_action")
    return (str(named),) if named else GOALS[goal]


def _compared_actions(context: LoadContext) -> list[str]:
    """One action type a goal: that of the settings, or the one that Meta has for everybody."""
    return list(dict.fromkeys(str(context.settings.get(f"{goal}_action") or goal) for goal in ("purchase", "lead")))


def _account_row(account: Account) -> Row:
    return {
        "account_id": account.account_id,
        "name": account.name,
        "currency": account.currency,
        "timezone_name": account.time_zone,
        "account_status": account.status,
    }
