"""A KPI that nobody knew: one block more, and everything else follows from it."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards.cards import cards
from dashboards.reading import Contents
from dashboards.words import Words
from orchestration.cadence import in_use, timings
from orchestration.defs.gate import expected_checks
from orchestration.defs.kpis import kpi_group, kpi_key, kpis
from tests.transform.kpi.conftest import AS_OF
from transform.kpi.authoring import NewKpi, write_kpi
from transform.kpi.pages import render_markdown
from transform.kpi.registry import SEMANTIC_MODELS, Registry, load_registry
from transform.kpi.store import compute
from warehouse.settings import Settings

ENQUIRIES = NewKpi(
    "leads_per_visit",
    "Leads per visit",
    "How many new leads there are for each visit.",
    {
        "stage": "conversion",
        "cadence": "weekly",
        "audience": ["marketing_manager"],
        "unit": "number",
        "direction": "up",
        "objective": "Turn visits into leads.",
        "formula": "new leads / sessions",
        "owner": "sales",
        "what_moves_it": "The offer.",
        "where_it_is_wrong": "Leads by phone have no visit.",
        "when_it_is_off": "Fill in the form yourself.",
        "valid_range": {"min": 0, "max": 10},
        "max_data_age_hours": 72,
    },
    numerator="leads",
    denominator="sessions",
)


@pytest.fixture(scope="module")
def project(stub: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """The stub once more with one block more in its semantic models, as dbt reads them; its rows are the stub's."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    root = tmp_path_factory.mktemp("one_block")
    shutil.copytree(Path(__file__).parent / "project", root / "project")
    semantic = Path(shutil.copytree(SEMANTIC_MODELS, root / "project" / "models" / "semantic"))
    settings = stub.model_copy(update={"home": root / "home"})
    settings.home.mkdir()
    shutil.copy(stub.warehouse, settings.warehouse)
    write_kpi(ENQUIRIES, settings, semantic)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KPI_WAREHOUSE", str(settings.warehouse))
        paths = [f"--{name}={root / 'project'}" for name in ("project-dir", "profiles-dir")]
        target = f"--target-path={settings.home / 'dbt'}"
        result = dbtRunner().invoke(["parse", *paths, target, "--quiet", "--log-level-file=none", "--no-use-colors"])
        DuckDBConnectionManager.close_all_connections()
    assert result.success, result.exception
    return settings, semantic


def test_one_block_gives_values_schedule_checks_page_and_card(project: tuple[Settings, Path]) -> None:
    settings, semantic = project
    registry = load_registry(settings, semantic)
    kpi = registry.kpi("leads_per_visit")
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("set timezone = 'UTC'")
        # the new one and what it is made of: to compute all others again would show nothing
        made_of = {name: registry.definitions[name] for name in (kpi.name, *kpi.inputs)}
        few = Registry(made_of, registry.currency)
        compute(connection, few, settings=settings, as_of=AS_OF, run_id="r")

        def rows(query: str) -> list[dict[str, Any]]:
            result = connection.execute(query)
            names = [column[0] for column in result.description or []]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        # week 10 has 2 leads (2 and 8 March) and 3 sessions
        values = rows(
            "select value, numerator, denominator from published.kpi_values where kpi = 'leads_per_visit' "
            "and grain = 'week' and period_start = '2026-03-02' and segment_dimension = ''"
        )
        assert values == [{"value": pytest.approx(2 / 3), "numerator": 2.0, "denominator": 3.0}]
        scorecard = rows("select * from semantic.kpi_scorecard where kpi = 'leads_per_visit'")
        definitions = {row["kpi"]: row for row in rows("select * from semantic.dim_kpi")}
    checks = {check.name for check in expected_checks(settings, registry)}
    assert {f"kpi_leads_per_visit_{what}" for what in ("in_range", "is_fresh")} <= checks

    manifest = json.loads((settings.home / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    spec = {item.key: item for item in kpis(registry.kpis, manifest, timings(), "UTC").specs}[kpi_key(kpi.name)]
    assert spec.group_name == kpi_group("weekly")
    assert "weekly" in in_use(item.cadence for item in registry.kpis)
    assert {dep.asset_key.path[-1] for dep in spec.deps} == {"fct_leads", "fct_sessions"}

    pages = render_markdown(registry)
    assert "Fill in the form yourself." in pages["leads_per_visit.md"]
    assert "(leads_per_visit.md)" in pages["index.md"]

    # every other part of the page is empty, whatever parts it has
    nothing: dict[str, Any] = {part.name: [] if str(part.type).startswith("list") else {} for part in fields(Contents)}
    known: dict[str, Any] = {
        "run_id": "r",
        "published_at": datetime(2026, 3, 10, tzinfo=UTC),
        "data_through": date(2026, 3, 9),
        "checks_passed": 1,
        "checks_total": 1,
        "scorecard": scorecard,
        "definitions": definitions,
    }
    contents = Contents(**nothing | known)
    (card,) = cards(contents, Words("en", "EUR"))
    assert (card.label, card.value, card.stage, card.status) == ("Leads per visit", "0.67", "conversion", "No target")
