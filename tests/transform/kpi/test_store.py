"""Values of the stub, worked out by hand from tests/transform/kpi/project/models/marts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

from tests.transform.kpi.conftest import AS_OF
from tests.transform.kpi.hand_values import FEBRUARY, HAND_VALUES, JANUARY, MARCH, W2, W9, W10, W11, Expected, Key
from transform.kpi import store
from transform.kpi.registry import Registry
from transform.kpi.store import compute, horizon
from transform.kpi.values import Horizon
from warehouse.errors import ConfigurationError
from warehouse.layout import DBT_PROJECT
from warehouse.settings import Settings


def value(
    connection: duckdb.DuckDBPyConnection, kpi: str, grain: str, start: date, channel: str = ""
) -> tuple[Any, ...] | None:
    return connection.execute(
        "select value, numerator, denominator, null_reason from semantic.kpi_values "
        "where kpi = ? and grain = ? and period_start = ? and segment_value = ?",
        [kpi, grain, start, channel],
    ).fetchone()


@pytest.mark.parametrize(("key", "expected"), HAND_VALUES)
def test_values_are_those_worked_out_by_hand(computed: duckdb.DuckDBPyConnection, key: Key, expected: Expected) -> None:
    found = value(computed, *key)
    assert found is not None
    assert found == (pytest.approx(expected[0]), *expected[1:])


def test_the_stub_has_no_column_that_the_marts_lack(computed: duckdb.DuckDBPyConnection) -> None:
    contracts = {
        model["name"]: {column["name"] for column in model["columns"]}
        for path in (DBT_PROJECT / "models" / "marts").glob("*.yml")
        for model in YAML(typ="safe").load(path.read_text(encoding="utf-8")).get("models") or []
        if "columns" in model
    }
    columns = computed.execute(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'marts' and table_name not like 'int_%'"
    ).fetchall()
    assert len(columns) > 30
    assert [f"{table}.{column}" for table, column in columns if column not in contracts[table]] == []


def test_every_null_has_a_reason_and_every_value_none(computed: duckdb.DuckDBPyConnection) -> None:
    wrong = computed.execute(
        "select * from semantic.kpi_values "
        "where (value is null) = (null_reason is null) or isinf(value) or isnan(value)"
    ).fetchall()
    assert wrong == []


def test_a_value_stands_once(computed: duckdb.DuckDBPyConnection) -> None:
    twice = computed.execute(
        "select kpi, grain, period_start, segment_dimension, segment_value from semantic.kpi_values "
        "group by all having count(*) > 1"
    ).fetchall()
    assert twice == []


def test_a_segment_of_which_nothing_is_known_has_no_row(computed: duckdb.DuckDBPyConnection) -> None:
    assert value(computed, "click_through_rate", "week", W2, "Paid Search") == (0.02, 200.0, 10000.0, None)
    assert value(computed, "click_through_rate", "week", date(2026, 1, 12), "Paid Search") is None
    found = computed.execute(
        "select count(*) from semantic.kpi_values where segment_dimension <> '' and null_reason = 'no_data'"
    ).fetchone()
    assert found == (0,)


def test_a_ratio_is_its_numerator_over_its_denominator(computed: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    for kpi in registry.kpis:
        if kpi.denominator is None:
            continue
        wrong = computed.execute(
            "select * from semantic.kpi_values where kpi = ? and value is not null "
            "and abs(value - numerator / denominator * ?) > 1e-9 * greatest(abs(value), 1)",
            [kpi.name, kpi.scale],
        ).fetchall()
        assert wrong == [], kpi.name


def test_periods_follow_each_other_without_a_gap_up_to_the_running_one(computed: duckdb.DuckDBPyConnection) -> None:
    gaps = computed.execute(
        "select * from (select *, lead(period_start) over ("
        "partition by kpi, grain order by period_start) as next_start from semantic.kpi_values"
        " where segment_dimension = '')"
        " where next_start is not null and next_start <> period_end + interval 1 day"
    ).fetchall()
    assert gaps == []
    last = computed.execute(
        "select grain, min(period_start), max(period_start), bool_or(is_final) from (select *, row_number() over ("
        "partition by kpi, grain order by period_start desc) as age from semantic.kpi_values"
        " where segment_dimension = '')"
        " where age = 1 group by grain order by grain"
    ).fetchall()
    today, week, month = date(2026, 3, 10), W11, MARCH
    assert last == [("day", today, today, False), ("month", month, month, False), ("week", week, week, False)]


@pytest.mark.parametrize(
    ("kpi", "last_final"),
    [
        # Google Ads is loaded up to 03-09 and restates 30 days: final up to 02-07; Meta restates too but is disabled
        ("click_through_rate", date(2026, 2, 7)),
        # the export is loaded up to 03-08 and restates 3 days
        ("engagement_rate", date(2026, 3, 5)),
        # orders, by way of the thin attribution model, rest on the export too
        ("attributed_margin", date(2026, 3, 5)),
        # the CRM counts as it stands
        ("leads", date(2026, 3, 9)),
    ],
)
def test_a_day_is_final_when_no_enabled_source_restates_it(
    computed: duckdb.DuckDBPyConnection, kpi: str, last_final: date
) -> None:
    found = computed.execute(
        "select max(period_start) filter (where is_final), min(period_start) filter (where not is_final) "
        "from semantic.kpi_values where kpi = ? and grain = 'day' and segment_dimension = ''",
        [kpi],
    ).fetchone()
    assert found is not None
    assert found[0] == last_final
    assert (found[1] - found[0]).days == 1


def test_the_scorecard_waits_for_the_slowest_source(computed: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    rows = computed.execute("select kpi, period_start, status, is_focus from semantic.kpi_scorecard").fetchall()
    starts = {kpi: start for kpi, start, _, _ in rows}
    assert len(starts) == len(registry.kpis) >= 31
    assert starts["click_through_rate"] == date(2026, 3, 9)
    assert starts["engagement_rate"] == W10
    assert starts["customer_acquisition_cost"] == FEBRUARY
    assert sum(is_focus for _, _, _, is_focus in rows) == 7


def test_dim_kpi_holds_kpis_and_metrics_with_their_sources(
    computed: duckdb.DuckDBPyConnection, registry: Registry
) -> None:
    kinds = computed.execute("select kind, count(*) from semantic.dim_kpi group by kind order by kind").fetchall()
    assert kinds == [("kpi", len(registry.kpis)), ("metric", len(registry.metrics))]
    found = computed.execute(
        "select sources, numerator_name, valid_max, target_value, benchmark_source from semantic.dim_kpi "
        "where kpi in ('cost_per_lead', 'engagement_rate') order by kpi"
    ).fetchall()
    assert found == [
        ("fx_rates,google_ads,hubspot", "spend", 5000.0, 32.0, None),
        ("ga4_export", "engaged_sessions", 1.0, 0.62, None),
    ]


def test_dim_kpi_says_all_that_is_known_of_a_kpi(computed: duckdb.DuckDBPyConnection) -> None:
    needed = (
        "label", "stage", "cadence", "audience", "unit", "direction", "objective", "description", "formula", "owner",
        "max_data_age_hours", "what_moves_it", "where_it_is_wrong", "when_it_is_off", "rolls_up",
    )  # fmt: skip
    silent = " or ".join(f"coalesce({name}::varchar, '') = ''" for name in needed)
    assert computed.execute(f"select kpi from semantic.dim_kpi where kind = 'kpi' and ({silent})").fetchall() == []


def test_a_second_run_gives_the_same_rows_and_a_failed_one_keeps_them(
    computed: duckdb.DuckDBPyConnection, stub: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot() -> list[Any]:
        tables = ("kpi_values", "kpi_scorecard", "dim_kpi")
        return [computed.execute(f"select * from semantic.{table} order by all").fetchall() for table in tables]

    before = snapshot()
    assert compute(computed, registry, settings=stub, as_of=AS_OF, run_id="run-1") == len(before[0])
    assert snapshot() == before
    with monkeypatch.context() as broken:
        broken.setattr(store, "describe", lambda *_: {"kpi": None})
        with pytest.raises(duckdb.Error):
            compute(computed, registry, settings=stub, as_of=AS_OF, run_id="run-2")
    assert snapshot() == before


def test_an_earlier_as_of_ends_the_series_earlier(stub: Settings, registry: Registry, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        compute(connection, registry, settings=stub, as_of=datetime(2026, 3, 3, 8, tzinfo=UTC), run_id="earlier")
        newest = connection.execute("select max(period_start) from semantic.kpi_values where grain = 'day'").fetchone()
        assert newest == (date(2026, 3, 3),)
        final = connection.execute("select max(period_end) from semantic.kpi_values where is_final").fetchone()
        assert final == (date(2026, 3, 2),)


def test_a_crm_that_is_not_connected_is_unknown_and_not_zero(
    stub: Settings, registry: Registry, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        facts = (
            "leads",
            "lead_outcomes",
            "orders",
            "closed_deals",
            "attribution",
            "customer_base",
            "customer_activity",
        )
        for fact in facts:
            connection.execute(f"delete from marts.fct_{fact}")
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="no-crm")
        assert value(connection, "return_on_ad_spend", "week", W10) == (None, None, 120.0, "missing_numerator")
        assert value(connection, "return_on_investment", "month", FEBRUARY) == (None, None, 740.0, "missing_numerator")
        assert value(connection, "cost_per_lead", "week", W10) == (None, 120.0, None, "missing_denominator")
        assert value(connection, "leads", "week", W10) == (None, None, None, "no_data")
        assert value(connection, "win_rate", "month", FEBRUARY) == (None, None, None, "no_data")
        assert value(connection, "conversion_reconciliation_gap", "week", W9) == (None, None, None, "no_data")
        assert value(connection, "cost_per_click", "month", MARCH) == (1.75, 210.0, 120.0, None)
        # a KPI without any data is still there, in its newest complete period and the running one
        months = connection.execute(
            "select period_start, null_reason from semantic.kpi_values where kpi = 'retention_rate' order by 1"
        ).fetchall()
        assert months == [(FEBRUARY, "no_data"), (MARCH, "no_data")]
        scored = connection.execute("select count(*) from semantic.kpi_scorecard").fetchone()
        assert scored == (len(registry.kpis),)


def test_analytics_that_is_not_connected_is_unknown_and_not_a_return_of_zero(
    stub: Settings, registry: Registry, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from marts.fct_sessions")
        # without a session, every order is attributed to nothing
        connection.execute("update marts.fct_attribution set channel = '(unattributed)'")
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="no-analytics")
        assert value(connection, "return_on_ad_spend", "week", W10) == (None, None, 120.0, "missing_numerator")
        assert value(connection, "return_on_investment", "month", FEBRUARY) == (None, None, 740.0, "missing_numerator")
        assert value(connection, "attributed_conversions", "month", FEBRUARY) == (None, None, None, "no_data")
        assert value(connection, "new_visitors", "week", W10) == (None, None, None, "no_data")
        # what rests on the CRM and the costs alone stays
        acquisition = value(connection, "customer_acquisition_cost", "month", FEBRUARY)
        assert acquisition is not None
        assert acquisition[1] == 740.0
        assert value(connection, "orders", "month", FEBRUARY) == (2.0, 2.0, None, None)


def test_a_margin_without_any_cost_misses_the_cost(stub: Settings, registry: Registry, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from marts.fct_marketing_cost")
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="no-costs")
        assert value(connection, "return_on_investment", "month", FEBRUARY) == (None, None, None, "missing_denominator")
        # a month without a margin has nothing to tell either
        assert value(connection, "return_on_investment", "month", MARCH) == (None, None, None, "no_data")


def test_a_mart_that_was_not_built_is_named(stub: Settings, registry: Registry, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("drop table marts.fct_leads")
        with pytest.raises(ConfigurationError, match=r"fct_leads does not exist! run `kpi refresh`"):
            compute(connection, registry, settings=stub, as_of=AS_OF, run_id="r")


def test_a_source_that_was_never_loaded_leaves_nothing_final() -> None:
    through = date(2026, 3, 9)
    assert horizon(through, [(0, None), (0, through)]) == Horizon(through, through)
    assert horizon(through, [(3, None), (30, through)]) == Horizon(through, None)
    assert horizon(through, [(3, date(2026, 3, 7)), (30, through)]) == Horizon(date(2026, 3, 7), date(2026, 2, 7))


def test_a_crm_that_was_not_read_lately_leaves_its_periods_open(
    stub: Settings, registry: Registry, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(stub.warehouse.read_bytes())
    february = (
        "select is_final from semantic.kpi_values where kpi = 'repeat_purchase_rate' and grain = 'month'"
        " and segment_value = '' and period_start = '2026-02-01'"
    )
    scored = (
        "select period_start from semantic.kpi_scorecard where kpi in ('cost_per_lead', 'repeat_purchase_rate')"
        " order by kpi"
    )
    with duckdb.connect(str(copy)) as connection:
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="r")
        assert connection.execute(february).fetchall() == [(True,)]
        assert connection.execute(scored).fetchall() == [(W10,), (FEBRUARY,)]
        # last read up to 31 January, a Saturday: what was sold since is not known
        connection.execute("delete from ops.loads where source = 'hubspot' and window_end > '2026-01-31'")
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="r")
        assert connection.execute(february).fetchall() == [(False,)]
        assert connection.execute(scored).fetchall() == [(date(2026, 1, 19),), (JANUARY,)]
