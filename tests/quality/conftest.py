from __future__ import annotations

from collections.abc import Iterator

import pytest

from quality.judge import Judge
from transform.kpi.meta import ValidRange
from transform.kpi.registry import Kpi, Metric, Registry


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """One judging process for all tests: its import takes seconds."""
    judge = Judge()
    yield judge
    judge.close()


def _kpi(name: str, cadence: str, grain: str, low: float, high: float | None) -> Kpi:
    return Kpi.model_validate(
        {
            "name": name,
            "label": name,
            "description": name,
            "file": "test.yml",
            "stage": "conversion",
            "unit": "ratio",
            "direction": "up",
            "formula": "a / b",
            "owner": "marketing",
            "cadence": cadence,
            "grains": (grain,),
            "audience": ("ceo",),
            "objective": "test",
            "what_moves_it": "test",
            "where_it_is_wrong": "test",
            "when_it_is_off": "test",
            "valid_range": ValidRange(min=low, max=high),
            "max_data_age_hours": 48,
        }
    )


@pytest.fixture(scope="session")
def registry() -> Registry:
    kpis = (
        _kpi("cost_per_mille", "daily", "day", 0, 500),
        _kpi("click_through_rate", "daily", "day", 0, 1),
        _kpi("cost_per_lead", "weekly", "week", 0, 1000),
        _kpi("new_visitors", "weekly", "week", 0, None),
        _kpi("retention_rate", "monthly", "month", 0, 1),
    )
    spend = Metric.model_validate(
        {
            "name": "spend",
            "label": "spend",
            "description": "spend",
            "file": "test.yml",
            "stage": "awareness",
            "unit": "currency",
            "direction": "band",
            "formula": "spend",
            "owner": "marketing",
        }
    )
    return Registry({item.name: item for item in (*kpis, spend)}, "EUR")
