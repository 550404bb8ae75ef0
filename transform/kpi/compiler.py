"""Definitions to SQL by MetricFlow, and the compiled SQL kept on disk. The only module that imports MetricFlow.

The engine's Python interface is not declared stable: its version is pinned, and golden SQL in the tests guards it.
Importing it costs seconds, so a request that was compiled before for the same semantic manifest needs no import.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from transform.kpi.facts import grains_of
from transform.kpi.meta import Grain
from transform.kpi.registry import Definition, Registry
from warehouse.errors import ConfigurationError

SEMANTIC_MANIFEST = "semantic_manifest.json"


@dataclass(frozen=True)
class Request:
    """One query: the metrics `columns` by period and segment; `name` is for people.

    `grain_dimension` is that of the facts (transform.kpi.facts): then only their rows of this very grain are read.
    """

    name: str
    columns: tuple[str, ...]
    grain: Grain
    segment: str = ""
    grain_dimension: str = ""

    @property
    def period_column(self) -> str:
        return f"metric_time__{self.grain}"

    @property
    def key(self) -> str:
        return "|".join((",".join(self.columns), self.grain, self.segment, *filter(None, [self.grain_dimension])))

    @property
    def condition(self) -> str | None:
        """Which rows are read, as MetricFlow is told; None for all of them."""
        dimension = self.grain_dimension
        return f"{{{{ Dimension('{dimension}') }}}} = '{self.grain}'" if dimension else None


def request_for(definition: Definition, grain: Grain, segment: str = "") -> Request:
    """The query for the values of one definition."""
    return Request(definition.name, columns_of(definition), grain, segment, definition.grain_dimension)


def requests_for(registry: Registry) -> tuple[Request, ...]:
    """Every definition x segment (the total included) x grain at which the segment is kept."""
    read_daily = registry.sources(kpi.name for kpi in registry.kpis if kpi.cadence == "daily")
    return tuple(
        request_for(definition, grain, segment)
        for definition in registry
        for segment in ("", *definition.segments)
        for grain in grains_of(
            segment, definition.grains, is_read_daily=registry.sources(columns_of(definition)) <= read_daily
        )
    )


def batches_for(registry: Registry) -> dict[Request, tuple[Definition, ...]]:
    """The requests for everything, each with the definitions that it answers.

    Those of the same facts, grain and segment are asked for at once: one scan for all of them.
    """
    together: dict[tuple[frozenset[str], Grain, str], list[Request]] = {}
    for request in requests_for(registry):
        together.setdefault((registry.sources(request.columns), request.grain, request.segment), []).append(request)
    return {
        Request(
            "+".join(sorted(sources)),
            tuple(dict.fromkeys(chain(*(one.columns for one in found)))),
            grain,
            segment,
            found[0].grain_dimension,
        ): tuple(registry.definitions[one.name] for one in found)
        for (sources, grain, segment), found in together.items()
    }


def columns_of(definition: Definition) -> tuple[str, ...]:
    """The metric, its numerator, denominator and sample, each once."""
    wanted = (definition.name, definition.numerator, definition.denominator, definition.sample)
    return tuple(dict.fromkeys(name for name in wanted if name))


def compile_requests(requests: Iterable[Request], target: Path, cache: Path) -> dict[Request, str]:
    """The SQL of each request by the semantic manifest in dbt's `target` folder; compiled at most once a manifest.

    The SQL names relations by catalogue, so it runs on a connection to the warehouse only.
    Raises ConfigurationError when dbt has not parsed the project, or does not know a metric.
    """
    wanted = tuple(requests)
    path = target / SEMANTIC_MANIFEST
    try:
        manifest = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: dbt has not parsed the project yet; run `kpi refresh`") from None
    _check_known(path, manifest, wanted)
    stamp = hashlib.sha256(f"{version('metricflow')}\n{manifest}".encode()).hexdigest()[:20]
    store = cache / f"kpi_sql.{stamp}.json"
    known: dict[str, str] = json.loads(store.read_text(encoding="utf-8")) if store.exists() else {}
    missing = [request for request in wanted if request.key not in known]
    if missing:
        explain = _engine(manifest)
        known |= {request.key: explain(request) for request in missing}
        _keep(store, known)
    return {request: known[request.key] for request in wanted}


def _check_known(path: Path, manifest: str, wanted: tuple[Request, ...]) -> None:
    known = {metric["name"] for metric in json.loads(manifest)["metrics"]}
    unknown = sorted({name for request in wanted for name in request.columns} - known)
    if unknown:
        raise ConfigurationError(
            f"{path}: dbt does not know metric {unknown[0]} ({len(unknown)} unknown, {len(known)} known); "
            "write it in the legacy spec (semantic_models, measures, metrics), then parse the project again"
        )


def _keep(store: Path, known: dict[str, str]) -> None:
    store.parent.mkdir(parents=True, exist_ok=True)
    fresh = store.with_suffix(".tmp")
    fresh.write_text(json.dumps(known, indent=1, sort_keys=True), encoding="utf-8")
    fresh.replace(store)
    for stale in store.parent.glob("kpi_sql.*.json"):
        if stale != store:
            stale.unlink(missing_ok=True)


def _engine(manifest: str) -> Callable[[Request], str]:
    from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
    from metricflow_semantics.errors.error_classes import InvalidQueryException
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    class Renderer:
        """The engine asks a SQL client for its dialect only; the statements are run by the store."""

        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

        def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
            return f":{bind_parameter_key}"

    parsed = parse_manifest_from_dbt_generated_manifest(manifest_json_string=manifest)
    engine = MetricFlowEngine(semantic_manifest_lookup=SemanticManifestLookup(parsed), sql_client=Renderer())

    def explain(request: Request) -> str:
        group_by = [request.period_column, *([request.segment] if request.segment else [])]
        query = MetricFlowQueryRequest.create(
            metric_names=list(request.columns),
            group_by_names=group_by,
            where_constraints=[request.condition] if request.condition else None,
        )
        try:
            return str(engine.explain(query).sql_statement.without_descriptions.sql)
        except InvalidQueryException as error:
            first = " ".join(str(error).split())[:300]
            raise ConfigurationError(
                f"metric {request.name} cannot be grouped by {' and '.join(group_by)}: {first}; "
                "each fact of the metric needs the entity and a time dimension"
            ) from None

    return explain
