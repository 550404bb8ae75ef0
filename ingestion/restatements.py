"""What re-reads have changed: one row an account, day and measure whose total is another now (`ops.restatements`).

A day's first load writes nothing. A later load that brings another total keeps the old and the new one, so that "why
did last month move" has rows behind it, and a day can be told as it was reported at any moment (`as_reported`).

Of a table that is read by days, `ops.coverage` tells which of them an earlier load has read. Of a snapshot these are
the days that were over when a load before this one was made: what was won yesterday is news, what was won in a month
that had been told already is not.
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


def totals(spec: SourceSpec, table: TableSpec, zone: str, scope: str = "true") -> str:
    """SQL for account_id, date_day, measure and value of the raw rows in `scope`; exact, in nine decimals.

    Moments count to their day in `zone`, the business's. What is no number counts nothing here; the staging model
    refuses it.
    """
    sums = {name: f"sum(try_cast({quoted(name)} as decimal(38, 9)))" for name in table.measures}
    sums |= {name: f"cast(count_if({condition}) as decimal(38, 9))" for name, condition in table.counts.items()}
    sums |= {name: f"sum(try_cast({amount} as decimal(38, 9)))" for name, amount in table.amounts.items()}
    listed = ", ".join(f"{{'measure': '{name}', 'value': coalesce({value}, 0)}}" for name, value in sums.items())
    return (
        f"select account_id, date_day, one.measure, one.value from (select {_account(table)} as account_id, "
        f"{_day(table, zone)} as date_day, unnest([{listed}]) as one "
        f"from {raw_schema(spec.name)}.{table.name} where ({scope}) and {_day(table, zone)} is not null group by 1, 2)"
    )


class Restatement:
    """The totals of one table before its rows are replaced, and what became of them after."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, spec: SourceSpec, table: TableSpec, scope: str, *, zone: str
    ) -> None:
        self._con, self._spec, self._table, self._zone = con, spec, table, zone
        known = self._days_told()
        self._is_kept = known is not None
        if known is None:
            return
        self._totals = totals(spec, table, zone, f"({scope}) and {known}")
        con.execute(f"create or replace temp table restated as {self._totals}")

    def _days_told(self) -> str | None:
        """SQL for the rows of days that earlier loads read: a first load, the largest of all, adds nothing up."""
        if not self._table.measured:
            return None
        keys = f"source = '{self._spec.name}' and table_name = '{self._table.name}'"
        if self._table.window_column:
            return (
                f"({_account(self._table)}, {_day(self._table, self._zone)}) in "
                f"(select (account_id, date_day) from {OPS}.coverage where {keys})"
            )
        found = self._con.execute(_over_at(self._spec, self._zone, "true")).fetchone()
        return f"{_day(self._table, self._zone)} < date '{found[0]}'" if found and found[0] else None

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


def as_reported(spec: SourceSpec, table: TableSpec, zone: str) -> str:
    """SQL for account_id, date_day, measure and value as a report at the moment `$moment` had them.

    A day is absent when it was not loaded yet at that moment. The value is that of the newest change until then;
    without one, the one before the first change since; without any, what raw holds.
    """
    keys = f"source = '{spec.name}' and table_name = '{table.name}'"
    measures = ", ".join(f"'{name}'" for name in table.measured)
    if table.window_column:
        days = (
            f"select account_id, date_day from {OPS}.coverage "
            f"where {keys} and coalesce(first_loaded_at, loaded_at) <= $moment"
        )
    else:
        days = (
            f"select account_id, date_day from (select account_id, date_day from ({totals(spec, table, zone)}) "
            f"union select account_id, date_day from {OPS}.restatements where {keys}) "
            f"where date_day < ({_over_at(spec, zone, 'as_of <= $moment')})"
        )
    return f"""
        with known as (
            select account_id, date_day, unnest([{measures}]) as measure from ({days})
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
        left join ({totals(spec, table, zone)}) as held using (account_id, date_day, measure)
        order by all
    """


def moves(
    con: duckdb.DuckDBPyConnection, spec: SourceSpec, tables: Iterable[TableSpec], window: Window, *, zone: str
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
                select account_id, measure, sum(value) as value from ({totals(spec, table, zone)})
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
    con: duckdb.DuckDBPyConnection,
    spec: SourceSpec,
    tables: Iterable[TableSpec],
    window: Window,
    moment: datetime,
    *,
    zone: str,
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
            from ({as_reported(spec, table, zone)}) as told
            left join ({totals(spec, table, zone)}) as held using (account_id, date_day, measure)
            where date_day between $start and $end
            group by account_id, measure order by all
            """,
            {"table": table.name, "start": window.start, "end": window.end, "moment": moment},
        ).fetchall()
    return rows


def _account(table: TableSpec) -> str:
    if table.split_by:
        return f"coalesce({quoted(table.split_by)}, '')"
    return quoted(table.account_column) if table.account_column else "''"


def _day(table: TableSpec, zone: str) -> str:
    column = table.window_column or table.dated_by
    is_moment = table.columns[column] == "timestamp"
    return f"cast({quoted(column)} at time zone '{zone}' as date)" if is_moment else quoted(column)


def _over_at(spec: SourceSpec, zone: str, which: str) -> str:
    """SQL for the day that was under way at the newest of those loads that came to their end; NULL for none."""
    return (
        f"select cast(max(as_of) at time zone '{zone}' as date) from {OPS}.loads "
        f"where source = '{spec.name}' and stopped is null and failed is null and {which}"
    )
