"""The dbt project: every model and seed an asset, every data test an asset check.

Our own in-process build runs here, not dagster-dbt's command: dbt's import is shared with the rest of the run, and a
build costs the seconds of its models where a process of its own costs 4 s of import and a parse on top.
"""

# No postponed annotations here: Dagster reads the annotations of a step as types.

import json
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from orchestration.costs import Cost
from orchestration.defs.raw import POOL
from orchestration.run_plan import RefreshRun, one_line
from orchestration.translators import ModelTranslator, key_of
from refresh import steps
from refresh.measure import Meter
from refresh.results import table_rows
from transform.build import parse, target_path
from warehouse.errors import KpiError
from warehouse.layout import DBT_PROJECT, INTERMEDIATE, MARTS
from warehouse.settings import Settings, as_of_now

_GOOD = {"success", "pass", "warn"}
_AS_BEFORE: Mapping[str, Any] = {"status": "success"}


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
        lines = {key_of(found.table): found.line for found in report.refused}
        yield from events(manifest, translator, context, target, rows, is_as_before=report.is_as_before, refused=lines)

    return build


def events(
    manifest: Mapping[str, Any],
    translator: ModelTranslator,
    context: dg.AssetExecutionContext,
    target: Path,
    rows: Mapping[str, int],
    *,
    is_as_before: bool = False,
    refused: Mapping[dg.AssetKey, str] | None = None,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What dbt's own report of the build says, a line a model and a test, each after what it is made from.

    Where the build left out what `is_as_before`, those get a line too: their last build holds. So do models that were
    not built after a failed test, `refused` with its line: they stand as they were, and the steps after them run.
    """
    outcomes = _outcomes(target)
    checks = {(check.asset_key, check.name) for check in context.selected_asset_check_keys}
    for name in TopologicalSorter(manifest["parent_map"]).static_order():
        node = manifest["nodes"].get(name)
        outcome = outcomes.get(name) or (_AS_BEFORE if is_as_before else None)
        if node is None or outcome is None or outcome["status"] not in _GOOD | {"fail", "error", "skipped"}:
            continue
        if outcome["status"] == "skipped":
            key = translator.get_asset_key(node) if node["resource_type"] == "model" else dg.AssetKey(name)
            if refused and key in refused and key in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=key, metadata={"not built, kept as it was": refused[key]})
            continue
        said: dict[str, Any] = {"as it was": "its inputs are those of its last build"} if outcome is _AS_BEFORE else {}
        if node["resource_type"] in {"model", "seed"} and outcome["status"] == "success":
            key = translator.get_asset_key(node)
            if key not in context.selected_asset_keys:
                continue
            counted = rows.get(".".join(key.path))
            if not said:
                said = {"seconds": outcome["execution_time"], "relation": outcome.get("relation_name") or ""}
            yield dg.MaterializeResult(
                asset_key=key, metadata=said | ({} if counted is None else {"dagster/row_count": counted})
            )
        elif node["resource_type"] == "test" and node.get("attached_node"):
            key = translator.get_asset_key(manifest["nodes"][node["attached_node"]])
            if (key, node["name"]) in checks:
                yield dg.AssetCheckResult(
                    asset_key=key,
                    check_name=node["name"],
                    passed=outcome["status"] in _GOOD,
                    # as an error it would fail the step, where the run goes on with what rests on nothing that failed
                    severity=dg.AssetCheckSeverity.WARN if refused else dg.AssetCheckSeverity.ERROR,
                    metadata=said or {"rows that fail": outcome.get("failures") or 0},
                )


def _outcomes(target: Path) -> dict[str, dict[str, Any]]:
    path = target / "run_results.json"
    if not path.exists():
        return {}
    return {outcome["unique_id"]: outcome for outcome in json.loads(path.read_text(encoding="utf-8"))["results"]}
