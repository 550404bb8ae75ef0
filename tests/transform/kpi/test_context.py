"""The context of every period, against the scorecard's own rules and against numbers worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.transform.kpi.conftest import AS_OF, settings_in
from transform.kpi import context, store
from transform.kpi.periods import end_of, shift, start_of
from transform.kpi.registry import Registry, load_registry
from transform.kpi.scorecard import score
from transform.kpi.store import compute
from warehouse.context_tables import KPI_CONTEXT
from warehouse.settings import Settings
from warehouse.tables import KPI_SCORECARD, KPI_VALUES

SHARED = [name for name, _, _ in KPI_CONTEXT.columns if name in {column for column, _, _ in KPI_SCORECARD.columns}]


def rows(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
    result = connection.execute(query, values or [])
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture(scope="module")
def invented() -> duckdb.DuckDBPyConnection:
    """Two and a half years of invented values, so that each period has one a year before; some are NULL."""
    connection = duckdb.connect()
    connection.execute("create schema semantic")
    KPI_VALUES.create(connection)
    dice = Random(20260310)
    found = []
    for kpi in blocks().kpis:
        # the first day with data is what the scorecard asks of the days of a KPI that is read by week or month
        starts = [("day", date(2023, 9, 13))] if kpi.grain != "day" and "day" in kpi.grains else []
        start = start_of(date(2023, 9, 13), kpi.grain)
        while start <= date(2026, 3, 10):
            starts.append((kpi.grain, start))
            start = shift(start, kpi.grain, 1)
        for grain, start in starts:
            denominator = float(dice.randrange(0, 60)) if kpi.denominator else None
            numerator: float | None = dice.random() * (denominator or 40.0)
            value = numerator
            if denominator is not None and numerator is not None:
                value = numerator / denominator * kpi.scale if denominator else None
            if dice.random() < 0.1:
                value, numerator = None, None
            key = {"kpi": kpi.name, "grain": grain, "period_start": start, "period_end": end_of(start, grain)}
            sides = {"value": value, "numerator": numerator, "denominator": denominator}
            found.append(key | sides | {"sample_size": int(denominator or 50)})
    values = pa.Table.from_pylist(found)
    connection.register("invented", values)
    connection.execute(
        f"insert into {KPI_VALUES.relation} by name select *, '' as segment_dimension, '' as segment_value, "
        "case when value is null then 'no_data' end as null_reason, false as is_final, '' as segment_label, "
        "period_end <= '2026-03-09' as is_complete, now() as computed_at, 'r' as run_id from invented"
    )
    return connection


def blocks() -> Registry:
    return load_registry(settings_in(Path("/nowhere")))


def test_every_complete_period_is_judged_as_the_scorecard_judges_the_newest(
    invented: duckdb.DuckDBPyConnection,
) -> None:
    registry = blocks()
    # targets for every year of the series, with and without a baseline, in the bands and scales of their own
    for kpi in registry.kpis:
        before = [
            target.model_copy(update={"start": date(year, 1, 1), "due": date(year, 12, 31), "baseline": baseline})
            for target in kpi.targets[:1]
            for year, baseline in ((2024, None), (2025, target.baseline))
        ]
        registry.definitions[kpi.name] = kpi.model_copy(update={"targets": (*before, *kpi.targets)})
    through = date(2026, 3, 9)
    context.write(invented, registry, [])
    compared, seen = 0, set()
    for kpi in registry.kpis:
        series = store._series(invented, kpi)
        for found in rows(
            invented,
            "select values.period_end, context.* from semantic.kpi_context as context "
            "join semantic.kpi_values as values using (kpi, grain, period_start, segment_dimension) "
            "where kpi = ? and grain = ? and period_end <= ? and segment_dimension = ''",
            [kpi.name, kpi.grain, through],
        ):
            wanted = score(kpi, series, found["period_end"], computed_at=AS_OF, run_id="r")
            assert wanted["period_start"] == found["period_start"]
            for column in SHARED:
                expected = wanted[column]
                close = pytest.approx(expected, rel=1e-9, abs=1e-12) if isinstance(expected, float) else expected
                assert found[column] == close, (kpi.name, found["period_start"], column)
                seen |= {column} if expected is not None else set()
            seen.add(wanted["status"])
            compared += 1
    assert compared > 3000
    # what no benchmark has today is compared too, once one has
    assert {name for name in SHARED if not name.startswith("benchmark")} <= seen
    assert {"on_track", "at_risk", "off_track", "no_target", "not_enough_data"} <= seen


def test_the_scorecard_and_the_values_say_the_same(computed: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(
        f"card.{name} is distinct from published.{name} as {name}" for name in ("status", "target_value")
    )
    found = rows(
        computed,
        f"select kpi, {columns} from semantic.kpi_scorecard as card join published.kpi_values as published "
        "using (kpi, grain, period_start) where segment_dimension = ''",
    )
    assert len(found) == len(rows(computed, "from semantic.kpi_scorecard"))
    assert not any(row["status"] or row["target_value"] for row in found)


def test_published_values_are_the_values_with_columns_added(computed: duckdb.DuckDBPyConnection) -> None:
    stored = computed.execute("select * from semantic.kpi_values order by all").fetchall()
    published = computed.execute("select * from published.kpi_values").fetchall()
    width = len(stored[0])
    assert sorted(map(str, (row[:width] for row in published))) == sorted(map(str, stored))
    assert rows(
        computed,
        "select count(*) as split from published.kpi_values where segment_dimension <> '' "
        "and (status is not null or period_elapsed is not null or target_value is not null)",
    ) == [{"split": 0}]


def test_a_part_is_compared_with_itself_and_held_to_nothing(invented: duckdb.DuckDBPyConnection) -> None:
    """Two parts, one of twice the total: so is everything before it, and the relative changes are the same."""
    for part, times in (("same", 1), ("twice", 2)):
        invented.execute(
            f"insert into {KPI_VALUES.relation} select * replace ('channel' as segment_dimension, "
            f"'{part}' as segment_value, value * {times} as value, numerator * {times} as numerator) "
            f"from {KPI_VALUES.relation} where segment_dimension = '' and list_contains(?, kpi)",
            [["cost_per_lead", "conversion_rate", "new_visitors"]],
        )
    context.write(invented, blocks(), [])
    invented.execute(f"delete from {KPI_VALUES.relation} where segment_dimension <> ''")
    compared = rows(
        invented,
        "select total.*, part.segment_value, "
        + ", ".join(f"part.{name} as part_{name}" for name, _, _ in KPI_CONTEXT.columns)
        + " from semantic.kpi_context as part join semantic.kpi_context as total using (kpi, grain, period_start) "
        "where part.segment_dimension = 'channel' and total.segment_dimension = ''",
    )
    assert len(compared) > 2 * 3 * 100
    for row in compared:
        times = 2.0 if row["part_segment_value"] == "twice" else 1.0
        for name in context._COMPARED:
            factor = 1.0 if name.endswith("relative") else times
            wanted = None if row[name] is None else pytest.approx(row[name] * factor)
            assert row[f"part_{name}"] == wanted, (row["kpi"], row["period_start"], name)
        alone = {name for name, _, _ in KPI_CONTEXT.columns} - set(context._COMPARED) - set(context._KEY)
        assert all(row[f"part_{name}"] is None for name in alone)
    assert any(row["part_year_ago_change_relative"] is not None for row in compared)


def test_an_old_period_is_judged_by_the_target_of_its_time(
    stub: Settings, registry: Registry, computed: duckdb.DuckDBPyConnection
) -> None:
    kpi = registry.kpi("cost_per_lead")
    first = kpi.targets[0].model_copy(
        update={"value": 70.0, "baseline": None, "start": date(2026, 1, 1), "due": date(2026, 2, 28)}
    )
    second = first.model_copy(update={"value": 50.0, "start": date(2026, 3, 1), "due": date(2026, 12, 31)})
    changed = kpi.model_copy(update={"targets": (first, second), "minimum_sample": 1})
    other = Registry({**registry.definitions, kpi.name: changed}, registry.currency)
    try:
        compute(computed, other, settings=stub, as_of=AS_OF, run_id="r")
        found = rows(
            computed,
            "select period_start, value, target_value, status from published.kpi_values where kpi = 'cost_per_lead' "
            "and grain = 'week' and segment_value = '' and period_start in ('2026-02-16', '2026-02-23') order by 1",
        )
        # the week from 23 February ends on 1 March: 60.00 was good enough until the day before
        assert [(row["target_value"], row["status"]) for row in found] == [
            (70.0, found[0]["status"]),
            (50.0, "off_track"),
        ]
        targets = rows(computed, "select * from semantic.kpi_targets where kpi = 'cost_per_lead' order by target_start")
        assert [(row["target_value"], row["target_start"]) for row in targets] == [
            (70.0, date(2026, 1, 1)),
            (50.0, date(2026, 3, 1)),
        ]
        in_force = rows(computed, "select target_value from semantic.dim_kpi where kpi = 'cost_per_lead'")
        assert in_force == [{"target_value": 50.0}]
    finally:
        compute(computed, registry, settings=stub, as_of=AS_OF, run_id="run-1")


def test_a_running_period_has_its_pace_and_no_change_yet(computed: duckdb.DuckDBPyConnection) -> None:
    # the CRM is complete up to Monday 9 March; its month has 9 of 31 days, and no weekdays to weigh by
    (month,) = rows(
        computed,
        "select * from published.kpi_values where kpi = 'customer_acquisition_cost' and grain = 'month' "
        "and segment_value = '' and period_start = '2026-03-01'",
    )
    assert month["change_absolute"] is None
    assert 0 < month["period_elapsed"] < 1
    assert month["projected_value"] is None
    (card,) = rows(computed, "from semantic.kpi_scorecard where kpi = 'customer_acquisition_cost'")
    assert (card["running_start"], card["running_elapsed"]) == (date(2026, 3, 1), month["period_elapsed"])
    assert card["running_status"] == month["status"]


def test_what_is_judged_when_final_has_no_status_before_and_its_newest_final_week_on_the_scorecard(
    computed: duckdb.DuckDBPyConnection,
) -> None:
    weeks = computed.execute(
        "select period_start, is_final, status, value is not null from published.kpi_values"
        " where kpi = 'conversion_reconciliation_gap' and grain = 'week' and segment_dimension = '' order by 1"
    ).fetchall()
    assert {row[2] for row in weeks if not row[1]} == {"not_enough_data"}
    assert any(row[3] for row in weeks if not row[1])
    # Google restates for 30 days: on 9 March, 7 February is final
    assert computed.execute(
        "select period_start, is_final from semantic.kpi_scorecard where kpi = 'conversion_reconciliation_gap'"
    ).fetchall() == [(date(2026, 1, 26), True)]
    # any other KPI of the same sources stands there with its newest complete week
    assert computed.execute(
        "select period_start, is_final from semantic.kpi_scorecard where kpi = 'cost_per_acquisition'"
    ).fetchall() == [(date(2026, 3, 2), False)]
