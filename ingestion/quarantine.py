"""Rows of a vendor that do not parse: set aside with column, reason and the row itself, while the others are loaded.

A file's rows have a quarantine of their own with line numbers, `raw_file_drop.quarantine`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from ingestion.privacy import strike_emails
from warehouse.layout import OPS

TABLE = f"""
create table if not exists {OPS}.quarantine (
    source varchar, table_name varchar, field varchar, reason varchar, row varchar, load_id varchar,
    seen_at timestamp with time zone
);
"""


@dataclass(frozen=True)
class Refused:
    """One row that does not parse; `row` is JSON without e-mail addresses and their hashes."""

    table: str
    field: str
    reason: str
    row: str


def refused(table: str, field: str, reason: str, row: Mapping[str, Any]) -> Refused:
    """`row` as it goes into the quarantine: nothing in it leads to a person."""
    content = {name: value for name, value in row.items() if value is not None and not name.endswith("email_hash")}
    text = json.dumps(content, default=str, ensure_ascii=False)
    return Refused(table, field, reason, strike_emails(text))


def write(con: duckdb.DuckDBPyConnection, source: str, rows: list[Refused], *, load_id: str, seen_at: datetime) -> None:
    """Keep the rows, each once however often it is read: `load_id` and `seen_at` are those of the last time."""
    for entry in dict.fromkeys(rows):
        key = [source, entry.table, entry.field, entry.reason, entry.row]
        con.execute(
            f"delete from {OPS}.quarantine "
            "where source = ? and table_name = ? and field = ? and reason = ? and row = ?",
            key,
        )
        con.execute(f"insert into {OPS}.quarantine values (?, ?, ?, ?, ?, ?, ?)", [*key, load_id, seen_at])
