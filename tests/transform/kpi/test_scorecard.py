from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.transform.kpi.conftest import settings_in
from transform.kpi.meta import Target
from transform.kpi.registry import Kpi, Registry, load_registry
from transform.kpi.scorecard import Point, Series, attainments, score, status_of

NOW = datetime(2026, 3, 10, tzinfo=UTC)
YEAR: dict[str, Any] = {"start": date(2026, 1, 1), "due": date(2026, 12, 31), "owner": "me"}
MIDDLE = date(2026, 7, 2)  # day 182 of the 364 from start to due: half of the way


@pytest.fixture(scope="module")
def blocks() -> Registry:
    return load_registry(settings_in(Path("/nowhere")))


def point(value: float | None, numerator: float, denominator: float | None, sample: int | None = None) -> Point:
    return Point(value, numerator, denominator, sample, None, True)


def kpi_with(blocks: Registry, name: str, **changes: Any) -> Kpi:
    return blocks.kpi(name).model_copy(update=changes)


def row(kpi: Kpi, series: Series, through: date = date(2026, 3, 9)) -> dict[str, Any]:
    return score(kpi, series, through, computed_at=NOW, run_id="r")


@pytest.mark.parametrize(
    ("direction", "baseline", "value", "reached", "expected"),
    [
        # the target is 100; half-way from 60 to 100 stands 80
        ("up", 60.0, 80.0, 0.8, 0.8),
        ("up", 100.0, 80.0, 0.8, 1.0),
        # half-way from 150 down to 100 stands 125
        ("down", 150.0, 125.0, 0.8, 0.8),
        ("down", 100.0, 125.0, 0.8, 1.0),
        ("down", 100.0, 0.0, 1.0, 1.0),
        ("up", -100.0, 0.0, 0.0, 0.0),
    ],
)
def test_attainment_is_measured_against_the_way_from_baseline_to_target(
    direction: str, baseline: float, value: float, reached: float, expected: float
) -> None:
    target = Target(value=100.0, baseline=baseline, **YEAR)
    found = attainments(direction, value, target, MIDDLE)
    assert list(found) == pytest.approx([reached, expected])


@pytest.mark.parametrize(
    ("value", "status"), [(80.0, "on_track"), (79.9, "at_risk"), (70.1, "at_risk"), (69.9, "off_track")]
)
def test_status_leaves_ten_points_before_off_track(blocks: Registry, value: float, status: str) -> None:
    target = Target(value=100.0, baseline=60.0, **YEAR)
    kpi = kpi_with(blocks, "new_visitors", targets=(target,))
    assert status_of(kpi, point(value, value, None), target, *attainments("up", value, target, MIDDLE)) == status


@pytest.mark.parametrize(
    ("value", "status"),
    [(0.9, "on_track"), (1.1, "on_track"), (1.2, "at_risk"), (0.82, "at_risk"), (1.22, "off_track")],
)
def test_a_band_is_met_within_and_missed_on_both_sides(blocks: Registry, value: float, status: str) -> None:
    target = Target(low=0.9, high=1.1, **YEAR)
    kpi = kpi_with(blocks, "new_visitors", direction="band", targets=(target,))
    assert status_of(kpi, point(value, value, None), target, *attainments("band", value, target, MIDDLE)) == status


def test_small_samples_and_missing_targets_are_said(blocks: Registry) -> None:
    kpi = kpi_with(blocks, "cost_per_lead", targets=())
    week = date(2026, 3, 2)
    few = row(kpi, Series({week: point(60.0, 540.0, 9.0, 9)}))
    enough = row(kpi, Series({week: point(60.0, 600.0, 10.0, 10)}))
    assert (few["status"], enough["status"]) == ("not_enough_data", "no_target")
    assert row(kpi, Series())["status"] == "not_enough_data"
    assert row(kpi, Series())["null_reason"] == "no_data"
    assert row(kpi, Series())["period_start"] == week


def test_what_comes_late_on_one_side_is_judged_when_it_is_final(blocks: Registry) -> None:
    kpi = blocks.kpi("conversion_reconciliation_gap")
    assert kpi.judged_when_final
    # the platforms claim three sales for each of the CRM's ten
    far_off = point(2.0, 20.0, 10.0, 10)
    week = date(2026, 3, 2)
    assert row(kpi, Series({week: far_off}))["status"] == "off_track"
    assert row(kpi, Series({week: replace(far_off, is_final=False)}))["status"] == "not_enough_data"
    # any other KPI is judged at once
    soon = kpi.model_copy(update={"judged_when_final": False})
    assert row(soon, Series({week: replace(far_off, is_final=False)}))["status"] == "off_track"


def test_a_target_counts_on_the_last_day_of_the_period(blocks: Registry) -> None:
    week = Series({date(2025, 12, 29): point(60.0, 600.0, 10.0, 10)})
    assert row(blocks.kpi("cost_per_lead"), week, date(2026, 1, 4))["target_value"] == 32.0
    assert row(blocks.kpi("cost_per_lead"), Series(), date(2025, 12, 28))["target_value"] is None


def test_context_compares_whole_periods_only(blocks: Registry) -> None:
    months = {
        date(2025, 2, 1): point(900.0, 9000.0, 10.0, 10),
        date(2025, 12, 1): point(500.0, 5000.0, 10.0, 10),
        date(2026, 1, 1): point(None, 1000.0, 0.0, 0),
        date(2026, 2, 1): point(600.0, 12000.0, 20.0, 20),
    }
    found = row(blocks.kpi("customer_acquisition_cost"), Series(months, date(2025, 2, 10)))
    assert (found["period_start"], found["value"]) == (date(2026, 2, 1), 600.0)
    # January has no value; February 2025 is covered from the 10th on only
    assert found["previous_value"] is None
    assert found["year_ago_value"] is None
    # December and January: (5000 + 1000) / (10 + 0), not the mean of what has a value
    assert found["trailing_average"] == 600.0
    whole = row(blocks.kpi("customer_acquisition_cost"), Series(months, date(2025, 2, 1)))
    assert (whole["year_ago_value"], whole["year_ago_change_relative"]) == (900.0, pytest.approx(-1 / 3))


def test_changes_and_interval_of_a_proportion(blocks: Registry) -> None:
    weeks = {date(2026, 2, 23): point(0.05, 10.0, 200.0, 200), date(2026, 3, 2): point(0.04, 4.0, 100.0, 100)}
    weeks[date(2026, 3, 2)] = replace(weeks[date(2026, 3, 2)], interval_low=0.016, interval_high=0.098)
    found = row(blocks.kpi("conversion_rate"), Series(weeks, date(2026, 1, 1)))
    assert found["change_absolute"] == pytest.approx(-0.01)
    assert found["change_relative"] == pytest.approx(-0.2)
    assert (found["interval_low"], found["interval_high"]) == (0.016, 0.098)


def test_cpm_is_scaled_in_its_average(blocks: Registry) -> None:
    days = {
        date(2026, 3, 7): point(10.0, 50.0, 5000.0, 5000),
        date(2026, 3, 8): point(20.0, 100.0, 5000.0, 5000),
        date(2026, 3, 9): point(12.0, 60.0, 5000.0, 5000),
    }
    assert row(blocks.kpi("cost_per_mille"), Series(days))["trailing_average"] == 15.0
