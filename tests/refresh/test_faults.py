"""Every fault that a run or the warehouse knows of, each with its place; what is mended is none."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ingestion.pipeline import ensure_tables
from quality.checks import CheckResult
from quality.gate import GateReport
from refresh.faults import Fault, faults_of
from refresh.plan import RefreshPlan
from tests.warehouse.small import AS_OF
from transform.refused import Refused, remember
from warehouse.settings import Settings
from warehouse.status_tables import KPI_STATUS

_LOAD = "insert into ops.loads (load_id, source, started_at, failed, stopped) values"
MEND = "`kpi doctor`, then `kpi refresh --source {}`"


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RefreshPlan:
    for source in ("META_ADS", "HUBSPOT", "GOOGLE_ADS"):
        monkeypatch.setenv(f"SOURCES__{source}__ENABLED", "true")
    from warehouse.settings import load_settings

    monkeypatch.setenv("KPI_HOME", str(tmp_path))
    settings: Settings = load_settings()
    ensure_tables(settings)
    return RefreshPlan("run", AS_OF, None, {}, settings)


def _change(plan: RefreshPlan, *statements: str) -> None:
    with duckdb.connect(str(plan.settings.warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_the_newest_load_of_each_enabled_source_counts(plan: RefreshPlan) -> None:
    _change(
        plan,
        f"{_LOAD} ('1', 'meta_ads', '2026-11-22', null, null), ('2', 'meta_ads', '2026-11-23', 'token refused', null)",
        f"{_LOAD} ('3', 'hubspot', '2026-11-22', 'no answer', null), ('4', 'hubspot', '2026-11-23', null, null)",
        f"{_LOAD} ('5', 'google_ads', '2026-11-23', null, 'quota used up')",
        # a source that nobody has enabled
        f"{_LOAD} ('6', 'search_console', '2026-11-23', 'no permission', null)",
    )
    assert faults_of(plan, GateReport(())) == [
        Fault(("raw_google_ads",), "the last load of google_ads stopped: quota used up", MEND.format("google_ads")),
        Fault(("raw_meta_ads",), "the last load of meta_ads failed: token refused", MEND.format("meta_ads")),
    ]


def test_causes_come_before_what_follows_from_them(plan: RefreshPlan) -> None:
    def check(name: str, about: str, *, severity: str = "block", error: str | None = None) -> CheckResult:
        level = "warn" if severity == "warn" else "block"
        return CheckResult(name, "marts.t", False, level, "7", "at most 5", "mend it", "data", error, about)

    _change(plan, f"{_LOAD} ('1', 'meta_ads', '2026-11-23', 'token refused', null)")
    with duckdb.connect(str(plan.settings.warehouse)) as connection:
        remember(connection, [Refused("marts.a", "1 row fails"), Refused("marts.b", "1 row fails")])
        connection.execute("create schema semantic")
        KPI_STATUS.create(connection)
        connection.execute(
            f"insert into {KPI_STATUS.relation} values ('roas', null, null, true, 'it broke', 'mend that'), "
            "('cac', null, null, true, 'it broke', 'mend that'), ('leads', now(), 'run', false, null, null)"
        )
    report = GateReport(
        (
            check("one", "raw_hubspot"),
            check("two", "", error="no such table"),
            check("three", "marts.c,marts.d", severity="warn"),
            check("four", "marts.c,marts.d"),
        )
    )
    _, *others = faults_of(plan, report)
    assert others == [
        Fault(("marts.a", "marts.b"), "1 row fails", "correct the rows where they come from, then `kpi refresh`"),
        Fault(("raw_hubspot",), "marts.t: check one found 7, limit at most 5", "mend it"),
        Fault(("marts.t",), "marts.t: check two could not run: no such table", "mend it"),
        Fault(("marts.c", "marts.d"), "marts.t: check four found 7, limit at most 5", "mend it"),
        Fault(("semantic.kpi_values/cac", "semantic.kpi_values/roas"), "it broke", "mend that"),
    ]


def test_a_warehouse_without_a_load_a_build_or_a_kpi_has_no_fault(tmp_path: Path) -> None:
    assert faults_of(RefreshPlan("run", AS_OF, None, {}, Settings(home=tmp_path)), GateReport(())) == []
