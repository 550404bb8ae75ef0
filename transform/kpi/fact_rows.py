"""The rows of the marts behind a value: which facts its metrics count, by dbt's semantic manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from transform.kpi.compiler import SEMANTIC_MANIFEST
from transform.kpi.registry import Registry
from warehouse.errors import ConfigurationError

_AGGREGATES = {"count_distinct": "count(distinct {})", "average": "avg({})"}


@dataclass(frozen=True)
class FactRows:
    """What one metric counts in a period: the rows of `table`, and what they come to by `aggregate`."""

    metric: str
    table: str
    aggregate: str
    rows: int
    total: float | None
    columns: tuple[str, ...]
    sample: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class _Measure:
    table: str
    agg: str
    expr: str
    day: str
    keys: dict[str, str]
    is_stock: bool
    grain_column: str


def facts_behind(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    names: tuple[str, ...],
    *,
    target: Path,
    grain: str,
    period: tuple[date, date],
    segment: tuple[str, str] | None,
    limit: int,
) -> list[FactRows]:
    """The rows behind the metrics `names` and those that they are made of, each metric once.

    `grain` and `period`: its kind, first and last day. `segment`: dimension and part; None for the total. `limit`: rows
    of each sample, the newest first. `target`: dbt's folder. Raises ConfigurationError where dbt has not parsed the
    project.
    """
    measures = _measures(target)
    leaves = sorted(frozenset().union(*(registry.leaves(name) for name in names)))
    found = []
    for leaf in leaves:
        if leaf in measures:
            behind = _condition(measures[leaf], grain, period, segment)
            found.append(_rows(connection, leaf, measures[leaf], behind, limit))
    return found


def _condition(
    measure: _Measure, grain: str, period: tuple[date, date], segment: tuple[str, str] | None
) -> tuple[str, list[Any]]:
    where = f"from {measure.table} where cast({measure.day} as date) between ? and ?"
    values: list[Any] = list(period)
    if measure.grain_column:
        where += f" and {measure.grain_column} = ?"
        values.append(grain)
    if segment and segment[0] in measure.keys:
        where += f" and cast({measure.keys[segment[0]]} as varchar) = ?"
        values.append(segment[1])
    if measure.is_stock:
        # a stock has a row for each day and counts on the last one
        return f"{where} and {measure.day} = (select max({measure.day}) {where})", values + values
    return where, values


def _rows(
    connection: duckdb.DuckDBPyConnection, metric: str, measure: _Measure, behind: tuple[str, list[Any]], limit: int
) -> FactRows:
    where, values = behind
    aggregate = _AGGREGATES.get(measure.agg, f"{measure.agg}({{}})").format(measure.expr)
    counted = connection.execute(f"select count(*), cast({aggregate} as double) {where}", values).fetchone() or (
        0,
        None,
    )
    named = {measure.day: measure.day} | measure.keys
    listed = ", ".join(f'{expr} as "{name}"' for name, expr in named.items())
    found = connection.execute(
        f'select {listed}, {measure.expr} as "{metric}" {where} order by all desc limit {limit}',
        values,
    ).fetchall()
    return FactRows(
        metric, measure.table, aggregate, counted[0], counted[1], (*named, metric), tuple(tuple(row) for row in found)
    )


def _measures(target: Path) -> dict[str, _Measure]:
    """What each metric that comes straight from a fact counts, by its name."""
    path = target / SEMANTIC_MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: dbt has not parsed the project yet; run `kpi refresh`") from None
    known = {
        measure["name"]: _measure(model, measure)
        for model in manifest["semantic_models"]
        for measure in model["measures"]
    }
    return {
        metric["name"]: known[metric["type_params"]["measure"]["name"]]
        for metric in manifest["metrics"]
        if metric["type"] == "simple" and metric["type_params"].get("measure")
    }


def _measure(model: dict[str, Any], measure: dict[str, Any]) -> _Measure:
    relation = model["node_relation"]
    day = measure["agg_time_dimension"] or model["defaults"]["agg_time_dimension"]
    days = {item["name"]: item["expr"] or item["name"] for item in model["dimensions"]}
    return _Measure(
        f"{relation['schema_name']}.{relation['alias']}",
        measure["agg"],
        measure["expr"] or measure["name"],
        days[day],
        {item["name"]: item["expr"] or item["name"] for item in model["entities"]},
        measure.get("non_additive_dimension") is not None,
        ((model.get("config") or {}).get("meta") or {}).get("counted_by_grain") or "",
    )
