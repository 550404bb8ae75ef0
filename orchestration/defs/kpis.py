"""Every KPI an asset, grouped by its cadence, and the tables that hold their values."""

# No postponed annotations here: Dagster reads the annotations of a step as types.

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from orchestration.cadence import Cadence, Timing
from orchestration.costs import Cost, Metadata, spark
from orchestration.defs.raw import POOL
from orchestration.run_plan import RefreshRun, one_line
from orchestration.translators import ModelTranslator, key_of, owner, tag
from refresh import steps
from refresh.measure import Meter
from refresh.results import KpiResult, kpi_results, table_rows
from transform.kpi.format import format_value
from transform.kpi.registry import Kpi
from warehouse.context_tables import KPI_CONTEXT, KPI_TARGETS
from warehouse.errors import KpiError
from warehouse.layout import PUBLISHED, SEMANTIC
from warehouse.settings import Settings
from warehouse.status_tables import KPI_STATUS
from warehouse.tables import (
    DIM_BUSINESS,
    DIM_KPI,
    KPI_ADVICE,
    KPI_ANOMALIES,
    KPI_CONTRIBUTIONS,
    KPI_DEFINITIONS,
    KPI_DRIVERS,
    KPI_INPUTS,
    KPI_SCORECARD,
    KPI_VALUES,
    Table,
)

VALUES = key_of(KPI_VALUES.relation)
SCORECARD = key_of(KPI_SCORECARD.relation)
REGISTRY = key_of(DIM_KPI.relation)
PUBLISHED_VALUES = key_of(f"{PUBLISHED}.{KPI_VALUES.name}")

# Each table that is made from the values or beside them, with what it is made from.
TABLES: Mapping[Table, tuple[Table, ...]] = {
    DIM_KPI: (),
    KPI_STATUS: (),
    DIM_BUSINESS: (),
    KPI_TARGETS: (),
    KPI_INPUTS: (),
    KPI_DEFINITIONS: (),
    KPI_CONTRIBUTIONS: (),
    KPI_SCORECARD: (KPI_VALUES, KPI_TARGETS),
    KPI_DRIVERS: (KPI_SCORECARD,),
    KPI_ANOMALIES: (KPI_SCORECARD,),
    KPI_ADVICE: (KPI_SCORECARD, KPI_DRIVERS, KPI_ANOMALIES),
    KPI_CONTEXT: (KPI_VALUES, KPI_TARGETS),
}


def kpi_key(name: str) -> dg.AssetKey:
    """A KPI is a part of semantic.kpi_values, and is named as such."""
    return dg.AssetKey([*VALUES.path, name])


def kpi_group(cadence: str) -> str:
    """The group of the KPIs of a cadence."""
    return f"kpi_{cadence}"


def kpis(
    registry: Iterable[Kpi], manifest: Mapping[str, Any], timings: Mapping[Cadence, Timing], time_zone: str
) -> dg.AssetsDefinition:
    """One step that computes them all; a run reports those that it selects."""
    found = tuple(registry)
    # In the order in which Dagster wants to hear of them: parents first.
    specs = [*(_kpi_spec(kpi, manifest, timings[kpi.cadence], time_zone) for kpi in found), *_table_specs(found)]

    @dg.multi_asset(
        name="compute_kpis",
        specs=specs,
        can_subset=True,
        description="Run each KPI's compiled definition at its grains, and judge it against its target.",
        pool=POOL,
    )
    def compute(context: dg.AssetExecutionContext, refresh: RefreshRun) -> Iterator[dg.MaterializeResult[None]]:
        meter = Meter()
        try:
            values = steps.compute_kpis(refresh.plan)
        except KpiError as error:
            raise one_line(error) from None
        cost = refresh.spent(Cost.of("compute KPIs", meter, values)) | {"run id": refresh.plan.run_id}
        results, rows = kpi_results(refresh.plan), table_rows(refresh.plan)
        about = {kpi_key(name): _told(result, refresh.plan.settings) for name, result in results.items()}
        about |= {key_of(table): {"dagster/row_count": count} for table, count in rows.items()}
        for spec in specs:
            if spec.key in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=spec.key, metadata=about.get(spec.key, {}) | cost)

    return compute


def _told(result: KpiResult, settings: Settings) -> Metadata:
    """What the scorecard says of a KPI: `value` is drawn over the runs by Dagster, `chart` over the last periods."""
    shown = format_value(result.value, result.unit, settings.business.reporting_currency)
    period = f"{result.period_start} to {result.period_end}"
    known = {} if result.value is None else {"value": result.value}
    return {
        "period": period,
        **known,
        "status": result.status,
        "chart": dg.MetadataValue.md(f"`{spark(result.history)}` **{shown}**, {period}, {result.status}"),
        "dagster/row_count": result.rows,
    }


def _kpi_spec(kpi: Kpi, manifest: Mapping[str, Any], timing: Timing, time_zone: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=kpi_key(kpi.name),
        deps=_models_of(kpi.name, manifest),
        description=f"{kpi.label}. {kpi.description} {kpi.formula}.",
        group_name=kpi_group(kpi.cadence),
        owners=[owner(kpi.owner)],
        tags={"stage": kpi.stage, "cadence": kpi.cadence, "unit": kpi.unit}
        | {f"audience/{tag(audience)}": "" for audience in kpi.audience}
        | ({"focus": ""} if kpi.is_focus else {}),
        kinds={"metricflow", "duckdb"},
        metadata={"objective": kpi.objective, "defined in": kpi.file, "direction": kpi.direction},
        freshness_policy=dg.FreshnessPolicy.cron(
            deadline_cron=timing.deadline, lower_bound_delta=timing.lead, timezone=time_zone
        ),
    )


def _table_specs(found: Iterable[Kpi]) -> list[dg.AssetSpec]:
    return [
        _table_spec(KPI_VALUES, [kpi_key(kpi.name) for kpi in found]),
        *(_table_spec(table, [key_of(other.relation) for other in behind]) for table, behind in TABLES.items()),
        dg.AssetSpec(
            PUBLISHED_VALUES,
            deps=[VALUES, key_of(KPI_CONTEXT.relation)],
            description="The values with their context, as readers see them.",
            group_name=PUBLISHED,
            owners=[owner("analytics")],
            kinds={"duckdb"},
        ),
    ]


def _table_spec(table: Table, behind: Iterable[dg.AssetKey]) -> dg.AssetSpec:
    return dg.AssetSpec(
        key_of(table.relation),
        deps=list(behind),
        description=table.comment,
        group_name=SEMANTIC,
        owners=[owner("analytics")],
        kinds={"duckdb"},
    )


def _models_of(metric: str, manifest: Mapping[str, Any]) -> list[dg.AssetKey]:
    """The models that a metric rests on, through its semantic models and the metrics that it is made of."""
    translator = ModelTranslator()
    waiting = [key for key, node in manifest["metrics"].items() if node["name"] == metric]
    seen: set[str] = set()
    found: set[dg.AssetKey] = set()
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        if key in manifest["nodes"]:
            found.add(translator.get_asset_key(manifest["nodes"][key]))
        else:
            node = manifest["metrics"].get(key) or manifest["semantic_models"].get(key) or {}
            waiting.extend(node.get("depends_on", {}).get("nodes", []))
    return sorted(found)
