"""The values of every definition for every period, from compiled SQL to `semantic.kpi_values`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from transform.kpi.compiler import Request
from transform.kpi.registry import Definition, Registry
from warehouse.layout import SEMANTIC

VALUES_TABLE = f"{SEMANTIC}.kpi_values"

_COLUMNS = (
    "kpi varchar not null, grain varchar not null, period_start date not null, period_end date not null, "
    "segment_dimension varchar not null, segment_value varchar not null, value double, numerator double, "
    "denominator double, sample_size bigint, null_reason varchar, is_final boolean not null, "
    "computed_at timestamptz not null, run_id varchar not null, "
    "primary key (kpi, grain, period_start, segment_dimension, segment_value)"
)


@dataclass(frozen=True)
class Horizon:
    """Up to which day the sources of a definition are complete, and up to which day they no longer change."""

    complete_through: date
    final_through: date | None


def gather(connection: duckdb.DuckDBPyConnection, registry: Registry, compiled: Mapping[Request, str]) -> None:
    """Run every statement into the temporary table `found`, one row a value."""
    connection.execute(
        "create or replace temp table found (kpi varchar, grain varchar, period_start date, segment_dimension varchar, "
        "segment_value varchar, value double, numerator double, denominator double, sample_size bigint)"
    )
    for request, sql in compiled.items():
        definition = registry.definitions[request.name]
        period = f"cast(query.{request.period_column} as date)"
        segment = f"query.{request.segment}" if request.segment else "''"
        connection.execute(
            f"insert into found select '{request.name}', '{request.grain}', {period}, '{request.segment}', {segment}, "
            f"cast(query.{request.name} as double), cast(query.{definition.numerator or request.name} as double), "
            f"{_side(definition.denominator)}, {_sample(definition)} "
            f"from ({sql}) as query where query.{request.period_column} is not null"
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

    Every series reaches from its first period with data to the period that `today` falls into, which is still
    running. `null_reason` says why a value is NULL: no_data (neither side has a row), zero_denominator,
    missing_denominator, missing_numerator.
    """
    _rules(connection, registry, horizons)
    connection.execute(f"create or replace table {VALUES_TABLE} ({_COLUMNS})")
    connection.execute(_INSERT, {"today": today, "computed_at": computed_at, "run_id": run_id})
    rows = connection.execute(f"select count(*) from {VALUES_TABLE}").fetchone()
    return int(rows[0]) if rows else 0


def _side(name: str | None) -> str:
    return f"cast(query.{name} as double)" if name else "cast(null as double)"


def _sample(definition: Definition) -> str:
    return f"cast(round(query.{definition.sample}) as bigint)" if definition.sample else "cast(null as bigint)"


def _rules(connection: duckdb.DuckDBPyConnection, registry: Registry, horizons: Mapping[str, Horizon]) -> None:
    """What fills a period without a row, and until when periods are final, by definition."""
    connection.execute(
        "create or replace temp table rules (kpi varchar, is_ratio boolean, value_fill double, numerator_fill double, "
        "denominator_fill double, final_through date)"
    )
    connection.executemany(
        "insert into rules values (?, ?, ?, ?, ?, ?)",
        [
            (
                definition.name,
                definition.denominator is not None,
                _fill(registry, definition.name),
                _fill(registry, definition.numerator or definition.name),
                _fill(registry, definition.denominator),
                horizons[definition.name].final_through,
            )
            for definition in registry
        ],
    )


def _fill(registry: Registry, name: str | None) -> float | None:
    return 0.0 if name and registry.definitions[name].fills_with_zero else None


_INSERT = f"""
insert into {VALUES_TABLE}
with
series as (
    select kpi, grain, segment_dimension, segment_value, min(period_start) as first_start
    from found
    where period_start <= $today
    group by all
),
grid as (
    select
        series.kpi, series.grain, series.segment_dimension, series.segment_value,
        cast(unnest(generate_series(
            cast(series.first_start as timestamp), cast($today as timestamp),
            case series.grain when 'month' then interval 1 month when 'week' then interval 7 day else interval 1 day end
        )) as date) as period_start
    from series
),
filled as (
    select
        grid.*,
        cast(case grid.grain
            when 'month' then grid.period_start + interval 1 month - interval 1 day
            when 'week' then grid.period_start + interval 6 day
            else grid.period_start
        end as date) as period_end,
        -- a period with a row keeps its NULLs: there the statement itself has decided what is unknown
        coalesce(found.value, case when found.kpi is null then rules.value_fill end) as value,
        coalesce(found.numerator, case when found.kpi is null then rules.numerator_fill end) as numerator,
        coalesce(found.denominator, case when found.kpi is null then rules.denominator_fill end) as denominator,
        found.sample_size,
        rules.is_ratio,
        rules.final_through
    from grid
    inner join rules on grid.kpi = rules.kpi
    left join found
        on grid.kpi = found.kpi and grid.grain = found.grain and grid.period_start = found.period_start
        and grid.segment_dimension = found.segment_dimension and grid.segment_value = found.segment_value
)
select
    kpi, grain, period_start, period_end, segment_dimension, segment_value, value, numerator, denominator, sample_size,
    case
        when value is not null then null
        when not is_ratio then 'no_data'
        when (numerator is null or denominator is null) and coalesce(numerator, 0) = 0 and coalesce(denominator, 0) = 0
            then 'no_data'
        when denominator = 0 then 'zero_denominator'
        when denominator is null then 'missing_denominator'
        else 'missing_numerator'
    end,
    coalesce(period_end <= final_through, false),
    $computed_at,
    $run_id
from filled
order by kpi, grain, segment_dimension, segment_value, period_start
"""
