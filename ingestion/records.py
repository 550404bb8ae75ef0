"""What an operator asks of the ops tables: how each source's last load ended, and which rows were set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import duckdb

from warehouse.layout import MARTS, OPS, raw_schema

SET_ASIDE_COLUMNS = ("seen_at", "source", "place", "field", "reason", "row")
# What `kpi quarantine --source` calls the amounts of all sources that no exchange rate covers.
MONEY = "money"
_FILES = raw_schema("file_drop")


@dataclass(frozen=True)
class LastLoad:
    """How the newest load of a source ended; `line` is what a person was told of one that did not end well."""

    source: str
    started_at: datetime
    outcome: Literal["ok", "stopped", "failed"]
    line: str | None
    rows: int
    requests: int
    wait_seconds: float
    seconds: float
    set_aside: int


def last_loads(con: duckdb.DuckDBPyConnection) -> list[LastLoad]:
    """The newest load of each source that was ever loaded, and the rows that are set aside. Raises duckdb.Error."""
    found = con.execute(
        f"""
        select source, started_at, case when failed is not null then 'failed' when stopped is not null then 'stopped'
            else 'ok' end, coalesce(failed, stopped), rows, requests, wait_seconds, seconds, coalesce(aside.number, 0)
        from {OPS}.loads
        left join (select source, count(*) as number from ({_all_set_aside(con)}) group by source) as aside
            using (source)
        qualify row_number() over (partition by source order by started_at desc) = 1
        order by source
        """
    ).fetchall()
    return [LastLoad(*row) for row in found]


def set_aside(con: duckdb.DuckDBPyConnection, source: str | None = None) -> list[tuple[Any, ...]]:
    """The rows that are set aside, newest first, by SET_ASIDE_COLUMNS. Raises duckdb.Error."""
    return con.execute(
        f"select * from ({_all_set_aside(con)}{_money(con)}) where $source is null or source = $source "
        f"or ($source = '{MONEY}' and place like 'marts.%') order by seen_at desc nulls last, place, field",
        {"source": source},
    ).fetchall()


def _money(con: duckdb.DuckDBPyConnection) -> str:
    """SQL for the amounts that no exchange rate covers: they were loaded, and the models set them aside."""
    if not _is_made(con, MARTS, "money_quarantine"):
        return ""
    return (
        " union all select cast(date_day as timestamptz), source, 'marts.' || fact || ' ' || row_key, measure, "
        "reason || ': ' || mend, concat_ws(' ', amount_local, currency_code, 'of', date_day, 'account ' || account_id) "
        f"from {MARTS}.money_quarantine"
    )


def set_aside_by_source(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rows `set_aside` gives of each source that has any. Raises duckdb.Error."""
    listed = f"{_all_set_aside(con)}{_money(con)}"
    return dict(con.execute(f"select source, count(*) from ({listed}) group by source").fetchall())


def _all_set_aside(con: duckdb.DuckDBPyConnection) -> str:
    """SQL for the rows of vendors, and those of files, which have a table of their own with file and line."""
    vendors = f"select seen_at, source, table_name as place, field, reason, row from {OPS}.quarantine"
    if not _is_made(con, _FILES, "quarantine"):
        return vendors
    return (
        f"{vendors} union all select _loaded_at, 'file_drop', file_name || ' line ' || line_number, field, reason, row "
        f"from {_FILES}.quarantine"
    )


def _is_made(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    found = con.execute(
        "select 1 from duckdb_tables() where database_name = current_database() and schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    return found is not None
