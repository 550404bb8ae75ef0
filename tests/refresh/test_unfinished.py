"""What a run that died half way has left is not published by whoever goes on from its last step."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from quality.gate import GateReport
from refresh import steps
from refresh.plan import RefreshPlan
from tests.warehouse.small import build_warehouse
from transform import wholeness
from warehouse.connection import writer
from warehouse.errors import CheckFailed
from warehouse.settings import Settings


@pytest.fixture
def plan(tmp_path: Path) -> RefreshPlan:
    settings = Settings(home=tmp_path)
    build_warehouse(settings.warehouse)
    return RefreshPlan("run-1", datetime(2026, 11, 23, 8, tzinfo=UTC), None, {}, settings)


def left(plan: RefreshPlan) -> str:
    with writer(plan.settings) as connection:
        return wholeness.what_is_not_whole(connection)


def test_models_of_two_builds_and_kpis_of_another_are_refused_with_what_to_do(plan: RefreshPlan) -> None:
    with writer(plan.settings) as connection:
        wholeness.models_begin(connection)
    with pytest.raises(CheckFailed, match=r"warehouse\.duckdb: the models are of two builds, .*; run `kpi refresh`"):
        steps.publish(plan, GateReport(()))
    with writer(plan.settings) as connection:
        wholeness.models_end(connection)
    with pytest.raises(CheckFailed, match="the models were built after the KPIs were computed"):
        steps.publish(plan, GateReport(()))
    assert not plan.settings.publication.exists()
    with writer(plan.settings) as connection:
        wholeness.kpis_end(connection)
    assert steps.publish(plan, GateReport(())).publication.run_id == "run-1"


def test_kpis_of_half_built_models_are_not_whole(plan: RefreshPlan) -> None:
    with writer(plan.settings) as connection:
        wholeness.models_begin(connection)
        wholeness.kpis_end(connection)
    assert left(plan) == "the models are of two builds"


def test_a_warehouse_from_before_this_was_remembered_is_taken_as_it_is(plan: RefreshPlan) -> None:
    with writer(plan.settings) as connection:
        wholeness.kpis_end(connection)
    assert left(plan) == ""
