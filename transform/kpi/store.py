"""Computes every KPI and metric and writes the schema `semantic`, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from transform import wholeness
from transform.build import dbt_vars, target_path
from transform.kpi import advice, context, drivers, flags, values
from transform.kpi.advice_rules import load_rules
from transform.kpi.changes import Facts
from transform.kpi.compiler import batches_for, compile_requests
from transform.kpi.contributions import inputs_of, store_contributions
from transform.kpi.definition import Definitions
from transform.kpi.lineage import Lineage
from transform.kpi.pacing import describe_running
from transform.kpi.periods import last_complete_day
from transform.kpi.registry import Definition, Kpi, Registry
from transform.kpi.scorecard import Point, Series, score
from transform.kpi.values import Horizon
from warehouse.errors import ConfigurationError
from warehouse.layout import OPS, SEMANTIC
from warehouse.settings import Settings
from warehouse.status_tables import KPI_STATUS
from warehouse.tables import (
    DIM_BUSINESS,
    DIM_KPI,
    KPI_ADVICE,
    KPI_ANOMALIES,
    KPI_DEFINITIONS,
    KPI_DRIVERS,
    KPI_INPUTS,
    KPI_SCORECARD,
    KPI_VALUES,
    Table,
)


def compute(
    con: duckdb.DuckDBPyConnection,
    registry: Registry,
    *,
    settings: Settings,
    as_of: datetime,
    run_id: str,
    target: Path | None = None,
) -> int:
    """Write the KPI tables of `warehouse.tables` (kpi_values, kpi_scorecard and the others) on the warehouse's `con`.

    Returns the number of values. The same warehouse, registry and `as_of` give the same rows: `computed_at` is `as_of`.
    `target` is the folder of dbt's manifests (default: that of the settings). Raises ConfigurationError when dbt has
    not parsed the project, or has not built a model that a metric reads.
    """
    rules = load_rules(registry)
    target = target or target_path(settings)
    answers = batches_for(registry)
    compiled = compile_requests(answers, target, settings.home / "cache")
    lineage = Lineage(target)
    through = last_complete_day(as_of, settings.zone)
    con.begin()
    try:
        newest = _sources(con)
        values.gather(con, compiled, answers, Facts.read(target), through + timedelta(days=1))
        upstream = {item.name: lineage.sources_of(item.name) & newest.keys() for item in registry}
        horizons = {name: horizon(through, [newest[source] for source in found]) for name, found in upstream.items()}
        con.execute(f"create schema if not exists {SEMANTIC}")
        rows = values.store(
            con, registry, horizons, today=through + timedelta(days=1), computed_at=as_of, run_id=run_id
        )
        paces = context.paces(con, registry, horizons, through + timedelta(days=1))
        context.write(con, registry, paces)
        context.publish(con)
        running = {pace.kpi: pace for pace in reversed(paces) if pace.elapsed > 0}
        scores = [
            score(kpi, _series(con, kpi), _read_through(kpi, horizons[kpi.name]), computed_at=as_of, run_id=run_id)
            | describe_running(running.get(kpi.name))
            for kpi in registry.kpis
        ]
        _replace(con, KPI_SCORECARD, scores)
        about: dict[str, Any] = {"computed_at": as_of, "run_id": run_id}
        _replace(con, KPI_DRIVERS, drivers.of_scorecard(con, registry, **about))
        _replace(con, KPI_ANOMALIES, flags.of_scorecard(con, registry, settings.anomalies, **about))
        _replace(con, KPI_ADVICE, advice.of_scorecard(con, registry, rules, **about))
        _replace(con, DIM_KPI, [describe(item, upstream[item.name], through) for item in registry])
        _replace(
            con,
            KPI_STATUS,
            [{"kpi": item.name, "as_of": as_of, "run_id": run_id, "is_stale": False} for item in registry],
        )
        # What no number rests on, such as the holidays that a schedule waits for, is no column of it.
        numbers_rest_on = {name for name, _, _ in DIM_BUSINESS.columns}
        _replace(con, DIM_BUSINESS, [settings.business.model_dump(include=numbers_rest_on)])
        store_contributions(con, registry, lineage.manifest)
        _replace(con, KPI_INPUTS, inputs_of(con, registry, lineage.manifest))
        definitions = Definitions(lineage.manifest, dbt_vars(settings, as_of))
        _replace(con, KPI_DEFINITIONS, [{"kpi": item.name} | definitions.of(item.name)._asdict() for item in registry])
        wholeness.kpis_end(con)
        con.commit()
    except duckdb.CatalogException as error:
        con.rollback()
        missing = str(error).splitlines()[0].removeprefix("Catalog Error: ")
        raise ConfigurationError(f"{settings.warehouse}: {missing} run `kpi refresh`, which builds it first") from None
    except BaseException:
        con.rollback()
        raise
    return rows


def _read_through(kpi: Kpi, reach: Horizon) -> date:
    """The day up to which the scorecard reads the KPI."""
    return (reach.final_through if kpi.judged_when_final else None) or reach.complete_through


def horizon(through: date, sources: Iterable[tuple[int, date | None]]) -> Horizon:
    """How far a metric reaches over sources of (restatement days, newest day that is known); `through` ended last.

    The metric is complete up to the newest day of the slowest source, and final as many days before that as the vendor
    may still change. A source without restatement that was never loaded, such as files of which there are none, holds
    nothing back.
    """
    complete, final = through, through
    never_loaded = False
    for restatement_days, newest in sources:
        if newest is None:
            never_loaded = never_loaded or restatement_days > 0
            continue
        complete = min(complete, newest)
        final = min(final, newest - timedelta(days=restatement_days))
    return Horizon(complete, None if never_loaded else final)


def describe(item: Definition, sources: Iterable[str], today: date) -> dict[str, Any]:
    """The row of `semantic.dim_kpi`, with the target in force on `today`."""
    kpi = item if isinstance(item, Kpi) else None
    target = kpi.target_on(today) if kpi else None
    benchmark = kpi.benchmark if kpi else None
    return {
        "kpi": item.name,
        "label": item.label,
        "kind": item.kind,
        "stage": item.stage,
        "cadence": kpi.cadence if kpi else None,
        "audience": ",".join(kpi.audience) if kpi else "",
        "unit": item.unit,
        "direction": item.direction,
        "objective": kpi.objective if kpi else None,
        "description": item.description,
        "formula": item.formula,
        "numerator_name": item.numerator,
        "denominator_name": item.denominator,
        "owner": item.owner,
        "valid_min": kpi.valid_range.min if kpi else None,
        "valid_max": kpi.valid_range.max if kpi else None,
        "max_data_age_hours": kpi.max_data_age_hours if kpi else None,
        "sources": ",".join(sorted(sources)),
        "segments": ",".join(item.splits),
        "rolls_up": item.rolls_up,
        "is_focus": bool(kpi and kpi.is_focus),
        **{name: getattr(kpi, name, None) for name in ("what_moves_it", "where_it_is_wrong", "when_it_is_off")},
        **{
            f"target_{name}": getattr(target, name, None)
            for name in ("value", "low", "high", "baseline", "start", "due", "owner")
        },
        **{f"benchmark_{name}": getattr(benchmark, name, None) for name in ("value", "low", "high", "source", "as_of")},
    }


def _sources(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, date | None]]:
    """Enabled sources: days of restatement, and the newest day that is known.

    A source that restates delivers day by day, so its newest day with data counts. A CRM, files and reference rates
    stand as they are until they are read again, with news or without: the last day that was read counts.
    """
    rows = con.execute(
        "select sources.source, restatement_days, case when restatement_days > 0 then newest_data_day "
        f"else (select max(loads.window_end) from {OPS}.loads as loads where loads.source = sources.source) end "
        f"from {OPS}.sources as sources where is_enabled"
    )
    return {source: (days, newest) for source, days, newest in rows.fetchall()}


def _series(con: duckdb.DuckDBPyConnection, kpi: Kpi) -> Series:
    total = f"from {KPI_VALUES.relation} where kpi = ? and grain = ? and segment_dimension = ''"
    rows = con.execute(
        f"select period_start, value, numerator, denominator, sample_size, null_reason, is_final, interval_low, "
        f"interval_high {total}",
        [kpi.name, kpi.grain],
    ).fetchall()
    first = con.execute(f"select min(period_start) {total}", [kpi.name, "day"]).fetchone()
    return Series({row[0]: Point(*row[1:]) for row in rows}, first[0] if first else None)


def _replace(con: duckdb.DuckDBPyConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    table.create(con, replace=True)
    if rows:
        # In one piece: a thousand rows one by one take a second.
        con.register("replacing", pa.Table.from_pylist(rows))
        con.execute(f"insert into {table.relation} by name select * from replacing")
        con.unregister("replacing")
