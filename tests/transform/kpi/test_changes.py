"""What is computed by what changed is what a computation of everything gives, row for row."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.transform.kpi.conftest import AS_OF
from transform.build import target_path
from transform.kpi import values
from transform.kpi.changes import Facts, Recomputed, Statement, refresh
from transform.kpi.registry import Registry
from transform.kpi.store import compute
from warehouse.settings import Settings


@pytest.fixture
def world(stub: Settings, tmp_path: Path) -> tuple[Path, Path]:
    """A warehouse and a folder of manifests of one's own."""
    shutil.copyfile(stub.warehouse, tmp_path / "warehouse.duckdb")
    shutil.copytree(target_path(stub), tmp_path / "target")
    return tmp_path / "warehouse.duckdb", tmp_path / "target"


def snapshot(connection: duckdb.DuckDBPyConnection) -> list[Any]:
    return [
        connection.execute(f"select * from semantic.{table} order by all").fetchall()
        for table in ("kpi_values", "kpi_scorecard", "dim_kpi")
    ]


def recompute(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    stub: Settings,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Recomputed:
    done: list[Recomputed] = []
    with monkeypatch.context() as watched:
        gather = values.gather
        watched.setattr(values, "gather", lambda *given: done.append(gather(*given)))
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="run", target=target)
    return done[0]


def test_increments_give_what_everything_gives(
    world: tuple[Path, Path], stub: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, target = world
    newest = "landing_page_conversion_rate"
    fewer = replace(registry, definitions={name: item for name, item in registry.definitions.items() if name != newest})
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set timezone = 'UTC'")

        def increment(known: Registry) -> Recomputed:
            """What was done by change, after it was held to what everything gives."""
            done = recompute(connection, known, stub, target, monkeypatch)
            by_change = snapshot(connection)
            for table in ("kpi_sums", "kpi_statements", "kpi_days"):
                connection.execute(f"drop table ops.{table}")
            everything = recompute(connection, known, stub, target, monkeypatch)
            assert everything.partly == everything.kept == 0
            assert snapshot(connection) == by_change
            return done

        everything = recompute(connection, fewer, stub, target, monkeypatch)
        statements = everything.whole
        assert recompute(connection, fewer, stub, target, monkeypatch) == Recomputed(0, 0, statements)

        # a new day; an old day restated; rows withdrawn, so that a day and a month of a fact have none left
        connection.execute(
            "insert into marts.fct_leads (lead_id, date_day, channel) values (99, '2026-03-09', 'Direct')"
        )
        connection.execute("update marts.fct_ad_spend set clicks = 7 where date_day = '2026-01-05'")
        connection.execute("delete from marts.fct_customer_activity where channel = 'Paid Search'")
        connection.execute("delete from marts.fct_survey_responses where date_day < '2026-03-01'")
        done = increment(fewer)
        # windows of months: one holds what others do
        assert done.whole <= 12
        assert done.partly > 20
        assert done.kept > statements / 2

        # a KPI more: only what is asked of its fact is asked anew
        done = increment(registry)
        assert 0 < done.whole < statements / 4
        assert done.partly == 0

        # another formula, and another attribution model in the settings
        manifest = target / "semantic_manifest.json"
        written = manifest.read_text(encoding="utf-8")
        assert "case when is_engaged then 1 else 0 end" in written
        manifest.write_text(
            written.replace("case when is_engaged then 1 else 0 end", "case when is_engaged then 2 else 0 end"),
            encoding="utf-8",
        )
        (view,) = connection.execute(
            "select sql from duckdb_views() where view_name = 'sem_attributed_orders'"
        ).fetchone() or ("",)
        assert "'linear'" in view
        connection.execute(view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW").replace("'linear'", "'last'"))
        done = increment(registry)
        assert done.whole > 0
        assert done.partly > 0
        assert done.kept > 0


def test_a_metric_that_looks_beyond_its_period_is_known(
    world: tuple[Path, Path],
) -> None:
    _, target = world
    manifest = target / "semantic_manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    reaching = next(metric for metric in content["metrics"] if metric["name"] == "cost_per_lead")
    reaching["type_params"]["numerator"]["offset_to_grain"] = "month"
    assert Facts.read(target).reaching == set()
    manifest.write_text(json.dumps(content), encoding="utf-8")
    assert Facts.read(target).reaching == {"cost_per_lead"}


@pytest.fixture
def bare() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; use warehouse; create schema marts; create schema ops")
        connection.execute("create table marts.fact as select date '2026-01-05' as day, 'a' as part, 1 as n")
        connection.execute("create table marts.names as select 'a' as part")
        yield connection


def statement(sql: str, *, is_whole: bool = False) -> Statement:
    rows = "select 's', 'kpi', 'month', cast(start as date), '', '', n, n, null, null from query"
    return Statement("s", "month", sql, rows, is_whole=is_whole)


COUNT = 'select date_trunc(\'month\', day) as start, sum(n) as n from "warehouse"."marts"."fact" group by 1'
NAMED = (
    'select date_trunc(\'month\', day) as start, sum(n) as n from "warehouse"."marts"."fact" '
    'inner join "warehouse"."marts"."names" using (part) group by 1'
)
DAYS = Facts({'"warehouse"."marts"."fact"': "day"}, frozenset())


def test_periods_that_hold_no_changed_day_are_not_touched(bare: duckdb.DuckDBPyConnection) -> None:
    refresh(bare, [statement(COUNT)], DAYS)
    # a value that no statement would give shows whether its period was computed
    bare.execute("update ops.kpi_sums set value = -1")
    bare.execute("insert into marts.fact values ('2026-02-01', 'a', 5)")
    assert refresh(bare, [statement(COUNT)], DAYS) == Recomputed(0, 1, 0)
    assert bare.execute("select period_start::varchar, value from ops.kpi_sums order by 1").fetchall() == [
        ("2026-01-01", -1.0),
        ("2026-02-01", 5.0),
    ]
    bare.execute("insert into marts.fact values ('2026-01-31', 'a', 2)")
    assert refresh(bare, [statement(COUNT, is_whole=True)], DAYS) == Recomputed(1, 0, 0)
    assert bare.execute("select value from ops.kpi_sums order by period_start").fetchall() == [(3.0,), (5.0,)]


def test_a_change_outside_of_any_day_runs_everything(bare: duckdb.DuckDBPyConnection) -> None:
    refresh(bare, [statement(NAMED)], DAYS)
    bare.execute("insert into marts.fact values ('2026-02-01', 'b', 5)")
    assert refresh(bare, [statement(NAMED)], DAYS) == Recomputed(0, 1, 0)
    bare.execute("insert into marts.names values ('b')")
    assert refresh(bare, [statement(NAMED)], DAYS) == Recomputed(1, 0, 0)
    assert bare.execute("select value from ops.kpi_sums order by period_start").fetchall() == [(1.0,), (5.0,)]
    # rows without a day belong to no period
    bare.execute("insert into marts.fact values (null, 'b', 5)")
    assert refresh(bare, [statement(COUNT)], DAYS).whole == 1


def test_a_statement_that_is_gone_takes_its_rows_with_it(bare: duckdb.DuckDBPyConnection) -> None:
    refresh(bare, [statement(COUNT)], DAYS)
    other = replace(statement(COUNT), key="other", rows=statement(COUNT).rows.replace("'s'", "'other'"))
    refresh(bare, [other], DAYS)
    assert bare.execute("select statement from ops.kpi_sums").fetchall() == [("other",)]
