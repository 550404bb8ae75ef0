"""Every check of a run: derived from what sources and KPIs declare about themselves, and the business' own rules."""

from __future__ import annotations

from datetime import UTC, date, datetime

import duckdb

from quality.business import business_checks
from quality.checks import Check, Severity, literal
from transform.kpi.registry import Kpi, Registry
from warehouse.layout import OPS, SEMANTIC

_PERIOD_HOURS = {"day": 0, "week": 7 * 24, "month": 31 * 24}


def derive_checks(
    connection: duckdb.DuckDBPyConnection, registry: Registry, as_of: datetime, today: date
) -> list[Check]:
    """All checks for the warehouse that `connection` reads, with `as_of` for now and `today` for the business' day.

    Sources come from ops.sources, so a new source is checked without a line here; so is a new KPI.
    """
    tables = connection.execute("select table_schema || '.' || table_name from information_schema.tables").fetchall()
    sources = connection.execute(
        f"select source, title, max_data_age_hours, window_start is not null from {OPS}.sources "
        "where is_enabled order by source"
    ).fetchall()
    checks: list[Check] = []
    for source, title, max_age, has_window in sources:
        checks += [_has_rows(source, title), _freshness(source, title, max_age, as_of)]
        if has_window:
            checks += [_coverage(source), _accounts(source)]
    for kpi in registry.kpis:
        checks += [
            _complete(kpi),
            _kpi_freshness(kpi, as_of, today),
            _in_range(kpi, today, "", "", "block"),
            # A segment may be one lead of one day: out of range is worth a look, but no reason to withhold all numbers.
            _in_range(kpi, today, "_segments", "not ", "warn"),
        ]
    return checks + business_checks(as_of, (name for (name,) in tables))


def _has_rows(source: str, title: str) -> Check:
    return Check(
        name=f"{source}_has_rows",
        table=f"{OPS}.sources",
        kind="number",
        query=f"select coalesce(max(rows), 0) as value from {OPS}.sources where source = {literal(source)}",
        minimum=1,
        limit="at least 1 row",
        mend=f"`kpi doctor` tells what {title} answers; load it with `kpi refresh --source {source}`, or disable it",
        owner="data",
    )


def _freshness(source: str, title: str, max_age: int, as_of: datetime) -> Check:
    # The age counts from the end of the newest day.
    return Check(
        name=f"{source}_is_fresh",
        table=f"{OPS}.sources",
        kind="number",
        query=f"select date_diff('minute', cast(newest_data_day + 1 as timestamp), {_moment(as_of)}) / 60.0 as value "
        f"from {OPS}.sources where source = {literal(source)}",
        maximum=float(max_age),
        unit="hours",
        limit=f"at most {max_age} hours since its newest day ended",
        mend=f"load it with `kpi refresh --source {source}`; if its newest day stays the same, {title} itself is late",
        owner="data",
    )


def _coverage(source: str) -> Check:
    """Days inside the last window that were not read, between days that were.

    The window's last day is not over yet in every account's time zone, and some vendors keep fewer days than a
    window asks for; both are no holes.
    """
    return Check(
        name=f"{source}_covers_its_window",
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
                where c.source = {literal(source)}
                group by c.table_name, c.account_id
            ) as c,
            lateral (
                select cast(r.day as date) as day
                from range(c.first_day, c.window_end, interval 1 day) as r (day)
            ) as d
            where not list_contains(c.days, d.day)
        """,
        limit="every day of the last window was read",
        mend=f"read the days again: `kpi refresh --source {source} --from <day> --to <day>`",
        owner="data",
    )


def _accounts(source: str) -> Check:
    return Check(
        name=f"{source}_reads_every_account",
        table=f"{OPS}.coverage",
        kind="rows",
        severity="warn",
        query=f"""
            select concat_ws(' ', c.table_name, nullif(c.account_id, ''), 'not read since', max(c.date_day)) as subject
            from {OPS}.coverage as c join {OPS}.sources as s on s.source = c.source
            where c.source = {literal(source)}
            group by c.table_name, c.account_id, s.window_start
            having max(c.date_day) < s.window_start
        """,
        limit="every account that was ever read is in the last window",
        mend="`kpi doctor` tells whether the account still answers; its old numbers stay as they are",
        owner="data",
    )


def _complete(kpi: Kpi) -> Check:
    grains = ", ".join(f"({literal(grain)})" for grain in kpi.grains)
    return Check(
        name=f"kpi_{kpi.name}_is_complete",
        table=f"{SEMANTIC}.kpi_values",
        kind="rows",
        query=f"""
            select concat_ws(' ', grain, period_start, nullif(segment_value, ''), 'is NULL without a reason') as subject
            from {SEMANTIC}.kpi_values where kpi = {literal(kpi.name)} and value is null and null_reason is null
            union all
            select concat_ws(' ', g.grain, 'has no values') as subject from (values {grains}) as g (grain)
            where g.grain not in (select grain from {SEMANTIC}.kpi_values where kpi = {literal(kpi.name)})
        """,
        limit="a value or a reason in every period, at every grain",
        mend="`kpi refresh` computes it again; if it stays, the KPI's definition leaves a period out",
        owner=kpi.owner,
    )


def _kpi_freshness(kpi: Kpi, as_of: datetime, today: date) -> Check:
    """How old a KPI's newest data are; its sources' own freshness is what stops a publication.

    A KPI that never had a value misses a source that is not connected, and is not late.
    """
    grain = min(kpi.grains, key=_PERIOD_HOURS.__getitem__)
    limit = kpi.max_data_age_hours + _PERIOD_HOURS[grain]
    return Check(
        name=f"kpi_{kpi.name}_is_fresh",
        table=f"{SEMANTIC}.kpi_values",
        kind="number",
        severity="warn",
        query=f"""
            select case when count(value) > 0
                   then date_diff('minute', cast(max(period_end) + 1 as timestamp), {_moment(as_of)}) / 60.0 else 0 end
                   as value
            from {SEMANTIC}.kpi_values
            where kpi = {literal(kpi.name)} and grain = {literal(grain)} and segment_dimension = ''
              and period_end < date '{today}' and null_reason is distinct from 'no_data'
        """,
        maximum=float(limit),
        unit="hours",
        limit=f"at most {limit} hours since its newest {grain} with data ended",
        mend="`kpi status` tells which of its sources is late; `kpi refresh` loads it",
        owner=kpi.owner,
    )


def _in_range(kpi: Kpi, today: date, suffix: str, negation: str, severity: Severity) -> Check:
    """The newest complete period at each grain; the one that is under way proves nothing yet."""
    low, high = kpi.valid_range.min, kpi.valid_range.max
    return Check(
        name=f"kpi_{kpi.name}{suffix}_in_range",
        table=f"{SEMANTIC}.kpi_values",
        kind="values",
        severity=severity,
        query=f"""
            select concat_ws(' ', grain, strftime(period_start, '%Y-%m-%d'), nullif(segment_value, '')) as subject,
                   value
            from {SEMANTIC}.kpi_values
            where kpi = {literal(kpi.name)} and value is not null and {negation}segment_dimension = ''
              and period_end < date '{today}'
            qualify period_start = max(period_start) over (partition by grain)
        """,
        minimum=low,
        maximum=high,
        limit=_span(low, high),
        mend=f"`kpi sql` shows its numerator and denominator; correct the data, or valid_range of {kpi.name}",
        owner=kpi.owner,
    )


def _span(low: float | None, high: float | None) -> str:
    if low is None:
        return "any number" if high is None else f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def _moment(as_of: datetime) -> str:
    return f"timestamp '{as_of.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S')}'"
