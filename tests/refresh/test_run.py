"""What a refresh leaves behind when it is stopped, and how it tells of a check that only warns."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quality.checks import CheckResult
from refresh import run, steps
from refresh.plan import RefreshPlan, new_run_id
from warehouse.settings import Settings


def test_a_run_that_a_person_stopped_is_logged_as_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(plan: RefreshPlan) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(steps, "preflight", stopped)
    plan = RefreshPlan(new_run_id(), datetime.now(UTC), None, {}, Settings(home=tmp_path))
    with pytest.raises(KeyboardInterrupt):
        run.run(plan, stages=())
    record = json.loads((tmp_path / "logs" / f"{plan.run_id}.json").read_text(encoding="utf-8"))
    assert (record["status"], record["error"]) == ("stopped", None)


def test_a_warning_of_the_gate_has_its_limit() -> None:
    late = CheckResult(
        "ga4_is_fresh", "ops.sources", False, "warn", "70 hours", "at most 60 hours", "load it again", "me"
    )
    assert run.warning_line(late) == (
        "ops.sources: check ga4_is_fresh found 70 hours, limit at most 60 hours; load it again"
    )
