"""The dbt project: every model and seed an asset, every data test an asset check.

Our own in-process build runs here, not dagster-dbt's command: dbt's import is shared with the rest of the run, and a
build costs the seconds of its models where a process of its own costs 4 s of import and a parse on top.
"""

# No postponed annotations here: Dagster reads the annotations of a step as types.

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from orchestration.costs import Cost
from orchestration.defs.raw import POOL
from orchestration.run_plan import RefreshRun, one_line
from orchestration.translators import ModelTranslator
from refresh import steps
from refresh.measure import Meter
from refresh.results import table_rows
from transform.build import parse, target_path
from warehouse.errors import KpiError
from warehouse.layout import DBT_PROJECT, INTERMEDIATE, MARTS
from warehouse.settings import Settings, as_of_now

_GOOD = {"success", "pass", "warn"}


def manifest_of(settings: Settings) -> dict[str, Any]:
    """dbt's manifest of this home; parsed anew only where it is missing or a file of the project is newer."""
    path = target_path(settings) / "manifest.json"
    if not path.exists() or path.stat().st_mtime < _newest_change():
        parse(settings, as_of=as_of_now())
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def _newest_change() -> float:
    folders = (DBT_PROJECT / name for name in ("models", "macros", "tests", "seeds"))
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in {".sql", ".yml", ".csv"}]
    return max(path.stat().st_mtime for path in [*files, DBT_PROJECT / "dbt_project.yml"])


def models(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """All models as one step, which builds what changed since the last build; a run reports the models it selects."""
    translator = ModelTranslator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="dbt_build", pool=POOL)
    def build(context: dg.AssetExecutionContext, refresh: RefreshRun) -> Iterator[Any]:
        meter, target = Meter(), target_path(refresh.plan.settings)
        try:
            report = steps.transform(refresh.plan)
        except KpiError as error:
            yield from events(manifest, translator, context, target, {})
            raise one_line(error) from None
        for warning in report.warnings:
            context.log.warning(warning)
        rows = table_rows(refresh.plan)
        built = sum(count for table, count in rows.items() if table.startswith((f"{INTERMEDIATE}.", f"{MARTS}.")))
        refresh.spent(Cost.of("build and test models", meter, built))
        yield from events(manifest, translator, context, target, rows)
        if report.is_as_before:
            yield from as_before(manifest, translator, context, target, rows)

    return build


def events(
    manifest: Mapping[str, Any],
    translator: ModelTranslator,
    context: dg.AssetExecutionContext,
    target: Path,
    rows: Mapping[str, int],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What dbt's own report of the build says, a line a model and a test."""
    outcomes = _outcomes(target)
    checks = {(check.asset_key, check.name) for check in context.selected_asset_check_keys}
    for outcome in outcomes:
        node = manifest["nodes"].get(outcome["unique_id"])
        if node is None or outcome["status"] not in _GOOD | {"fail", "error"}:
            continue
        if node["resource_type"] in {"model", "seed"} and outcome["status"] == "success":
            key = translator.get_asset_key(node)
            if key not in context.selected_asset_keys:
                continue
            counted = rows.get(".".join(key.path))
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={"seconds": outcome["execution_time"], "relation": outcome.get("relation_name") or ""}
                | ({} if counted is None else {"dagster/row_count": counted}),
            )
        elif node["resource_type"] == "test" and node.get("attached_node"):
            key = translator.get_asset_key(manifest["nodes"][node["attached_node"]])
            if (key, node["name"]) in checks:
                yield dg.AssetCheckResult(
                    asset_key=key,
                    check_name=node["name"],
                    passed=outcome["status"] in _GOOD,
                    metadata={"rows that fail": outcome.get("failures") or 0},
                )


def as_before(
    manifest: Mapping[str, Any],
    translator: ModelTranslator,
    context: dg.AssetExecutionContext,
    target: Path,
    rows: Mapping[str, int],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """A line a model and a test that the build left out, since its inputs are those that it was last built from."""
    built = {outcome["unique_id"] for outcome in _outcomes(target)}
    checks = {(check.asset_key, check.name) for check in context.selected_asset_check_keys}
    said = {"as it was": dg.MetadataValue.text("its inputs are those of its last build, which passed")}
    for name, node in manifest["nodes"].items():
        if name in built:
            continue
        if node["resource_type"] in {"model", "seed"}:
            key = translator.get_asset_key(node)
            if key in context.selected_asset_keys:
                counted = rows.get(".".join(key.path))
                yield dg.MaterializeResult(
                    asset_key=key, metadata=said | ({} if counted is None else {"dagster/row_count": counted})
                )
        elif node["resource_type"] == "test" and node.get("attached_node"):
            key = translator.get_asset_key(manifest["nodes"][node["attached_node"]])
            if (key, node["name"]) in checks:
                yield dg.AssetCheckResult(asset_key=key, check_name=node["name"], passed=True, metadata=said)


def _outcomes(target: Path) -> list[dict[str, Any]]:
    path = target / "run_results.json"
    if not path.exists():
        return []
    outcomes: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return outcomes
