"""The values of every definition for every period, from compiled SQL to `semantic.kpi_values`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from transform.kpi import trailing
from transform.kpi.changes import SUMS, Facts, Recomputed, Statement, refresh
from transform.kpi.compiler import Request
from transform.kpi.interval import net_share, wilson
from transform.kpi.meta import GRAINS
from transform.kpi.periods import newest_complete
from transform.kpi.registry import Definition, Kpi, Registry
from warehouse.layout import MARTS
from warehouse.tables import KPI_VALUES


@dataclass(frozen=True)
class Horizon:
    """Up to which day the sources of a definition are complete, and up to which day they no longer change."""

    complete_through: date
    final_through: date | None


def gather(
    connection: duckdb.DuckDBPyConnection,
    compiled: Mapping[Request, str],
    answers: Mapping[Request, Iterable[Definition]],
    facts: Facts,
    today: date,
) -> Recomputed:
    """Bring what the statements find up to date, one row a value of each definition that they answer."""
    statements = [_statement(request, sql, answers[request], facts) for request, sql in compiled.items()]
    for request, sql in compiled.items():
        for months in trailing.MONTHS:
            known = trailing.answered(answers[request], months)
            if known and request.grain == "month" and not request.segment:
                wide = trailing.widened(sql, known, facts.days, months, today)
                statements.append(_statement(request, wide, known, facts, months))
    done = refresh(connection, statements, facts)
    connection.execute(_FOUND)
    for kpi in {item.name: item for found in answers.values() for item in found if isinstance(item, Kpi)}.values():
        for segment, metric in kpi.overlapping_segments.items():
            connection.execute(_OVERLAPS, {"kpi": kpi.name, "segment": segment, "metric": metric, "scale": kpi.scale})
    connection.execute(_LABELS)
    return done


def _statement(
    request: Request, sql: str, definitions: Iterable[Definition], facts: Facts, months: int = 0
) -> Statement:
    grain = trailing.grain_of(months) if months else request.grain
    key = "|".join((request.name, grain, request.segment))
    period = f"cast(query.{request.period_column}{f' - to_months({months - 1})' if months else ''} as date)"
    rows = " union all ".join(
        f"select '{key}', '{item.name}', '{grain}', {period}, {_sides(request, item)} "
        f"from query where query.{request.period_column} is not null"
        for item in definitions
    )
    # a day is in several windows, and a new month brings windows without a row that changed
    is_whole = bool(months) or not facts.reaching.isdisjoint(request.columns)
    return Statement(key, request.grain, sql, rows, is_whole=is_whole)


def _sides(request: Request, definition: Definition) -> str:
    segment = f"query.{request.segment}" if request.segment else "''"
    return (
        f"'{request.segment}', {segment}, cast(query.{definition.name} as double), "
        f"cast(query.{definition.numerator or definition.name} as double), "
        f"{_side(definition.denominator)}, {_sample(definition)}"
    )


def store(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    horizons: Mapping[str, Horizon],
    *,
    today: date,
    computed_at: datetime,
    run_id: str,
) -> int:
    """Replace `semantic.kpi_values` by what `gather` found, with the periods between filled in. Returns the rows.

    The total reaches from its first period with data to the period that `today` falls into, which is still
    running; one without any data has the newest complete period and the running one. `null_reason` says why a value
    is NULL: no_data (neither side has a row), zero_denominator, missing_denominator, missing_numerator, not_yet (there
    are cases, and what is asked has not happened to them). A segment has no
    rows for the periods in which nothing is known of it.
    """
    _rules(connection, registry, horizons)
    KPI_VALUES.create(connection, replace=True)
    connection.execute(_INSERT, {"today": today, "computed_at": computed_at, "run_id": run_id})
    rows = connection.execute(f"select count(*) from {KPI_VALUES.relation}").fetchone()
    return int(rows[0]) if rows else 0


def _side(name: str | None) -> str:
    return f"cast(query.{name} as double)" if name else "cast(null as double)"


def _sample(definition: Definition) -> str:
    return f"cast(round(query.{definition.sample}) as bigint)" if definition.sample else "cast(null as bigint)"


def _rules(connection: duckdb.DuckDBPyConnection, registry: Registry, horizons: Mapping[str, Horizon]) -> None:
    """What fills a period without a row, and until when periods are final, by definition and grain."""
    known = {name for (name,) in connection.execute("select distinct kpi from found").fetchall()}
    # A fact without any row belongs to a source that is not connected: nothing is known of it, not even a zero.
    silent = {item.name for item in registry if not item.inputs and item.name not in known}

    def is_known(name: str | None) -> bool:
        return name is None or not registry.leaves(name) & silent

    def fill(name: str | None) -> float | None:
        return 0.0 if name and registry.definitions[name].fills_with_zero and name in known else None

    connection.execute(
        "create or replace temp table rules (kpi varchar, grain varchar, is_ratio boolean, is_proportion boolean, "
        "net_of varchar, value_fill double, "
        "numerator_fill double, denominator_fill double, is_known boolean, is_numerator_known boolean, "
        "is_denominator_known boolean, newest_complete date, final_through date, complete_through date)"
    )
    connection.executemany(
        f"insert into rules values ({', '.join('?' * 14)})",
        [
            (
                item.name,
                grain,
                item.denominator is not None,
                isinstance(item, Kpi) and item.is_proportion,
                item.net_of if isinstance(item, Kpi) else None,
                fill(item.name),
                fill(item.numerator or item.name),
                fill(item.denominator),
                is_known(item.name),
                is_known(item.numerator or item.name),
                is_known(item.denominator),
                _newest(horizons[item.name], grain),
                horizons[item.name].final_through,
                horizons[item.name].complete_through,
            )
            for item in registry
            for grain in (*item.grains, *map(trailing.grain_of, trailing.windows_of(item)))
        ],
    )


def _newest(horizon: Horizon, grain: str) -> date | None:
    """The newest complete period; none of a window, which has no row where nothing is known."""
    return next((newest_complete(horizon.complete_through, known) for known in GRAINS if known == grain), None)


# A window that begins before both sides of a KPI are known would pass for a whole one.
_FOUND = f"""
create or replace temp table found as
with firsts as (
    select
        kpi, grain,
        greatest(
            min(period_start) filter (where numerator is not null),
            min(period_start) filter (where denominator is not null)
        ) as first_start
    from {SUMS}
    where segment_dimension = '' and grain in ('day', 'month')
    group by kpi, grain
    qualify grain = min(grain) over (partition by kpi)
)
select sums.* exclude (statement)
from {SUMS} as sums
left join firsts on sums.kpi = firsts.kpi
where not starts_with(sums.grain, 'trailing') or sums.period_start >= firsts.first_start
"""

# Each part above the denominator of the whole: 0 of it from the first period on in which the part was seen.
_OVERLAPS = """
insert into found by name
with parts as (
    select grain, period_start, segment_value, value
    from found
    where kpi = $metric and segment_dimension = $segment and value is not null
),
firsts as (
    select grain, segment_value, min(period_start) as first_start
    from parts
    group by grain, segment_value
)
select
    whole.kpi, whole.grain, whole.period_start, $segment as segment_dimension, firsts.segment_value,
    coalesce(parts.value, 0) / nullif(whole.denominator, 0) * $scale as value,
    coalesce(parts.value, 0) as numerator, whole.denominator, whole.sample_size
from found as whole
inner join firsts on whole.grain = firsts.grain and whole.period_start >= firsts.first_start
left join parts
    on whole.grain = parts.grain and whole.period_start = parts.period_start
    and firsts.segment_value = parts.segment_value
where whole.kpi = $kpi and whole.segment_dimension = ''
"""

# A campaign is told by its id, which stays; people know it by its newest name.
_LABELS = f"""
create or replace temp table labels as
select 'campaign' as segment_dimension, campaign_id as segment_value, min(campaign_name) as label
from {MARTS}.dim_campaign
where campaign_name is not null
group by campaign_id
"""

_CASES = " ".join(f"when '{trailing.grain_of(months)}' then {months}" for months in trailing.MONTHS)
_LENGTH = f"case grain when 'month' then 1 {_CASES} end"
_WILSON = wilson("numerator", "denominator")
_NET = net_share("numerator", "polar", "denominator")
_INSERT = f"""
insert into {KPI_VALUES.relation}
with
series as (
    select kpi, grain, segment_dimension, segment_value, min(period_start) as first_start, {_LENGTH} as months
    from found
    where period_start <= $today
    group by all
    union all
    select
        rules.kpi, rules.grain, '' as segment_dimension, '' as segment_value, rules.newest_complete, {_LENGTH} as months
    from rules
    anti join found
        on rules.kpi = found.kpi and rules.grain = found.grain and found.segment_dimension = ''
        and found.period_start <= $today
),
grid as (
    select
        series.kpi, series.grain, series.segment_dimension, series.segment_value, series.months,
        cast(unnest(generate_series(
            cast(series.first_start as timestamp),
            -- the newest window ends with the running month
            cast($today as timestamp) - to_months(coalesce(series.months, 1) - 1),
            case when series.months is not null then interval 1 month when series.grain = 'week' then interval 7 day
                else interval 1 day
            end
        )) as date) as period_start
    from series
),
-- what a net share is net of
polar as (
    select found.*
    from found
    semi join rules on found.kpi = rules.net_of
),
filled as (
    select
        grid.*,
        cast(case
            when grid.months is not null then grid.period_start + to_months(grid.months) - interval 1 day
            when grid.grain = 'week' then grid.period_start + interval 6 day
            else grid.period_start
        end as date) as period_end,
        -- a period with a row keeps its NULLs: there the statement itself has decided what is unknown
        case when rules.is_known then coalesce(found.value, case when found.kpi is null then rules.value_fill end) end
            as value,
        case when rules.is_numerator_known
            then coalesce(found.numerator, case when found.kpi is null then rules.numerator_fill end)
        end as numerator,
        case when rules.is_denominator_known
            then coalesce(found.denominator, case when found.kpi is null then rules.denominator_fill end)
        end as denominator,
        found.sample_size,
        rules.is_ratio,
        rules.is_proportion,
        polar.value as polar,
        rules.final_through,
        rules.complete_through
    from grid
    inner join rules on grid.kpi = rules.kpi and grid.grain = rules.grain
    left join found
        on grid.kpi = found.kpi and grid.grain = found.grain and grid.period_start = found.period_start
        and grid.segment_dimension = found.segment_dimension and grid.segment_value = found.segment_value
    left join polar
        on rules.net_of = polar.kpi and grid.grain = polar.grain and grid.period_start = polar.period_start
        and grid.segment_dimension = polar.segment_dimension and grid.segment_value = polar.segment_value
),
explained as (
    select
        *,
        case
            when value is not null then null
            -- a value that is no sum (payback) may have cases and no outcome
            when not is_ratio and sample_size > 0 then 'not_yet'
            when not is_ratio then 'no_data'
            -- a numerator that is less what it is divided by (ROI) is NULL with it, though there are cases to count
            when numerator is null and denominator is null and sample_size > 0 then 'missing_denominator'
            when (numerator is null or denominator is null) and coalesce(numerator, 0) = 0
                and coalesce(denominator, 0) = 0 then 'no_data'
            when denominator = 0 then 'zero_denominator'
            when denominator is null then 'missing_denominator'
            else 'missing_numerator'
        end as null_reason
    from filled
)
select
    kpi, grain, period_start, period_end, segment_dimension, segment_value, value, numerator, denominator, sample_size,
    null_reason, coalesce(period_end <= final_through, false), $computed_at, $run_id,
    period_end <= complete_through,
    coalesce(labels.label, segment_value),
    case when is_proportion then {_WILSON[0]} else {_NET[0]} end,
    case when is_proportion then {_WILSON[1]} else {_NET[1]} end
from explained
left join labels using (segment_dimension, segment_value)
where segment_dimension = '' or null_reason is distinct from 'no_data'
order by kpi, grain, segment_dimension, segment_value, period_start
"""
