"""Which days were read of which account, and as of when (`ops.coverage`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache

import duckdb
import pyarrow as pa

from ingestion.context import Coverage
from ingestion.spec import SourceSpec, TableSpec
from warehouse.layout import OPS, raw_schema

TABLE = f"""
create table if not exists {OPS}.coverage (
    source varchar, table_name varchar, account_id varchar, date_day date, rows bigint,
    loaded_at timestamp with time zone, first_loaded_at timestamp with time zone
);
alter table {OPS}.coverage add column if not exists first_loaded_at timestamp with time zone;
"""


class DaysRead:
    """What the earlier loads of a source have read: one query a table, however many accounts ask."""

    def __init__(self, con: duckdb.DuckDBPyConnection, source: str) -> None:
        self._con, self._source = con, source
        self._of = cache(self._look_up)

    def read_at(self, table: str, account_id: str) -> Mapping[date, datetime]:
        """The moment (UTC) as of which each day of a table and account was read last."""
        return self._of(table).get(account_id, {})

    def missed(self, table: str, account_id: str) -> list[date]:
        """The days of a table that were read of some account, and never of this one; oldest first."""
        read = self._of(table)
        return sorted(set().union(*read.values()) - read.get(account_id, {}).keys())

    def _look_up(self, table: str) -> dict[str, dict[date, datetime]]:
        found: dict[str, dict[date, datetime]] = {}
        for account_id, day, moment in self._con.execute(
            f"select account_id, date_day, loaded_at from {OPS}.coverage where source = ? and table_name = ?",
            [self._source, table],
        ).fetchall():
            found.setdefault(account_id, {})[day] = moment
        return found


def write(
    con: duckdb.DuckDBPyConnection,
    spec: SourceSpec,
    table: TableSpec,
    covered: Iterable[Coverage],
    *,
    scope: str,
    as_of: datetime,
) -> None:
    """Write down the days that were covered, each with its rows in raw now; a day keeps when it was read first.

    `scope` is SQL for the raw rows of those days. All accounts go together: some have hundreds.
    """
    days = {(entry.account_id or "", day) for entry in covered if entry.window for day in entry.window.days()}
    accounts, dates = zip(*sorted(days), strict=True) if days else ((), ())
    con.register(
        "covered_days", pa.table({"account_id": pa.array(accounts, pa.string()), "day": pa.array(dates, pa.date32())})
    )
    account = table.account_column or "''"
    con.execute(
        f"""
        create or replace temp table newly_read as
        select covered.account_id, covered.day, coalesce(held.rows, 0) as rows,
            coalesce(before.first_loaded_at, before.loaded_at, $as_of) as first_loaded_at
        from covered_days as covered
        left join (
            select {account} as account_id, {table.window_column} as day, count(*) as rows
            from {raw_schema(spec.name)}.{table.name} where {scope} group by 1, 2
        ) as held on held.account_id = covered.account_id and held.day = covered.day
        left join {OPS}.coverage as before
            on before.source = $source and before.table_name = $table
            and before.account_id = covered.account_id and before.date_day = covered.day
        """,
        {"source": spec.name, "table": table.name, "as_of": as_of},
    )
    keys = [spec.name, table.name]
    con.execute(
        f"""
        delete from {OPS}.coverage as old using newly_read
        where old.source = ? and old.table_name = ? and old.account_id = newly_read.account_id
            and old.date_day = newly_read.day
        """,
        keys,
    )
    con.execute(
        f"insert into {OPS}.coverage select ?, ?, account_id, day, rows, ?, first_loaded_at from newly_read",
        [*keys, as_of],
    )
    con.execute("drop table newly_read")
    con.unregister("covered_days")
