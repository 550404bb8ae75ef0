"""Checks that derive from a KPI's block: a value or a reason, age, range and jump."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from quality.checks import Check, Severity, literal
from transform.kpi.lineage import value_of
from transform.kpi.registry import Kpi
from warehouse.layout import SEMANTIC

_PERIOD_HOURS = {"day": 0, "week": 7 * 24, "month": 31 * 24}


def kpi_checks(kpi: Kpi, as_of: datetime, today: date) -> list[Check]:
    """The checks of one KPI, with `as_of` for now and `today` for the business' day."""
    checks = [
        _complete(kpi),
        _kpi_freshness(kpi, as_of, today),
        _in_range(kpi, today, "", "", "block"),
        # A segment may be one lead of one day: out of range is worth a look, but no reason to withhold all numbers.
        _in_range(kpi, today, "_segments", "not ", "warn"),
        _jump(kpi, today),
    ]
    return [replace(check, about=value_of(kpi.name)) for check in checks]


def _complete(kpi: Kpi) -> Check:
    grains = ", ".join(f"({literal(grain)})" for grain in kpi.grains)
    return Check(
        name=f"kpi_{kpi.name}_is_complete",
        rule="KPI has a value or a reason",
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
    """How old a KPI's newest data are; its sources' own freshness is what holds it.

    A KPI that never had a value misses a source that is not connected, and is not late.
    """
    grain = min(kpi.grains, key=_PERIOD_HOURS.__getitem__)
    limit = kpi.max_data_age_hours + _PERIOD_HOURS[grain]
    return Check(
        name=f"kpi_{kpi.name}_is_fresh",
        rule="KPI is fresh",
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


def _jump(kpi: Kpi, today: date) -> Check:
    """The newest complete period beside the eight before it; a day beside the same weekday.

    Six robust deviations (median absolute deviation x 1.4826) and half of the level are a jump.
    """
    weekday = "and isodow(v.period_start) = isodow(newest.period_start)" if kpi.grain == "day" else ""
    return Check(
        name=f"kpi_{kpi.name}_does_not_jump",
        rule="KPI does not jump",
        table=f"{SEMANTIC}.kpi_values",
        kind="rows",
        severity="warn",
        query=f"""
            with periods as (
                select period_start, value from {SEMANTIC}.kpi_values
                where kpi = {literal(kpi.name)} and grain = {literal(kpi.grain)} and segment_dimension = ''
                    and value is not null and period_end < date '{today}'
                    and coalesce(sample_size, {kpi.minimum_sample}) >= {kpi.minimum_sample}
            ),
            newest as (select * from periods order by period_start desc limit 1),
            before as (
                select v.value from periods as v, newest
                where v.period_start < newest.period_start {weekday} order by v.period_start desc limit 8
            ),
            usual as (select median(value) as level, mad(value) as spread, count(*) as periods from before)
            select concat_ws(' ', {literal(kpi.grain)}, strftime(period_start, '%Y-%m-%d'), round(value, 4), 'after',
                   round(level, 4)) as subject
            from newest, usual
            where periods >= 6 and level <> 0 and abs(value - level) > greatest({6 * 1.4826} * spread, abs(level) / 2)
        """,
        limit=f"the newest {kpi.grain} within half, or six robust deviations, of the median of the 8 before",
        mend=f"`kpi why-moved {kpi.name}` tells what moved it; if it is no event of the business, look at its sources",
        owner=kpi.owner,
    )


def _in_range(kpi: Kpi, today: date, suffix: str, negation: str, severity: Severity) -> Check:
    """The newest complete period at each grain; the one that is under way proves nothing yet."""
    low, high = kpi.valid_range.min, kpi.valid_range.max
    return Check(
        name=f"kpi_{kpi.name}{suffix}_in_range",
        rule="segments of a KPI are in range" if suffix else "KPI is in range",
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
