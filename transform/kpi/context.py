"""What each value is compared with, and each total held to: `semantic.kpi_context`, beside the values in
`published.kpi_values`.

The rules are those of transform/kpi/scorecard.py, in SQL for all periods at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from datetime import date, timedelta
from typing import Any

import duckdb

from transform.kpi.meta import Target
from transform.kpi.pacing import Pace, is_additive, pace_of
from transform.kpi.periods import TRAILING
from transform.kpi.registry import Definition, Kpi, Registry
from transform.kpi.scorecard import AT_RISK, Point
from transform.kpi.values import Horizon
from warehouse.context_tables import KPI_CONTEXT, KPI_TARGETS
from warehouse.layout import PUBLISHED
from warehouse.tables import KPI_VALUES

_TARGET = ("value", "low", "high", "baseline", "start", "due", "owner")
_BENCHMARK = ("value", "low", "high", "source", "as_of")
_KEY = ("kpi", "grain", "period_start", "segment_dimension", "segment_value")
# What the parts of KPIs have too; a target, its status and a benchmark speak of the whole.
_COMPARED = (
    "previous_value", "change_absolute", "change_relative", "year_ago_value", "year_ago_change_absolute",
    "year_ago_change_relative", "trailing_average",
)  # fmt: skip
# The days of which a pace reads: a month, and the eight weeks before it.
_PACED_DAYS = 31 + 56 + 1


def write(connection: duckdb.DuckDBPyConnection, registry: Registry, paces: list[Pace]) -> None:
    """Replace `semantic.kpi_context` and `semantic.kpi_targets` by those of `semantic.kpi_values`."""
    KPI_TARGETS.create(connection, replace=True)
    _insert(
        connection, KPI_TARGETS.relation, [target_row(kpi, target) for kpi in registry.kpis for target in kpi.targets]
    )
    connection.execute(
        "create or replace temp table context_rules (kpi varchar, is_ratio boolean, "
        "scale double, own_grain varchar, direction varchar, minimum_sample bigint, waits boolean, "
        "benchmark_value double, benchmark_low double, benchmark_high double, benchmark_source varchar, "
        "benchmark_as_of date)"
    )
    _insert(connection, "context_rules", [_rule(item) for item in registry])
    connection.execute(
        "create or replace temp table paces (kpi varchar, period_start date, period_end date, period_elapsed double, "
        "value_to_date double, expected_value double, projected_value double, attainment double, "
        "expected_attainment double, status varchar)"
    )
    _insert(connection, "paces", [astuple(pace) for pace in paces])
    KPI_CONTEXT.create(connection, replace=True)
    connection.execute(_CONTEXT)


def publish(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the view `published.kpi_values`: the values, each beside its context."""
    view = f"{PUBLISHED}.{KPI_VALUES.name}"
    added = [(name, meaning) for name, _, meaning in KPI_CONTEXT.columns if name not in _KEY]
    columns = [f"kpi_values.{name}" for name, _, _ in KPI_VALUES.columns]
    columns += [f"kpi_context.{name}" for name, _ in added]
    connection.execute(f"create schema if not exists {PUBLISHED}")
    connection.execute(
        f"create or replace view {view} as select {', '.join(columns)} from {KPI_VALUES.relation} as kpi_values "
        # By equalities only: a bare condition on the left side makes DuckDB compare every pair of rows.
        f"left join {KPI_CONTEXT.relation} as kpi_context on "
        + " and ".join(f"kpi_values.{name} = kpi_context.{name}" for name in _KEY)
    )
    connection.execute(f"comment on view {view} is {_text(KPI_VALUES.comment)}")
    for name, meaning in added:
        reach = "Of totals, and of the parts of KPIs." if name in _COMPARED else "Of totals only."
        connection.execute(f"comment on column {view}.{name} is {_text(f'{meaning} {reach}')}")


def paces(
    connection: duckdb.DuckDBPyConnection, registry: Registry, horizons: Mapping[str, Horizon], today: date
) -> list[Pace]:
    """The pace of each KPI in each of its periods that is not complete, by `semantic.kpi_values`."""
    daily: dict[str, dict[date, float | None]] = {}
    first = min((horizons[kpi.name].complete_through for kpi in registry.kpis), default=today)
    for name, day, numerator in connection.execute(
        f"select kpi, period_start, numerator from {KPI_VALUES.relation} "
        "where grain = 'day' and segment_dimension = '' and period_start > ?",
        [first - timedelta(days=_PACED_DAYS)],
    ).fetchall():
        daily.setdefault(name, {})[day] = numerator
    found = []
    for name, grain, start, end, *point in connection.execute(
        "select kpi, grain, period_start, period_end, value, numerator, denominator, sample_size, null_reason, "
        f"is_final from {KPI_VALUES.relation} where segment_dimension = '' and period_end > ? "
        "order by kpi, period_start",
        [first],
    ).fetchall():
        kpi = registry.definitions[name]
        through = horizons[name].complete_through
        if not isinstance(kpi, Kpi) or grain != kpi.grain or end <= through:
            continue
        additive = is_additive(kpi, registry)
        found.append(
            pace_of(kpi, daily.get(name, {}), Point(*point), start=start, through=through, is_additive=additive)
        )
    return found


def target_row(kpi: Kpi, target: Target) -> tuple[Any, ...]:
    """A target as a row of `semantic.kpi_targets`."""
    return (kpi.name, *(getattr(target, name) for name in _TARGET))


def _rule(item: Definition) -> tuple[Any, ...]:
    rule = (item.name, item.denominator is not None)
    if not isinstance(item, Kpi):
        return (*rule, 1.0, None, None, None, False, *(None for _ in _BENCHMARK))
    judged = (item.scale, item.grain, item.direction, item.minimum_sample, item.judged_when_final)
    return (*rule, *judged, *(getattr(item.benchmark, name, None) for name in _BENCHMARK))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        connection.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


_CASES = " ".join(f"when '{grain}' then {count}" for grain, count in TRAILING.items())
_CONTEXT = f"""
insert into {KPI_CONTEXT.relation}
with
firsts as (
    select kpi, min(period_start) as first_day
    from {KPI_VALUES.relation}
    where grain = 'day' and segment_dimension = ''
    group by kpi
),
series as (
    select
        kpi_values.*, rules.* exclude (kpi, own_grain),
        -- only a total has a target, a status and a benchmark
        case when kpi_values.segment_dimension = '' then rules.own_grain end as own_grain,
        case kpi_values.grain
            when 'month' then year(kpi_values.period_start) * 12 + month(kpi_values.period_start)
            when 'week' then (kpi_values.period_start - date '1970-01-01') // 7
            else kpi_values.period_start - date '1970-01-01'
        end as place,
        case kpi_values.grain when 'month' then 12 when 'week' then 52 else 364 end as places_a_year,
        case kpi_values.grain {_CASES} end as places_before,
        coalesce(kpi_values.period_start >= firsts.first_day, true) as is_whole
    from {KPI_VALUES.relation} as kpi_values
    inner join context_rules as rules on kpi_values.kpi = rules.kpi
    left join firsts on kpi_values.kpi = firsts.kpi
    -- a window of months has the months around it as its context
    where (kpi_values.segment_dimension = '' or rules.own_grain is not null)
        and kpi_values.grain in ('day', 'week', 'month')
),
averaged as (
    select
        *,
        case
            when count(value) filter (is_whole) over before = 0 then null
            when is_ratio then
                sum(numerator) filter (is_whole and denominator is not null) over before
                / nullif(sum(denominator) filter (is_whole and numerator is not null) over before, 0) * scale
            else avg(value) filter (is_whole) over before
        end as trailing_average
    from series
    window before as (
        partition by kpi, grain, segment_dimension, segment_value
        order by place range between places_before preceding and 1 preceding
    )
),
whole as (
    select kpi, grain, segment_dimension, segment_value, place, value
    from series
    where is_whole
),
compared as (
    select
        averaged.*, previous.value as previous_value, year_ago.value as year_ago_value
    from averaged
    left join whole as previous
        on averaged.kpi = previous.kpi and averaged.grain = previous.grain
        and averaged.segment_dimension = previous.segment_dimension and averaged.segment_value = previous.segment_value
        and previous.place = averaged.place - 1
    left join whole as year_ago
        on averaged.kpi = year_ago.kpi and averaged.grain = year_ago.grain
        and averaged.segment_dimension = year_ago.segment_dimension and averaged.segment_value = year_ago.segment_value
        and year_ago.place = averaged.place - averaged.places_a_year
),
targeted as (
    select
        compared.*, targets.* exclude (kpi),
        targets.target_value is not null or targets.target_low is not null as has_target,
        case when targets.target_baseline is null then targets.target_value
            else targets.target_baseline + (targets.target_value - targets.target_baseline) * least(greatest(
                (compared.period_end - targets.target_start)::double / (targets.target_due - targets.target_start),
                0.0::double), 1.0::double)
        end as wanted
    from compared
    left join {KPI_TARGETS.relation} as targets
        on compared.kpi = targets.kpi and compared.grain = compared.own_grain
        and compared.period_end between targets.target_start and targets.target_due
),
expected as (
    select
        *,
        case
            when not has_target then null
            when target_value is null then 1.0
            when direction = 'up' then wanted / target_value
            when wanted > 0 then target_value / wanted
            else 1.0
        end as wanted_attainment,
        case when value < target_low then target_low when value > target_high then target_high end as missed_limit
    from targeted
),
attained as (
    select
        *,
        case
            when not has_target or value is null then null
            when target_value is null and missed_limit is null then 1.0
            when target_value is null
                then coalesce(1.0 - abs(value - missed_limit) / nullif(abs(missed_limit), 0), 0.0)
            when direction = 'up' then value / target_value
            when value > 0 then target_value / value
            else greatest(1.0, wanted_attainment)
        end as reached
    from expected
),
judged as (
    select
        *,
        case
            when grain is distinct from own_grain then null
            when value is null or sample_size < minimum_sample or (waits and not is_final) then 'not_enough_data'
            when reached is null or wanted_attainment is null then 'no_target'
            when reached >= wanted_attainment then 'on_track'
            when reached >= wanted_attainment - {AT_RISK}::double then 'at_risk'
            else 'off_track'
        end as complete_status
    from attained
),
final as (
    select
        judged.kpi, judged.grain, judged.period_start, judged.segment_dimension, judged.segment_value, previous_value,
        case when is_complete then value - previous_value end as change_absolute,
        case when is_complete then (value - previous_value) / nullif(abs(previous_value), 0) end as change_relative,
        year_ago_value,
        case when is_complete then value - year_ago_value end as year_ago_change_absolute,
        case when is_complete then (value - year_ago_value) / nullif(abs(year_ago_value), 0) end
            as year_ago_change_relative,
        trailing_average,
        target_value, target_low, target_high, target_baseline, target_start, target_due, target_owner,
        case when is_complete then reached else paces.attainment end as attainment,
        case when is_complete then wanted_attainment else paces.expected_attainment end as expected_attainment,
        case when is_complete then wanted else paces.expected_value end as expected_value,
        case when is_complete then complete_status else paces.status end as status,
        case when judged.segment_dimension = '' and is_complete then 1.0 else paces.period_elapsed end
            as period_elapsed,
        paces.value_to_date, paces.projected_value,
        case when grain = own_grain then benchmark_value end as benchmark_value,
        case when grain = own_grain then benchmark_low end as benchmark_low,
        case when grain = own_grain then benchmark_high end as benchmark_high,
        case when grain = own_grain then benchmark_source end as benchmark_source,
        case when grain = own_grain then benchmark_as_of end as benchmark_as_of
    from judged
    left join paces
        on judged.kpi = paces.kpi and judged.grain = judged.own_grain and judged.period_start = paces.period_start
)
select * from final
"""
