"""What a build says when it cannot go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.transform.conftest import Built
from tests.transform.hand_world import AS_OF
from transform.build import build, target_path
from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.settings import Settings

Change = Callable[[str], Settings]


def test_report(built: Built) -> None:
    assert built.report.models > 70
    assert built.report.tests > 50
    assert built.report.unit_tests >= 8
    assert built.report.warnings == ()
    assert len(built.report.slowest) == 5


def test_every_dashboard_is_an_exposure_of_models_and_metrics(built: Built) -> None:
    manifest = json.loads((target_path(built.settings) / "manifest.json").read_text(encoding="utf-8"))
    exposures = {one["name"]: one["depends_on"]["nodes"] for one in manifest["exposures"].values()}
    assert {"page_ceo", "superset_ceo", "superset_marketing_manager", "superset_channel_specialist"} <= set(exposures)
    assert all(exposures.values())


def test_the_warehouse_is_free_after_a_build(built: Built) -> None:
    with duckdb.connect(str(built.settings.warehouse)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_money_without_a_rate_or_a_currency_stops_nothing_and_is_set_aside(changed: Change) -> None:
    settings = changed(
        "update raw_hubspot.deals set currency_code = case deal_id when '906' then 'JPY' end "
        "where deal_id in ('906', '907')"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_INDIRECT_SELECTION", "cautious")
        models = (
            "int_deals int_won_deals int_money_rows int_fx_needs int_fx_conversions int_person_deals fct_orders "
            "money_quarantine"
        )
        build(settings, run_id="t", as_of=AS_OF, select=models)
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_orders").fetchone() == (5,)
        assert connection.execute("select row_key, reason from marts.money_quarantine order by 1").fetchall() == [
            ("906", "unknown_currency"),
            ("907", "no_currency"),
        ]


def test_a_failed_test_names_itself_its_model_and_the_way_to_its_rows(changed: Change) -> None:
    settings = changed("insert into raw_hubspot.deals select * from raw_hubspot.deals where deal_id = '906'")
    with pytest.raises(
        CheckFailed, match=r"primary_key.*fct_orders.*: 1 rows fail; to see them run .*\.sql on "
    ) as failure:
        build(
            settings,
            run_id="t",
            as_of=AS_OF,
            select="int_deals int_won_deals int_money_rows int_fx_needs int_fx_conversions int_person_deals fct_orders",
        )
    path = str(failure.value).split("run ", 1)[1].split(" on ", 1)[0]
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        assert connection.execute(Path(path).read_text(encoding="utf-8")).fetchall() == [("906", 2)]


def test_a_model_that_meets_bad_data_is_named(changed: Change) -> None:
    settings = changed("update raw_hubspot.deals set amount = 'ten' where deal_id = '906'")
    with pytest.raises(ConfigurationError, match=r"model int_deals does not run: .*ten"):
        build(settings, run_id="t", as_of=AS_OF, select="int_deals")


def test_a_file_that_is_no_warehouse_is_told_in_plain_words(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.warehouse.write_bytes(b"no database")
    with pytest.raises(ConfigurationError, match=r"warehouse\.duckdb: is damaged or no DuckDB database"):
        build(settings, run_id="t", as_of=AS_OF)
