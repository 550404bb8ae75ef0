from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from transform.build import target_path
from transform.kpi import compiler
from transform.kpi.compiler import Request, batches_for, columns_of, compile_requests, requests_for
from transform.kpi.registry import Registry
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT
from warehouse.settings import Settings

GRAINS = ("day", "week", "month")
CTR = Request("click_through_rate", ("click_through_rate", "clicks", "impressions"), "week")
ROAS = Request("return_on_ad_spend", ("return_on_ad_spend", "attributed_paid_revenue", "spend"), "month", "channel")


def test_dbt_knows_every_metric_of_the_registry(stub: Settings, registry: Registry) -> None:
    # dbt 1.11 reads the newer metric spec without an error and makes no metric of it.
    manifest = json.loads((target_path(stub) / "semantic_manifest.json").read_text(encoding="utf-8"))
    assert {metric["name"] for metric in manifest["metrics"]} == set(registry.definitions)
    assert len(manifest["metrics"]) > 0


def test_every_definition_is_asked_for_at_every_grain_and_segment(registry: Registry) -> None:
    requests = requests_for(registry)
    assert len(requests) == len(set(requests))
    asked = {(request.segment, request.grain) for request in requests if request.name == "conversion_rate"}
    split = ("campaign", "country", "device", "landing_page")
    assert asked == {(segment, grain) for segment in ("", "channel") for grain in GRAINS} | {
        # by day it is split by channel only, since nobody reads it by the day
        (segment, grain)
        for segment in split
        for grain in ("week", "month")
    }
    for name in ("cost_per_click", "spend"):
        asked = {(request.segment, request.grain) for request in requests if request.name == name}
        assert {grain for segment, grain in asked if segment == "campaign"} == set(GRAINS)
    asked = {(request.segment, request.grain) for request in requests if request.name == "average_deal_value"}
    assert {grain for segment, grain in asked if segment == "acquisition_cohort"} == {"month"}
    assert {(request.segment, request.grain) for request in requests if request.name == "brand_search_volume"} == {
        ("", grain) for grain in GRAINS
    }


def test_one_statement_answers_for_all_definitions_of_the_same_facts(registry: Registry) -> None:
    batches = batches_for(registry)
    answered = [(item.name, request.grain, request.segment) for request, found in batches.items() for item in found]
    requests = requests_for(registry)
    assert sorted(answered) == sorted((request.name, request.grain, request.segment) for request in requests)
    assert len(batches) < len(requests) / 2
    for request, found in batches.items():
        assert len({registry.sources(columns_of(item)) for item in found}) == 1
        assert set(request.columns) == {name for item in found for name in columns_of(item)}


def test_a_second_run_compiles_and_imports_nothing(stub: Settings, tmp_path: Path) -> None:
    first = compile_requests([CTR, ROAS], target_path(stub), tmp_path)
    program = (
        "import sys; from pathlib import Path; from transform.kpi.compiler import Request, compile_requests\n"
        f"sql = compile_requests([{CTR!r}], Path({str(target_path(stub))!r}), Path({str(tmp_path)!r}))\n"
        "assert 'metricflow' not in sys.modules\n"
        f"print(sql[{CTR!r}])"
    )
    again = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PROJECT_ROOT
    )
    assert again.stdout.strip() == first[CTR].strip()


def test_a_changed_manifest_is_compiled_anew_and_the_stale_sql_goes(
    stub: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, cache = tmp_path / "target", tmp_path / "cache"
    shutil.copytree(target_path(stub), target)
    compile_requests([CTR], target, cache)
    manifest = target / "semantic_manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8") + " ", encoding="utf-8")
    monkeypatch.setattr(compiler, "_engine", lambda _: lambda request: f"select '{request.name}'")
    assert compile_requests([CTR], target, cache) == {CTR: "select 'click_through_rate'"}
    assert len(list(cache.iterdir())) == 1


def test_a_project_that_was_not_parsed_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"semantic_manifest.json: dbt has not parsed the project yet"):
        compile_requests([CTR], tmp_path, tmp_path)


def test_a_metric_that_dbt_ignored_is_told(stub: Settings, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"dbt does not know metric share_of_voice .*legacy spec"):
        compile_requests([Request("brand", ("share_of_voice",), "day")], target_path(stub), tmp_path)


def test_a_segment_that_a_fact_lacks_is_told(stub: Settings, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"metric spend cannot be grouped by .* country") as refused:
        compile_requests([Request("spend", ("spend",), "day", "country")], target_path(stub), tmp_path)
    assert "\n" not in str(refused.value)
