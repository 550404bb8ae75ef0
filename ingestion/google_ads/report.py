"""What makes a report: a table, and for each of its columns the field that fills it.

Fields are named as in Google's query language. Their kinds follow from their names: 64-bit counts and micros come as
text, conversions as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingestion.spec import ColumnType, TableSpec

ACCOUNT = "customer_id"
DAY = "date"
_KINDS: Mapping[str, ColumnType] = {
    "segments.date": "date",
    "customer_client.level": "bigint",
    "customer_client.manager": "bool",
    "customer_client.hidden": "bool",
    "customer_client.test_account": "bool",
    "customer.manager": "bool",
    "customer.test_account": "bool",
    "customer.auto_tagging_enabled": "bool",
    "conversion_action.primary_for_goal": "bool",
    "conversion_action.include_in_conversions_metric": "bool",
    "conversion_action.value_settings.default_value": "double",
}


@dataclass(frozen=True)
class Report:
    """A table and its query. `fields` names the field of each column, save for `customer_id`, the account asked."""

    table: TableSpec
    resource: str
    fields: Mapping[str, str]
    condition: str = ""
    days_a_request: int = 93
    """At most so many days in one reply; fewer where a day has many rows, so that a reply stays small."""
    required: str = ""
    """A column without which a row is left out."""

    @property
    def name(self) -> str:
        return self.table.name


def kind_of(field: str) -> ColumnType:
    """The type of a field's column: doubles are numbers on the wire, everything else that counts is text."""
    if field == "metrics.search_impression_share":
        return "double"
    if field.startswith("metrics.") and "conversions" in field and "view_through" not in field:
        return "double"
    return _KINDS.get(field, "text")
