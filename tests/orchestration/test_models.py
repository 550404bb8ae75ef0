"""What dbt's report of a build becomes in Dagster."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import dagster as dg

from orchestration.defs.models import events
from orchestration.translators import ModelTranslator

ORDERS, LEADS = dg.AssetKey(["marts", "fct_orders"]), dg.AssetKey(["marts", "fct_leads"])


def model(name: str) -> dict[str, str]:
    return {"resource_type": "model", "schema": "marts", "name": name, "alias": name}


MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.fct_orders": model("fct_orders"),
        "model.fct_leads": model("fct_leads"),
        "test.orders": {"resource_type": "test", "name": "unique_orders", "attached_node": "model.fct_orders"},
        "test.leads": {"resource_type": "test", "name": "unique_leads", "attached_node": "model.fct_leads"},
    },
    "parent_map": {
        "test.leads": ["model.fct_leads"],
        "test.orders": ["model.fct_orders"],
        "model.fct_leads": ["model.fct_orders"],
        "model.fct_orders": ["source.raw_orders"],
    },
}
OUTCOMES = [
    {"unique_id": "model.fct_orders", "status": "success", "execution_time": 0.5, "relation_name": '"w"."marts"'},
    {"unique_id": "model.fct_leads", "status": "success", "execution_time": 0.1},
    {"unique_id": "test.orders", "status": "fail", "failures": 3},
    {"unique_id": "test.leads", "status": "pass", "failures": 0},
]


def reported(
    folder: Path, *selected: dg.AssetKey, is_as_before: bool = False
) -> list[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    outcomes = OUTCOMES[1::2] if is_as_before else OUTCOMES
    (folder / "run_results.json").write_text(json.dumps({"results": outcomes}), encoding="utf-8")
    checks = {
        dg.AssetCheckKey(key, name)
        for key, name in ((ORDERS, "unique_orders"), (LEADS, "unique_leads"))
        if key in selected
    }
    context = SimpleNamespace(selected_asset_keys=set(selected), selected_asset_check_keys=checks)
    rows = {"marts.fct_orders": 1200, "marts.fct_leads": 80}
    step = cast("dg.AssetExecutionContext", context)
    return list(events(MANIFEST, ModelTranslator(), step, folder, rows, is_as_before=is_as_before))


def test_each_model_and_test_is_reported_with_what_it_cost_and_found(tmp_path: Path) -> None:
    found = reported(tmp_path, ORDERS, LEADS)
    orders, leads = (one for one in found if isinstance(one, dg.MaterializeResult))
    assert orders.metadata == {"seconds": 0.5, "relation": '"w"."marts"', "dagster/row_count": 1200}
    assert leads.asset_key == LEADS
    checks = {one.asset_key: one.passed for one in found if isinstance(one, dg.AssetCheckResult)}
    assert checks == {ORDERS: False, LEADS: True}


def test_what_a_build_left_out_is_told_as_it_was_and_before_what_is_made_of_it(tmp_path: Path) -> None:
    found = reported(tmp_path, ORDERS, LEADS, is_as_before=True)
    models = [one for one in found if isinstance(one, dg.MaterializeResult)]
    assert [one.asset_key for one in models] == [ORDERS, LEADS]
    assert models[0].metadata == {"as it was": "its inputs are those of its last build", "dagster/row_count": 1200}
    assert models[1].metadata == {"seconds": 0.1, "relation": "", "dagster/row_count": 80}
    assert [one.passed for one in found if isinstance(one, dg.AssetCheckResult)] == [True, True]


def test_a_run_of_some_models_reports_these(tmp_path: Path) -> None:
    assert [found.asset_key for found in reported(tmp_path, LEADS)] == [LEADS, LEADS]


def test_a_build_that_never_began_reports_nothing(tmp_path: Path) -> None:
    context = SimpleNamespace(selected_asset_keys=set(), selected_asset_check_keys=set())
    assert not list(events(MANIFEST, ModelTranslator(), cast("dg.AssetExecutionContext", context), tmp_path, {}))


def test_a_model_that_was_not_built_after_a_failed_test_is_reported_as_it_stands(tmp_path: Path) -> None:
    outcomes = [
        {"unique_id": "model.fct_leads", "status": "skipped"},
        {"unique_id": "test.leads", "status": "skipped"},
    ]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": outcomes}), encoding="utf-8")
    checks = {dg.AssetCheckKey(LEADS, "unique_leads")}
    context = cast(
        "dg.AssetExecutionContext", SimpleNamespace(selected_asset_keys={LEADS}, selected_asset_check_keys=checks)
    )
    translator = ModelTranslator()
    (kept,) = events(MANIFEST, translator, context, tmp_path, {}, refused={LEADS: "3 rows fail"})
    assert isinstance(kept, dg.MaterializeResult)
    assert kept.metadata == {"not built, kept as it was": "3 rows fail"}
    # a build that failed altogether has nothing that stands
    assert not list(events(MANIFEST, translator, context, tmp_path, {}))
