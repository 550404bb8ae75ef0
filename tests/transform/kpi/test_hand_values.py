"""Nothing is shown that nobody has worked out by hand: every KPI at each of its grains, and the catalogue's metrics."""

from __future__ import annotations

from tests.transform.kpi.hand_values import CATALOGUE_METRICS, HAND_VALUES
from transform.kpi.meta import MetricBlock
from transform.kpi.registry import Kpi, Registry

TOTALS = [(key, expected) for key, expected in HAND_VALUES if key[3] == ""]


def test_every_kpi_is_worked_out_by_hand_at_each_of_its_grains(registry: Registry) -> None:
    worked_out = {(name, grain) for (name, grain, _, _), _ in TOTALS}
    wanted = {(item.name, grain) for item in registry for grain in item.grains if _is_wanted(item.name, item)}
    assert len(wanted) > 100
    assert wanted - worked_out == set()


def test_a_kpi_is_worked_out_to_a_number_at_the_pace_at_which_it_is_read(registry: Registry) -> None:
    numbers = {(name, grain) for (name, grain, _, _), expected in TOTALS if expected[0] is not None}
    assert {(kpi.name, kpi.grain) for kpi in registry.kpis} - numbers == set()


def _is_wanted(name: str, item: MetricBlock) -> bool:
    return isinstance(item, Kpi) or name in CATALOGUE_METRICS
