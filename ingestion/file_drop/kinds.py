"""The spreadsheets that a folder may hold: their columns, what each cell may say, and which rows are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingestion.file_drop import cells
from ingestion.file_drop.cells import Check, Value

Row = dict[str, Value | None]
Problem = tuple[str, str]
"""The field and what is wrong with it."""


@dataclass(frozen=True)
class Column:
    """One column of a spreadsheet.

    `target` is the raw column, None where the cell is never stored. `is_needed`: the header must have it;
    `is_filled`: no row may leave it empty. `is_email`: stored as its keyed hash only.
    """

    check: Check
    target: str | None
    is_needed: bool = True
    is_filled: bool = False
    is_email: bool = False

    @property
    def is_private(self) -> bool:
        return self.is_email or self.target is None


@dataclass(frozen=True)
class Kind:
    """One kind of spreadsheet, matched by `<name>*.csv`. Rows are the same when `identity` is the same.

    `refers_to`: the column that names a row of another kind, and that kind.
    """

    name: str
    columns: Mapping[str, Column]
    identity: tuple[str, ...]
    row_check: Callable[[Row], list[Problem]] = lambda row: []
    refers_to: tuple[str, str] | None = None


def _cost_problems(row: Row) -> list[Problem]:
    if row["channel"] is None and (row["clicks"] is not None or row["impressions"] is not None):
        return [("channel", "is empty in a row with clicks or impressions; write the channel that was paid for")]
    return []


def _deal_problems(row: Row) -> list[Problem]:
    problems: list[Problem] = []
    if row["is_won"]:
        for field in ("closed_at", "amount"):
            if row[field] is None:
                problems.append((field, "is empty in a won deal; write it"))
    if row["currency_code"] is None and (row["amount"] is not None or row["gross_margin"] is not None):
        problems.append(("currency", "is empty beside an amount; write its ISO 4217 code, such as EUR"))
    return problems


def _contact_problems(row: Row) -> list[Problem]:
    if row["merged_into"] is not None and row["merged_into"] == row["contact_id"]:
        return [("merged_into", "is the contact itself; write the id of the contact that lives on, or leave it empty")]
    return []


def _post_problems(row: Row) -> list[Problem]:
    if row["reach"] is None and row["views"] is None:
        return [("reach", "is empty, and so is views; write one of the two, or leave the post out")]
    return []


def _filled(check: Check, target: str) -> Column:
    return Column(check, target, is_filled=True)


def _extra(check: Check, target: str | None, *, is_email: bool = False) -> Column:
    return Column(check, target, is_needed=False, is_email=is_email)


KINDS = (
    Kind(
        "costs",
        {
            "date": _filled(cells.day, "date"),
            "channel": Column(cells.text, "channel"),
            "campaign": Column(cells.text, "campaign"),
            "cost": _filled(cells.amount, "cost"),
            "currency": _filled(cells.currency, "currency_code"),
            "clicks": _extra(cells.count, "clicks"),
            "impressions": _extra(cells.count, "impressions"),
        },
        identity=("date", "channel", "campaign"),
        row_check=_cost_problems,
    ),
    Kind(
        "crm_contacts",
        {
            "contact_id": _filled(cells.text, "contact_id"),
            "created_at": _filled(cells.moment, "created_at"),
            "email": Column(cells.email, "email_hash", is_email=True),
            "ga_client_id": _extra(cells.text, "ga_client_id"),
            "gclid": _extra(cells.text, "gclid"),
            "fbclid": _extra(cells.text, "fbclid"),
            "lifecycle_stage": _extra(cells.text, "lifecycle_stage"),
            "merged_into": _extra(cells.text, "merged_into"),
        },
        identity=("contact_id",),
        row_check=_contact_problems,
    ),
    Kind(
        "crm_deals",
        {
            "deal_id": _filled(cells.text, "deal_id"),
            "contact_id": _filled(cells.text, "contact_id"),
            "created_at": _filled(cells.moment, "created_at"),
            "closed_at": Column(cells.moment, "closed_at"),
            "stage": Column(cells.text, "stage"),
            "is_won": _filled(cells.boolean, "is_won"),
            "amount": Column(cells.amount, "amount"),
            "currency": Column(cells.currency, "currency_code"),
            "gross_margin": _extra(cells.signed_amount, "gross_margin"),
        },
        identity=("deal_id",),
        row_check=_deal_problems,
        refers_to=("contact_id", "crm_contacts"),
    ),
    Kind(
        "surveys",
        {
            "response_id": _filled(cells.text, "response_id"),
            "submitted_at": _filled(cells.moment, "submitted_at"),
            "score": _filled(cells.score, "score"),
            "email": _extra(cells.email, "email_hash", is_email=True),
            "comment": _extra(cells.text, None),
        },
        identity=("response_id",),
    ),
    Kind(
        "budgets",
        {
            "month": _filled(cells.month, "month"),
            "channel": _filled(cells.text, "channel"),
            "amount": _filled(cells.amount, "amount"),
            "currency": _filled(cells.currency, "currency_code"),
        },
        identity=("month", "channel"),
    ),
    Kind(
        "social_posts",
        {
            "post_id": _filled(cells.text, "post_id"),
            "published_at": _filled(cells.moment, "published_at"),
            "network": _filled(cells.text, "network"),
            "likes": _filled(cells.count, "likes"),
            "comments": _filled(cells.count, "comments"),
            "shares": _filled(cells.count, "shares"),
            "saves": _extra(cells.count, "saves"),
            "reach": _extra(cells.count, "reach"),
            "views": _extra(cells.count, "views"),
            "text": _extra(cells.text, None),
        },
        identity=("network", "post_id"),
        row_check=_post_problems,
    ),
    Kind(
        "social_followers",
        {
            "date": _filled(cells.day, "date"),
            "network": _filled(cells.text, "network"),
            "followers": _filled(cells.count, "followers"),
            "account": _extra(cells.text, "account"),
        },
        identity=("date", "network", "account"),
    ),
)
