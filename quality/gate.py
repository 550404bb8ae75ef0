"""The gate before the publication: runs every check and keeps the results."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from quality.checks import Check, CheckResult, Judgement
from quality.judge import Judge
from quality.rules import derive_checks
from transform.kpi.registry import Registry
from warehouse.connection import reader, writer
from warehouse.layout import OPS
from warehouse.settings import Settings
from warehouse.tables import CHECK_RESULTS

_warm: list[Judge] = []


@dataclass(frozen=True)
class GateReport:
    """The outcome of every check of one run."""

    results: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """No check of severity `block` failed: all numbers may be published."""
        return not self.blocking

    @property
    def checks_passed(self) -> int:
        return sum(result.passed for result in self.results)

    @property
    def total(self) -> int:
        return len(self.results)

    @property
    def blocking(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if not result.passed and result.severity == "block")

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if not result.passed and result.severity == "warn")


def warm_up() -> None:
    """Start the judging process, so that its import overlaps other work; the next `run_gate` asks it."""
    if not any(judge.is_alive for judge in _warm):
        _warm.append(Judge())


def cool_down() -> None:
    """End a judging process that was started and never asked."""
    while _warm:
        _warm.pop().close()


atexit.register(cool_down)


def run_gate(settings: Settings, registry: Registry, run_id: str, as_of: datetime) -> GateReport:
    """Run every check on the warehouse, append the results to ops.check_results, and write the run's Data Docs.

    Nothing may hold the warehouse meanwhile. Raises ConfigurationError when it is locked or missing, or when the
    judging process dies; a check that fails raises nothing.
    """
    warm_up()
    try:
        judge = next(judge for judge in _warm if judge.is_alive)
        report = evaluate(judge, settings, registry, as_of, run_id=run_id, docs=settings.data_docs(run_id))
    finally:
        cool_down()
    _store(settings, report.results, run_id)
    return report


def evaluate(
    judge: Judge, settings: Settings, registry: Registry, as_of: datetime, *, run_id: str = "", docs: Path | None = None
) -> GateReport:
    """Have `judge` answer every check on the warehouse, and write nothing but the Data Docs of run `run_id`."""
    with reader(settings.warehouse) as connection:
        checks = derive_checks(connection, registry, as_of, settings.zone)
    judgements = judge.judge(settings.warehouse, checks, run_id=run_id, docs=docs)
    return GateReport(tuple(_result(check, judged) for check, judged in zip(checks, judgements, strict=True)))


def _result(check: Check, judged: Judgement) -> CheckResult:
    return CheckResult(
        name=check.name,
        table=check.table,
        passed=judged.passed,
        severity=check.severity,
        value=judged.value,
        limit=check.limit,
        mend=check.mend,
        owner=check.owner,
        error=judged.error,
        about=check.about,
    )


def _store(settings: Settings, results: Sequence[CheckResult], run_id: str) -> None:
    now = datetime.now(UTC)
    rows = [
        [
            run_id,
            result.name,
            result.table,
            result.severity,
            result.passed,
            f"could not run: {result.error}" if result.error else result.value,
            result.limit,
            result.mend,
            result.owner,
            now,
            result.about,
        ]
        for result in results
    ]
    with writer(settings) as connection:
        connection.execute(f"create schema if not exists {OPS}")
        # a warehouse from before checks said what they are about has no such column
        connection.execute(f"alter table if exists {CHECK_RESULTS.relation} add column if not exists about varchar")
        CHECK_RESULTS.create(connection)
        connection.execute("begin")
        connection.executemany(f"insert into {CHECK_RESULTS.relation} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("commit")
