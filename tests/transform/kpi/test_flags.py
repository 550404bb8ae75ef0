"""Flagged periods, from the series of a KPI to rows."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.transform.kpi.conftest import settings_in
from transform.kpi.flags import Series, flagged, lost_days, measure_of
from transform.kpi.registry import Kpi, Registry, load_registry

FIRST = date(2026, 1, 1)
LAST = 199


@pytest.fixture(scope="module", name="read")
def read_registry() -> Registry:
    return load_registry(settings_in(Path("/nowhere")))


def series(values: list[float | None], *, final_days: int = 200, cases: int = 5000, segment: str = "") -> Series:
    found = Series()
    add(found, values, cases=cases, segment=segment)
    found.final = {FIRST + timedelta(days=place): place < final_days for place in range(len(values))}
    return found


def add(found: Series, values: list[float | None], *, cases: int = 5000, segment: str = "") -> None:
    for place, value in enumerate(values):
        key = ("channel" if segment else "", segment)
        found.points[key][FIRST + timedelta(days=place)] = (value, cases, float(cases), value is None)


def days(spikes: dict[int, float | None] | None = None) -> list[float | None]:
    random = np.random.default_rng(7)
    found: list[float | None] = [float(value) for value in 50 * np.exp(0.05 * random.normal(0, 1, LAST + 1))]
    for place, value in (spikes or {}).items():
        found[place] = value
    return found


def shown(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("period_start", "segment_value", "side", "verdict", "severity", "state")
    return [tuple(row[name] for name in names) for row in rows]


def test_a_spike_is_told_with_its_range(read: Registry) -> None:
    rows = flagged(read.kpi("cost_per_mille"), series(days({150: 130.0})), 1.0)
    assert shown(rows) == [(FIRST + timedelta(days=150), "", "high", "worse", "critical", "anomaly")]
    row = rows[0]
    assert row["expected_low"] < row["expected"] < row["expected_high"] < row["value"] == 130.0
    assert row["expected"] == pytest.approx(50, rel=0.05)


def test_less_may_be_better(read: Registry) -> None:
    rows = flagged(read.kpi("cost_per_mille"), series(days({150: 20.0})), 1.0)
    assert [(row["side"], row["verdict"]) for row in rows] == [("low", "better")]


def test_a_provisional_period_is_held_back_and_a_restated_one_judged_anew(read: Registry) -> None:
    spiked, mended = days({190: 130.0}), days()
    kpi = read.kpi("cost_per_mille")
    assert [row["state"] for row in flagged(kpi, series(spiked, final_days=180), 1.0)] == ["held_back"]
    assert [row["state"] for row in flagged(kpi, series(spiked, final_days=195), 1.0)] == ["anomaly"]
    assert flagged(kpi, series(mended, final_days=195), 1.0) == []


def test_a_segment_is_judged_beside_the_total(read: Registry) -> None:
    both = series(days())
    add(both, days({150: 130.0}), segment="Paid Social")
    rows = flagged(read.kpi("cost_per_mille"), both, 1.0)
    assert [(row["segment_dimension"], row["segment_value"]) for row in rows] == [("channel", "Paid Social")]


def test_data_that_stops_is_flagged_and_a_day_without_cases_is_not(read: Registry) -> None:
    kpi = read.kpi("cost_per_mille")
    assert shown(flagged(kpi, series(days({150: None})), 1.0)) == [
        (FIRST + timedelta(days=150), "", "missing", "worse", "major", "anomaly")
    ]
    nothing = series(days())
    nothing.points["", ""][FIRST + timedelta(days=150)] = (None, 0, 0.0, False)
    assert flagged(kpi, nothing, 1.0) == []
    assert [row["grain"] for row in lost_days(read.kpi("new_visitors"), series(days({150: None})))] == ["day"]


def test_too_few_cases_are_not_judged(read: Registry) -> None:
    kpi = read.kpi("cost_per_mille")
    small = series(days())
    small.points["", ""][FIRST + timedelta(days=150)] = (130.0, kpi.minimum_sample - 1, 999.0, False)
    assert flagged(kpi, small, 1.0) == []


def test_the_first_days_of_a_month_to_date_are_not_judged(read: Registry) -> None:
    first_of_june = (date(2026, 6, 3) - FIRST).days
    middle = (date(2026, 6, 20) - FIRST).days
    rows = flagged(read.kpi("spend_pacing"), series(days({first_of_june: 300.0, middle: 300.0})), 1.0)
    assert [row["period_start"] for row in rows] == [date(2026, 6, 20)]


@pytest.mark.parametrize(
    ("kpi", "measure"),
    [
        ("click_through_rate", "proportion"),
        ("cost_per_lead", "price"),
        ("return_on_ad_spend", "price"),
        ("new_visitors", "amount"),
        ("platform_roas", "price"),
        ("return_on_investment", "signed"),
        ("net_promoter_score", "signed"),
    ],
)
def test_the_block_says_on_which_scale_a_kpi_is_judged(read: Registry, kpi: str, measure: str) -> None:
    found = read.kpi(kpi)
    assert isinstance(found, Kpi)
    assert measure_of(found) == measure
