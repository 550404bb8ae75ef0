"""Checks that derive from what a source declares: SourceSpec, as ops.sources and ops.source_tables keep it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb

from quality.checks import Check, literal
from quality.volume import volume
from warehouse.layout import OPS, raw_schema


@dataclass(frozen=True)
class _Table:
    """A raw table as declared, with the columns that it really has."""

    name: str
    primary_key: tuple[str, ...]
    window_column: str | None
    columns: frozenset[str]


@dataclass(frozen=True)
class _Source:
    name: str
    title: str
    max_age: int
    has_window: bool
    zone: str
    zones_at: str | None
    tables: tuple[_Table, ...]


def source_checks(connection: duckdb.DuckDBPyConnection, as_of: datetime, zone: str) -> list[Check]:
    """The checks of every enabled source; a new source is checked without a line here. `zone` is the business's."""
    checks: list[Check] = []
    for source in _sources(connection, zone):
        own = [_has_rows(source), _freshness(source, as_of)]
        if source.tables:
            own += [_columns(source), _duplicates(source)]
        if source.has_window:
            own += [_coverage(source), _accounts(source), volume(source.name)]
        if source.has_window and source.zones_at:
            own.append(_accounts_fresh(source, as_of))
        checks += [replace(check, about=raw_schema(source.name)) for check in own]
    return checks


def _sources(connection: duckdb.DuckDBPyConnection, zone: str) -> list[_Source]:
    found = connection.execute(
        "select source, title, max_data_age_hours, window_start is not null, time_zone_rule, time_zones "
        f"from {OPS}.sources where is_enabled order by source"
    ).fetchall()
    return [
        _Source(
            name,
            title,
            max_age,
            has_window,
            rule if "/" in rule or rule == "UTC" else zone,
            zones_at,
            _tables(connection, name),
        )
        for name, title, max_age, has_window, rule, zones_at in found
    ]


def _tables(connection: duckdb.DuckDBPyConnection, source: str) -> tuple[_Table, ...]:
    rows = connection.execute(
        f"""
        select t.table_name, any_value(t.primary_key), any_value(t.window_column), list(c.column_name)
        from {OPS}.source_tables as t
        left join information_schema.columns as c on c.table_schema = ? and c.table_name = t.table_name
        where t.source = ? group by t.table_name order by t.table_name
        """,
        [raw_schema(source), source],
    ).fetchall()
    return tuple(_Table(name, tuple(key), window, frozenset(columns)) for name, key, window, columns in rows)


def _has_rows(source: _Source) -> Check:
    return Check(
        name=f"{source.name}_has_rows",
        rule="source has rows",
        table=f"{OPS}.sources",
        kind="number",
        query=f"select coalesce(max(rows), 0) as value from {OPS}.sources where source = {literal(source.name)}",
        minimum=1,
        limit="at least 1 row",
        mend=f"`kpi doctor` tells what {source.title} answers; load it with `kpi refresh --source {source.name}`, "
        "or disable it",
        owner="data",
    )


def _freshness(source: _Source, as_of: datetime) -> Check:
    """The age counts from the end of the newest day, where that day ended last: in the source's westernmost account."""
    zones = f"select {literal(source.zone)} as zone"
    if source.zones_at:
        table, _, column = source.zones_at.split(".")
        # One account's zone may be unknown yet; a source without any counts in the business's.
        zones = (
            f"select distinct {column} as zone from {raw_schema(source.name)}.{table} where {column} is not null "
            f"union all select {literal(source.zone)} where not exists "
            f"(select 1 from {raw_schema(source.name)}.{table} where {column} is not null)"
        )
    return Check(
        name=f"{source.name}_is_fresh",
        rule="source is fresh",
        table=f"{OPS}.sources",
        kind="number",
        query=f"select min({_age('newest_data_day', 'zone', as_of)}) as value "
        f"from {OPS}.sources cross join ({zones}) as zones where source = {literal(source.name)}",
        maximum=float(source.max_age),
        unit="hours",
        limit=f"at most {source.max_age} hours since its newest day ended in its time zone",
        mend=f"load it with `kpi refresh --source {source.name}`; if its newest day stays the same, {source.title} "
        "itself is late",
        owner="data",
    )


def _accounts_fresh(source: _Source, as_of: datetime) -> Check:
    """Each account by its own clock: that the others are fresh says nothing of it."""
    assert source.zones_at
    table, account, column = source.zones_at.split(".")
    return Check(
        name=f"{source.name}_accounts_are_fresh",
        rule="accounts of a source are fresh",
        table=f"{OPS}.coverage",
        kind="values",
        severity="warn",
        query=f"""
            select concat_ws(' ', 'account', c.account_id, z.zone) as subject,
                   {_age("c.newest_day", f"coalesce(z.zone, {literal(source.zone)})", as_of)} as value
            from (
                select account_id, max(date_day) as newest_day from {OPS}.coverage
                where source = {literal(source.name)} group by account_id
                having max(date_day) >= (select window_start from {OPS}.sources where source = {literal(source.name)})
            ) as c
            left join (select {account} as account_id, any_value({column}) as zone
                       from {raw_schema(source.name)}.{table} group by {account}) as z using (account_id)
            order by value desc
        """,
        maximum=float(source.max_age),
        unit="hours",
        limit=f"at most {source.max_age} hours since each account's newest day ended in its own time zone",
        mend=f"`kpi doctor` tells whether the account still answers; then `kpi refresh --source {source.name}`",
        owner="data",
    )


def _columns(source: _Source) -> Check:
    schema = raw_schema(source.name)
    empty = [
        f"select concat_ws(' ', {literal(f'{table.name}.{key} is NULL in')}, count(*), 'rows') as subject "
        f'from {schema}.{table.name} where "{key}" is null having count(*) > 0'
        for table in source.tables
        for key in table.primary_key
        if key in table.columns
    ]
    missing = f"""
        select concat_ws(' ', t.table_name, 'has no column', t.column_name) as subject
        from (select table_name, unnest(columns) as column_name from {OPS}.source_tables
              where source = {literal(source.name)}) as t
        anti join (select table_name, column_name from information_schema.columns
                   where table_schema = {literal(schema)}) as c using (table_name, column_name)
    """
    return Check(
        name=f"{source.name}_has_its_columns",
        rule="source has its columns",
        table=f"{OPS}.source_tables",
        kind="rows",
        query=" union all ".join([missing, *empty]),
        limit="every declared column is there, and those of the key have a value in every row",
        mend=f"`kpi refresh --source {source.name} --from <day>` reads it again; if it stays, {source.title} has "
        f"changed what it sends: see ingestion/{source.name}/README.md",
        owner="data",
    )


def _duplicates(source: _Source) -> Check:
    found = [_doubled(source, table) for table in source.tables if set(table.primary_key) <= table.columns]
    return Check(
        name=f"{source.name}_has_no_duplicates",
        rule="source has no duplicates",
        table=f"{OPS}.source_tables",
        kind="rows",
        query=" union all ".join(found) or "select 'none' as subject limit 0",
        limit="one row a key in every raw table, on the days of the last window",
        mend=f"`kpi refresh --source {source.name} --from <day>` writes the days anew",
        owner="data",
    )


def _doubled(source: _Source, table: _Table) -> str:
    keys = [f'"{key}"' for key in table.primary_key]
    days = ""
    if table.window_column and source.has_window:
        # Rows before it were looked at when they were loaded.
        start = f"select window_start from {OPS}.sources where source = {literal(source.name)}"
        days = f' where "{table.window_column}" >= ({start})'
    return (
        f"select concat_ws(' ', {literal(table.name)}, {', '.join(keys)}, count(*), 'times') as subject "
        f"from {raw_schema(source.name)}.{table.name}{days} group by {', '.join(keys)} having count(*) > 1"
    )


def _coverage(source: _Source) -> Check:
    """Days inside the last window that were not read, between days that were.

    The window's last day is not over yet in every account's time zone, and some vendors keep fewer days than a
    window asks for; both are no holes.
    """
    return Check(
        name=f"{source.name}_covers_its_window",
        rule="source covers its window",
        table=f"{OPS}.coverage",
        kind="rows",
        query=f"""
            select concat_ws(' ', c.table_name, nullif(c.account_id, ''), strftime(d.day, '%Y-%m-%d')) as subject
            from (
                select c.table_name, c.account_id, min(c.date_day) as first_day, any_value(s.window_end) as window_end,
                       list(c.date_day) as days
                from {OPS}.coverage as c
                join {OPS}.sources as s
                  on s.source = c.source and c.date_day between s.window_start and s.window_end
                where c.source = {literal(source.name)}
                group by c.table_name, c.account_id
            ) as c,
            lateral (
                select cast(r.day as date) as day
                from range(c.first_day, c.window_end, interval 1 day) as r (day)
            ) as d
            where not list_contains(c.days, d.day)
        """,
        limit="every day of the last window was read",
        mend=f"read the days again: `kpi refresh --source {source.name} --from <day> --to <day>`",
        owner="data",
    )


def _accounts(source: _Source) -> Check:
    return Check(
        name=f"{source.name}_reads_every_account",
        rule="source reads every account",
        table=f"{OPS}.coverage",
        kind="rows",
        severity="warn",
        query=f"""
            select concat_ws(' ', c.table_name, nullif(c.account_id, ''), 'not read since', max(c.date_day)) as subject
            from {OPS}.coverage as c join {OPS}.sources as s on s.source = c.source
            where c.source = {literal(source.name)}
            group by c.table_name, c.account_id, s.window_start
            having max(c.date_day) < s.window_start
        """,
        limit="every account that was ever read is in the last window",
        mend="`kpi doctor` tells whether the account still answers; its old numbers stay as they are",
        owner="data",
    )


def _age(day: str, zone: str, as_of: datetime) -> str:
    """SQL for the hours between the end of `day` on the clocks of `zone` and now."""
    now = as_of.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"date_diff('minute', timezone({zone}, cast({day} + 1 as timestamp)), timestamptz '{now}+00') / 60.0"
