"""Which accounts and tables make up a load of Google Ads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import dlt
import pyarrow as pa

from ingestion.context import LoadContext, Verdict
from ingestion.google_ads.client import Account, Client, Reply
from ingestion.google_ads.days import click_windows, conversion_window, report_windows
from ingestion.google_ads.report import ACCOUNT, Report
from ingestion.google_ads.tables import (
    AUTO_TAGGING,
    CLICK_VIEW,
    CONVERSION_ACTIONS,
    CUSTOMERS,
    DAILY,
    GEO_TARGETS,
    STANDALONE,
)
from ingestion.http import EntitySkipped, LoadStopped
from ingestion.spec import Window
from warehouse.errors import ConfigurationError

# Bytes of replies that are held until one statement reads them; a day of a small account has some 40 kB.
_READ_TOGETHER = 4_000_000

DaysToRead = Callable[[Report, Account], list[Window]]


def resources(context: LoadContext) -> list[Any]:
    """The dlt resources of one load.

    The hierarchy and the conversion actions are read at once: they decide which accounts and days are read.
    """
    client = Client(context)
    hierarchy = _hierarchy(client)
    accounts = _accounts(context, client, hierarchy)
    actions = _actions(context, client, accounts)
    windows = {customer_id: conversion_window(table) for customer_id, table in actions.items()}

    def conversion_actions() -> Iterator[pa.Table]:
        for customer_id, table in actions.items():
            yield table
            context.covered(CONVERSION_ACTIONS.name, customer_id)

    def parts(report: Report, days: DaysToRead) -> Iterator[tuple[Account, Window]]:
        for account in accounts:
            for asked in days(report, account) if account.customer_id not in context.skipped else ():
                if account.customer_id not in context.skipped:
                    yield account, asked

    def read(report: Report, part: tuple[Account, Window]) -> list[Reply] | EntitySkipped:
        try:
            return list(client.replies_of_days(report, *part))
        except EntitySkipped as skipped:
            return skipped

    def daily(report: Report, days: DaysToRead) -> Iterator[pa.Table]:
        waiting: list[Reply] = []
        try:
            for (account, _), found in context.each(partial(read, report), parts(report, days)):
                if isinstance(found, EntitySkipped):
                    context.skip(account.customer_id, found.reason)
                elif account.customer_id not in context.skipped:
                    waiting += found
                if sum(len(reply.body) for reply in waiting) >= _READ_TOGETHER:
                    yield from taken(report, waiting)
                    waiting = []
        except LoadStopped:  # What has come whole is kept.
            yield from taken(report, waiting)
            raise
        yield from taken(report, waiting)

    def taken(report: Report, replies: list[Reply]) -> Iterator[pa.Table]:
        if not replies:
            return
        yield client.table(report, replies)
        for reply in replies:
            context.covered(report.name, reply.customer_id, reply.window)

    def report_days(report: Report, account: Account) -> list[Window]:
        return report_windows(context, report, account, windows[account.customer_id])

    def geo_targets() -> Iterator[pa.Table]:
        yield client.snapshot(GEO_TARGETS, client.login_id)

    return [
        dlt.resource([hierarchy], name=CUSTOMERS.name),
        dlt.resource(conversion_actions(), name=CONVERSION_ACTIONS.name),
        *(dlt.resource(daily(report, report_days), name=report.name) for report in DAILY),
        dlt.resource(daily(CLICK_VIEW, partial(click_windows, context)), name=CLICK_VIEW.name),
        dlt.resource(geo_targets(), name=GEO_TARGETS.name),
    ]


def verdicts(context: LoadContext) -> list[Verdict]:
    """The version's age, and one cheap query of the manager and of each client account."""
    client = Client(context)
    accounts = _accounts(context, client, _hierarchy(client))
    found = [Verdict(True, f"manager {client.login_id}", f"{len(accounts)} client accounts")]
    if client.ending:
        found.insert(0, Verdict(True, f"API {client.version}", client.ending))
    for account in accounts:
        subject = f"account {account.customer_id}"
        try:
            (row,) = client.snapshot(AUTO_TAGGING, account.customer_id, account).to_pylist()
            found.append(_verdict(subject, account, is_tagged=row["auto_tagging_enabled"]))
        except EntitySkipped as skipped:
            found.append(Verdict(True, subject, f"will be skipped: {skipped.reason}"))
        except ConfigurationError as error:
            found.append(Verdict(False, subject, str(error)))
    return found


def _verdict(subject: str, account: Account, *, is_tagged: bool) -> Verdict:
    if is_tagged:
        return Verdict(True, subject, f"{account.currency_code}, {account.time_zone}")
    return Verdict(
        False,
        subject,
        "auto-tagging is off: clicks carry no gclid, and no journey begins with them",
        "switch it on in Google Ads under Admin > Account settings > Auto-tagging",
    )


def _hierarchy(client: Client) -> pa.Table:
    """One row an account, by its nearest path; where the login account is no manager, that account alone."""
    found = client.snapshot(CUSTOMERS, client.login_id)
    if found.num_rows == 0:
        return client.snapshot(STANDALONE, client.login_id)
    ordered = found.sort_by([(ACCOUNT, "ascending"), ("level", "ascending")])
    ids = ordered[ACCOUNT].to_pylist()
    return ordered.filter(pa.array([place == 0 or ids[place - 1] != one for place, one in enumerate(ids)]))


def _accounts(context: LoadContext, client: Client, hierarchy: pa.Table) -> list[Account]:
    """Client accounts in a fixed order; managers carry no metrics."""
    accounts = []
    for row in hierarchy.sort_by(ACCOUNT).to_pylist():
        if row["is_manager"]:
            continue
        if row["time_zone"] is None:  # A day of an account that was never set up has no meaning.
            context.skip(row[ACCOUNT], "the account has no time zone yet")
            continue
        accounts.append(Account(row[ACCOUNT], row["currency_code"], row["time_zone"]))
    if not accounts:
        raise ConfigurationError(
            f"google_ads: manager {client.login_id} has no client account; check sources.google_ads.login_customer_id"
        )
    return accounts


def _actions(context: LoadContext, client: Client, accounts: list[Account]) -> dict[str, pa.Table]:
    """The conversion actions of each account that answers; the others are skipped."""
    found = {}
    for account in accounts:
        try:
            found[account.customer_id] = client.snapshot(CONVERSION_ACTIONS, account.customer_id, account)
        except EntitySkipped as skipped:
            context.skip(account.customer_id, skipped.reason)
    return found
