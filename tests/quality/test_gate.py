from __future__ import annotations

import signal
from pathlib import Path

import duckdb
import pytest

from quality.checks import CheckResult
from quality.gate import GateReport, run_gate, warm_up
from quality.judge import Judge
from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from transform.kpi.registry import Registry
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings
from warehouse.tables import CHECK_RESULTS


def test_results_are_kept(registry: Registry, tmp_path: Path) -> None:
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update semantic.kpi_values set value = 700 where kpi = 'cost_per_mille'")
        connection.execute("update ops.sources set newest_data_day = '2026-11-01' where source = 'meta_ads'")
        # as it was before checks said what they are about
        CHECK_RESULTS.create(connection)
        connection.execute("alter table ops.check_results drop column about")
    # Started before the data are there, as in a refresh: the file must not be held until the job comes.
    warm_up()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table ops.written_meanwhile as select 1 as one")

    report = run_gate(Settings(home=tmp_path), registry, RUN_ID, AS_OF)

    with duckdb.connect(str(warehouse)) as connection:
        rows = connection.execute(
            "select check_name, severity, value, limit_text, owner, about from ops.check_results "
            "where run_id = ? and not passed order by check_name",
            [RUN_ID],
        ).fetchall()
        total = connection.execute("select count(*) from ops.check_results").fetchone()
    assert rows == [
        (
            "kpi_cost_per_mille_in_range",
            "block",
            "700 (day 2026-11-22)",
            "0 to 500",
            "marketing",
            "semantic.kpi_values/cost_per_mille",
        ),
        (
            "meta_ads_is_fresh",
            "block",
            "513 hours",
            "at most 36 hours since its newest day ended in its time zone",
            "data",
            "raw_meta_ads",
        ),
    ]
    assert total == (report.total,)


def _result(passed: bool, severity: str) -> CheckResult:
    return CheckResult("c", "t", passed, "warn" if severity == "warn" else "block", "1", "0", "mend it", "data")


def test_warnings_do_not_stop_a_publication() -> None:
    report = GateReport((_result(False, "warn"), _result(True, "block")))
    assert report.passed
    assert (report.checks_passed, report.total, len(report.warnings)) == (1, 2, 1)


def test_a_judge_that_is_not_asked_ends_with_its_owner() -> None:
    judge = Judge()
    assert judge.is_alive
    judge.close()
    assert not judge.is_alive
    # not waited for: its imports take ten seconds, and it was given one
    assert judge._process.returncode == -signal.SIGKILL


def test_a_judge_that_died_is_one_line(tmp_path: Path) -> None:
    judge = Judge()
    judge._process.kill()
    judge._process.wait()
    with pytest.raises(ConfigurationError, match="the judging process ended: exit code -9; run again"):
        judge.judge(tmp_path / "warehouse.duckdb", [])
    judge.close()
