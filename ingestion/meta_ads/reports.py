"""The reports that are read, declared as data: level, period, fields and breakdowns are a table's grain and columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.meta_ads.stretches import TIME_INCREMENT, Every

Row = dict[str, Any]

# 7d_view and 28d_view are no longer returned since January 2026.
ATTRIBUTION_WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view")
# Insights and edges hold what is deleted only where they are asked for it by status.
CAMPAIGN_STATUSES = ("ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES")
ADSET_STATUSES = (*CAMPAIGN_STATUSES, "CAMPAIGN_PAUSED")
AD_STATUSES = (
    *ADSET_STATUSES, "ADSET_PAUSED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED", "PENDING_BILLING_INFO",
)  # fmt: skip
_STATUSES = {"campaign": CAMPAIGN_STATUSES, "ad": AD_STATUSES}
ACTION_FIELDS = ("actions", "action_values")
DEFAULT_WINDOW = "default"
# The action types that mean the same goal, the best first; the settings may name another one for an account.
GOALS = {
    "lead": ("lead", "offsite_conversion.fb_pixel_lead"),
    "purchase": ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"),
}


@dataclass(frozen=True)
class Report:
    """One table of insights a day (or week, or month: `every`). `keys` tell its rows apart besides account and day;
    `columns` are asked for too.

    `is_run` reads it by asynchronous report runs of `days` days, which are split where they are too large.
    """

    table: str
    level: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    breakdowns: tuple[str, ...] = ()
    days: int = 30
    is_run: bool = False
    report_time: str = ""
    """On which day an action counts; empty for Meta's own rule, the day of the click or impression."""
    every: Every = "day"

    @property
    def grain(self) -> tuple[str, ...]:
        return ("date_start", *self.keys, *self.breakdowns)

    def params(self, fields: Sequence[str], entity: str = "", ids: Sequence[str] = ()) -> Row:
        """What a request asks for besides its days: `fields` of the columns, of all or of some campaigns or ads."""
        params: Row = {
            "level": self.level,
            "fields": ",".join(("account_id", *self.keys, *fields)),
            "time_increment": TIME_INCREMENT[self.every],
            "action_attribution_windows": json.dumps(ATTRIBUTION_WINDOWS),
            "use_unified_attribution_setting": "true",
        }
        if self.breakdowns:
            params["breakdowns"] = ",".join(self.breakdowns)
        if self.report_time:
            params["action_report_time"] = self.report_time
        conditions = [(f"{self.level}.effective_status", _STATUSES[self.level])] if self.level in _STATUSES else []
        if entity:
            conditions.append((f"{entity}.id", tuple(ids)))
        if conditions:
            params["filtering"] = json.dumps(
                [{"field": field, "operator": "IN", "value": list(values)} for field, values in conditions]
            )
        return params

    @property
    def droppable(self) -> tuple[str, ...]:
        """Columns without which the table still holds what it is for."""
        return tuple(name for name in self.columns if name not in ("impressions", "spend", *ACTION_FIELDS))

    def rows(self, account_id: str, received: list[Row]) -> list[Row]:
        """The table's rows from Meta's."""
        if self.columns == ACTION_FIELDS:
            return [line for row in received for line in action_rows(account_id, self.keys, row)]
        names = (*self.keys, *self.breakdowns, *self.columns)
        return [
            {"account_id": account_id, "date_start": row["date_start"]}
            # What is broken down by is part of the key, so it is never NULL.
            | {name: row.get(name, "unknown" if name in self.breakdowns else None) for name in names}
            | {name: as_json(row.get(name)) for name in ACTION_FIELDS if name in names}
            for row in received
        ]


def action_rows(account_id: str, keys: tuple[str, ...], row: Row) -> Iterator[Row]:
    """One row an action type and attribution window, with count and value; `default` is the ad set's own setting."""
    found: dict[tuple[str, str], Row] = {}
    for field, column in zip(ACTION_FIELDS, ("value", "action_value"), strict=True):
        for action in row.get(field) or ():
            for name in ("value", *ATTRIBUTION_WINDOWS):
                if name in action:
                    window = DEFAULT_WINDOW if name == "value" else name
                    found.setdefault((action["action_type"], window), {})[column] = action[name]
    for (action_type, window), numbers in found.items():
        yield {
            "account_id": account_id,
            "date_start": row["date_start"],
            **{key: row.get(key) for key in keys},
            "action_type": action_type,
            "attribution_window": window,
            **numbers,
        }


def goal_numbers(row: Row, leads: Sequence[str], purchases: Sequence[str]) -> Row:
    """Leads, purchases and their value of one row: of the first of these action types that is there, never a sum."""

    def told(field: str, kinds: Sequence[str]) -> str | None:
        values = {action["action_type"]: action.get("value") for action in row.get(field) or ()}
        return next((values[kind] for kind in kinds if kind in values), None)

    return {
        "leads": told("actions", leads),
        "purchases": told("actions", purchases),
        "purchase_value": told("action_values", purchases),
    }


def as_json(value: Any) -> str | None:
    """A nested value as the JSON that came."""
    return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_AD = ("ad_id", "adset_id", "campaign_id")
_DELIVERY = ("account_currency", "impressions", "clicks", "inline_link_clicks", "spend")


def _broken_down(table: str, *breakdowns: str) -> Report:
    # Reach is left out: with breakdowns it is kept for 13 months only, and it cannot be added up anyway.
    return Report(table, "ad", _AD, _DELIVERY, breakdowns, days=60, is_run=True)


def _account_by(table: str, *breakdowns: str) -> Report:
    # At once, as runs are split by campaigns, whose rows would have to be added up again.
    return Report(table, "account", (), _DELIVERY, breakdowns)


CAMPAIGN_DAILY = Report(
    "campaign_daily",
    "campaign",
    ("campaign_id",),
    (
        "account_currency", "campaign_name", "objective", "impressions", "clicks", "inline_link_clicks", "spend",
        "reach", "frequency", "attribution_setting", *ACTION_FIELDS,
    ),
)  # fmt: skip
ACCOUNT_DAILY = Report("account_daily", "account", (), ("account_currency", "impressions", "clicks", "spend", "reach"))
_PEOPLE = ("date_stop", "account_currency", "impressions", "spend", "reach")
# People of a week are no sum of its days' people: they are asked for. Counting them over long stretches is what Meta
# finds too much first, so a request is of a quarter or of half a year.
ACCOUNT_WEEKLY = Report("account_weekly", "account", (), _PEOPLE, days=91, every="week")
ACCOUNT_MONTHLY = Report("account_monthly", "account", (), _PEOPLE, days=184, every="month")
AD_DAILY = Report(
    "ad_daily",
    "ad",
    _AD,
    ("ad_name", "adset_name", *_DELIVERY, "reach", "frequency", "attribution_setting"),
    days=90,
    is_run=True,
)
AD_ACTIONS_DAILY = Report("ad_actions_daily", "ad", _AD, ACTION_FIELDS, days=90, is_run=True)
# The same conversions on the day on which people converted: what tells a click of last week from a sale of this one.
CONVERSIONS_DAILY = Report(
    "campaign_conversions_daily", "campaign", ("campaign_id",), ACTION_FIELDS, days=90, report_time="conversion"
)
REPORTS = (
    CAMPAIGN_DAILY,
    ACCOUNT_DAILY,
    ACCOUNT_WEEKLY,
    ACCOUNT_MONTHLY,
    AD_DAILY,
    AD_ACTIONS_DAILY,
    _broken_down("ad_placement_daily", "publisher_platform", "platform_position"),
    _broken_down("ad_country_daily", "country"),
    _broken_down("ad_age_gender_daily", "age", "gender"),
    _account_by("account_placement_daily", "publisher_platform", "platform_position"),
    _account_by("account_country_daily", "country"),
    _account_by("account_age_gender_daily", "age", "gender"),
    CONVERSIONS_DAILY,
)
