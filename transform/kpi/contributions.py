"""What each account of a source adds to the metrics, day by day, and how a KPI is made of those metrics.

A semantic model says in `config.meta.origin` whose a row of its fact is: SQL for `source`, and where there are several
for `account`, `currency` and `rate` (reporting currency for one unit). A measure that counts some of the rows says in
`config.meta.basis` what all of them would count, so that a row which came later is told apart from one that counts
otherwise now. Days add up to weeks and months; a measure that does not add up has no contributions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import duckdb

from transform.kpi.registry import Registry
from warehouse.tables import KPI_CONTRIBUTIONS


class Leaf(NamedTuple):
    """A metric straight from a fact, with SQL for its value of a group of rows, and for that of its basis."""

    metric: str
    value: str
    basis: str


def store_contributions(connection: duckdb.DuckDBPyConnection, registry: Registry, manifest: Mapping[str, Any]) -> None:
    """Replace `semantic.kpi_contributions`, by dbt's `manifest`."""
    KPI_CONTRIBUTIONS.create(connection, replace=True)
    for model, leaves in _models(registry, manifest):
        connection.execute(f"insert into {KPI_CONTRIBUTIONS.relation} by name {_statement(model, leaves)}")


def _models(registry: Registry, manifest: Mapping[str, Any]) -> list[tuple[dict[str, Any], list[Leaf]]]:
    """The semantic models that say whose their rows are, with the metrics that add up."""
    measures: dict[str, list[str]] = {}
    for node in manifest["metrics"].values():
        measure = node["type_params"].get("measure")
        is_leaf = node["type"] == "simple" and node["name"] in registry.definitions
        if is_leaf and not node.get("filter") and not measure.get("filter"):
            measures.setdefault(measure["name"], []).append(node["name"])
    found = []
    for model in manifest["semantic_models"].values():
        leaves = [
            Leaf(metric, _sum(measure["expr"] or measure["name"]), _sum(measure["config"]["meta"].get("basis")))
            for measure in model["measures"]
            for metric in measures.get(measure["name"], [])
            if measure["agg"] == "sum" and not measure["non_additive_dimension"]
        ]
        if leaves and "origin" in model["config"]["meta"]:
            found.append((model, leaves))
    return found


def _sum(expression: str | None) -> str:
    value = f"sum({expression})" if expression else "null"
    return f"cast({value} as decimal(38, 9))"


def _statement(model: Mapping[str, Any], leaves: list[Leaf]) -> str:
    origin = model["config"]["meta"]["origin"]
    name = model["defaults"]["agg_time_dimension"]
    days = {dimension["name"]: dimension["expr"] or dimension["name"] for dimension in model["dimensions"]}
    listed = ", ".join(
        f"{{'metric': '{leaf.metric}', 'value': {leaf.value}, 'basis': {leaf.basis}}}" for leaf in leaves
    )
    return f"""
        with
        grouped as (
            select
                cast({days[name]} as date) as date_day,
                coalesce(cast({origin["source"]} as varchar), '') as source,
                coalesce(cast({origin.get("account", "''")} as varchar), '') as account_id,
                coalesce(cast({origin.get("currency", "''")} as varchar), '') as currency_code,
                max(cast({origin.get("rate", "null")} as double)) as fx_rate,
                unnest([{listed}]) as one
            from {model["node_relation"]["schema_name"]}.{model["node_relation"]["alias"]}
            group by 1, 2, 3, 4
        )
        select one.metric, date_day, source, account_id, currency_code, fx_rate, one.value, one.basis
        from grouped
        where date_day is not null and (one.value <> 0 or one.basis <> 0)
    """


def inputs_of(
    connection: duckdb.DuckDBPyConnection, registry: Registry, manifest: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The rows of `semantic.kpi_inputs`: of which leaves the two sides of each KPI are the sum."""
    expressions = {
        str(node["name"]): node["type_params"].get("expr") if node["type"] == "derived" else None
        for node in manifest["metrics"].values()
    }

    def shares(name: str) -> dict[str, float] | None:
        """By how much each leaf counts in the sum that `name` is; None where it is no sum of leaves."""
        inputs = registry.definitions[name].inputs
        if not inputs:
            return {name: 1.0}
        weights = _weights(connection, expressions.get(name), inputs)
        if weights is None:
            return None
        total: dict[str, float] = {}
        for part, weight in weights.items():
            below = shares(part)
            if below is None:
                return None
            for leaf, share in below.items():
                total[leaf] = total.get(leaf, 0.0) + weight * share
        return {leaf: share for leaf, share in total.items() if share}

    return [
        {"kpi": item.name, "side": side, "metric": leaf, "weight": share}
        for item in registry
        for side, name in (("numerator", item.numerator or item.name), ("denominator", item.denominator))
        if name
        for leaf, share in (shares(name) or {}).items()
    ]


def _weights(
    connection: duckdb.DuckDBPyConnection, expression: str | None, inputs: tuple[str, ...]
) -> dict[str, float] | None:
    """The weight of each input in `expression`, found by trying it; None where it is no weighted sum."""
    if expression is None:
        return None

    def value(*given: float) -> float | None:
        columns = ", ".join(f"cast({number} as double) as {name}" for name, number in zip(inputs, given, strict=True))
        row = connection.execute(f"select cast({expression} as double) from (select {columns})").fetchone()
        return None if row is None or row[0] is None else float(row[0])

    base = value(*[1.0] * len(inputs))
    weights = {}
    for place, name in enumerate(inputs):
        more = value(*[2.0 if other == place else 1.0 for other in range(len(inputs))])
        if more is None or base is None:
            return None
        weights[name] = more - base
    tried = [float(3 + place) for place in range(len(inputs))]
    expected = sum(weight * number for weight, number in zip(weights.values(), tried, strict=True))
    return weights if value(*tried) == expected else None
