"""What re-reads have changed: one row an account, day and measure whose total is another now (`ops.restatements`).

A day's first load writes nothing. A later load that brings another total keeps the old and the new one, so that "why
did last month move" has rows behind it, and a day can be told as it was reported at any moment (`as_reported`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb

from ingestion.contracts import quoted
from ingestion.spec import SourceSpec, TableSpec, Window
from warehouse.layout import OPS, raw_schema

TABLE = f"""
create table if not exists {OPS}.restatements (
    source varchar, table_name varchar, account_id varchar, date_day date, measure varchar,
    old_value decimal(38, 9), new_value decimal(38, 9), seen_at timestamp with time zone, load_id varchar
);
"""


def totals(spec: SourceSpec, table: TableSpec, scope: str = "true") -> str:
    """SQL for account_id, date_day, measure and value of the raw rows in `scope`; exact, in nine decimals.

    What is no number counts nothing here; the staging model refuses it.
    """
    sums = {name: f"sum(try_cast({quoted(name)} as decimal(38, 9)))" for name in table.measures}
    sums |= {name: f"cast(count_if({condition}) as decimal(38, 9))" for name, condition in table.counts.items()}
    listed = ", ".join(f"{{'measure': '{name}', 'value': coalesce({value}, 0)}}" for name, value in sums.items())
    account = quoted(table.account_column) if table.account_column else "''"
    return (
        f"select account_id, date_day, one.measure, one.value from (select {account} as account_id, "
        f"{quoted(str(table.window_column))} as date_day, unnest([{listed}]) as one "
        f"from {raw_schema(spec.name)}.{table.name} where {scope} group by 1, 2)"
    )


class Restatement:
    """The totals of one table before its rows are replaced, and what became of them after."""

    def __init__(self, con: duckdb.DuckDBPyConnection, spec: SourceSpec, table: TableSpec, scope: str) -> None:
        self._con, self._spec, self._table = con, spec, table
        self._is_kept = bool(table.window_column and (table.measures or table.counts))
        if not self._is_kept:
            return
        # Only the days that earlier loads read: a first load, the largest of all, adds nothing up.
        account, day = table.account_column or "''", table.window_column
        self._totals = totals(
            spec,
            table,
            f"({scope}) and ({account}, {day}) in (select (account_id, date_day) from {OPS}.coverage "
            f"where source = '{spec.name}' and table_name = '{table.name}')",
        )
        con.execute(f"create or replace temp table restated as {self._totals}")

    def write(self, *, seen_at: datetime, load_id: str) -> None:
        """Keep every difference on days that earlier loads read too; call it before coverage is written."""
        if not self._is_kept:
            return
        self._con.execute(
            f"""
            insert into {OPS}.restatements
            select $source, $table, account_id, date_day, measure, coalesce(o.value, 0), coalesce(n.value, 0), $seen_at,
                $load_id
            from restated as o
            full join ({self._totals}) as n using (account_id, date_day, measure)
            where coalesce(o.value, 0) <> coalesce(n.value, 0)
            order by account_id, date_day, measure
            """,
            {"source": self._spec.name, "table": self._table.name, "seen_at": seen_at, "load_id": load_id},
        )
        self._con.execute("drop table restated")


def as_reported(spec: SourceSpec, table: TableSpec) -> str:
    """SQL for account_id, date_day, measure and value as a report at the moment `$moment` had them.

    A day is absent when it was not loaded yet at that moment. The value is that of the newest change until then;
    without one, the one before the first change since; without any, what raw holds.
    """
    keys = f"source = '{spec.name}' and table_name = '{table.name}'"
    measures = ", ".join(f"'{name}'" for name in (*table.measures, *table.counts))
    return f"""
        with known as (
            select account_id, date_day, unnest([{measures}]) as measure from {OPS}.coverage
            where {keys} and coalesce(first_loaded_at, loaded_at) <= $moment
        ),
        changes as (
            select account_id, date_day, measure,
                last(new_value order by seen_at, rowid) filter (where seen_at <= $moment) as newest,
                first(old_value order by seen_at, rowid) filter (where seen_at > $moment) as before_the_next
            from {OPS}.restatements where {keys} group by all
        )
        select known.account_id, known.date_day, known.measure,
            coalesce(changes.newest, changes.before_the_next, held.value, 0) as value
        from known
        left join changes using (account_id, date_day, measure)
        left join ({totals(spec, table)}) as held using (account_id, date_day, measure)
        order by all
    """


def moves(
    con: duckdb.DuckDBPyConnection, spec: SourceSpec, tables: Iterable[TableSpec], window: Window
) -> list[tuple[Any, ...]]:
    """Why the days of `window` moved: seen on, table, account, measure, days, first and last day, change, total now.

    One row for what a day's loads changed of a measure, oldest first. Raises duckdb.Error.
    """
    rows = []
    for table in tables:
        rows += con.execute(
            f"""
            with changes as (
                select cast(seen_at as date) as seen_on, account_id, measure, count(distinct date_day) as days,
                    min(date_day) as first_day, max(date_day) as last_day, sum(new_value - old_value) as change
                from {OPS}.restatements
                where source = $source and table_name = $table and date_day between $start and $end
                group by all
            ),
            held as (
                select account_id, measure, sum(value) as value from ({totals(spec, table)})
                where date_day between $start and $end group by all
            )
            select seen_on, $table, account_id, measure, days, first_day, last_day, change, coalesce(held.value, 0)
            from changes left join held using (account_id, measure)
            where change <> 0 order by all
            """,
            {"source": spec.name, "table": table.name, "start": window.start, "end": window.end},
        ).fetchall()
    return rows


def reported(
    con: duckdb.DuckDBPyConnection, spec: SourceSpec, tables: Iterable[TableSpec], window: Window, moment: datetime
) -> list[tuple[Any, ...]]:
    """The totals of `window` as they were known at `moment`: table, account, measure, reported, now, change.

    Only days that were loaded by then count, on both sides. Raises duckdb.Error.
    """
    rows = []
    for table in tables:
        rows += con.execute(
            f"""
            select $table, account_id, measure, sum(told.value) as reported, sum(coalesce(held.value, 0)) as now,
                now - reported
            from ({as_reported(spec, table)}) as told
            left join ({totals(spec, table)}) as held using (account_id, date_day, measure)
            where date_day between $start and $end
            group by account_id, measure order by all
            """,
            {"table": table.name, "start": window.start, "end": window.end, "moment": moment},
        ).fetchall()
    return rows
