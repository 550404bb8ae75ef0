"""Which tables a failed data test leaves in doubt: those it tests, and those that were not built after it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import duckdb

from transform.refused import Refused, refused_by, refused_tables, remember

MANIFEST = {
    "nodes": {
        "model.orders": {"resource_type": "model", "schema": "marts", "alias": "fct_orders"},
        "model.daily": {"resource_type": "model", "schema": "marts", "alias": "channel_daily"},
        "model.leads": {"resource_type": "model", "schema": "marts", "alias": "fct_leads"},
        "test.attached": {"resource_type": "test", "attached_node": "model.orders", "depends_on": {"nodes": []}},
        "test.of_two": {
            "resource_type": "test",
            "attached_node": None,
            "depends_on": {"nodes": ["model.leads", "source.deals"]},
        },
        "test.not_run": {"resource_type": "test", "attached_node": "model.daily", "depends_on": {"nodes": []}},
    },
    "sources": {"source.deals": {"resource_type": "source", "schema": "raw_hubspot", "identifier": "deals"}},
}


def outcome(key: str, status: str) -> SimpleNamespace:
    return SimpleNamespace(node=SimpleNamespace(unique_id=key), status=status)


def test_tested_and_skipped_tables_are_refused_and_built_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    outcomes = [
        outcome("model.orders", "success"),
        outcome("model.leads", "success"),
        outcome("test.attached", "fail"),
        outcome("model.daily", "skipped"),
        outcome("test.not_run", "skipped"),
        # a page, which dbt skips as well
        outcome("exposure.page", "skipped"),
    ]
    assert refused_by(outcomes, {"test.attached": "1 row fails"}, tmp_path) == (
        Refused("marts.fct_orders", "1 row fails"),
        Refused("marts.channel_daily", "1 row fails"),
    )


def test_a_test_of_several_tables_leaves_all_of_them_in_doubt(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    found = refused_by([outcome("test.of_two", "fail")], {"test.of_two": "2 rows fail"}, tmp_path)
    assert found == (Refused("marts.fct_leads", "2 rows fail"), Refused("raw_hubspot.deals", "2 rows fail"))


def test_the_last_build_is_remembered_and_the_one_before_is_not() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema ops")
        assert refused_tables(connection) == []
        remember(connection, [Refused("marts.fct_orders", "1 row fails")])
        remember(connection, [Refused("marts.fct_leads", "2 rows fail")])
        assert refused_tables(connection) == [Refused("marts.fct_leads", "2 rows fail")]
        remember(connection, [])
        assert refused_tables(connection) == []
