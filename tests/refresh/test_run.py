"""What a refresh leaves behind when it is stopped, and how it tells of a check that only warns."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion.pipeline import LoadReport
from ingestion.spec import Window
from quality.checks import CheckResult
from refresh import run, steps
from refresh.plan import RefreshPlan, new_run_id
from warehouse.errors import CheckFailed, ConfigurationError
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


@pytest.mark.parametrize(
    ("failing", "is_first", "loaded"),
    [
        # what failed is held later on, where something was published before and another source was loaded
        ({"b"}, False, ["a", "c"]),
        ({"b"}, True, ["a"]),
        ({"a", "b", "c"}, False, []),
    ],
)
def test_a_source_that_fails_stops_the_others_only_where_nothing_could_be_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: set[str], is_first: bool, loaded: list[str]
) -> None:
    settings, tried = Settings(home=tmp_path), []

    def ingest(plan: RefreshPlan, source: str, watch: object) -> LoadReport:
        if source in failing:
            raise ConfigurationError(f"{source}: token refused")
        tried.append(source)
        return LoadReport(source, "1", 0, 0, 0, 0.0, 0.0, {}, (), None)

    def transform(plan: RefreshPlan) -> None:
        raise CheckFailed("the end of this test")

    monkeypatch.setattr(steps, "preflight", lambda plan: None)
    monkeypatch.setattr(steps, "ingest", ingest)
    monkeypatch.setattr(steps, "transform", transform)
    if not is_first:
        settings.publication.parent.mkdir(parents=True)
        settings.publication.touch()
    day = date(2026, 11, 22)
    plan = RefreshPlan(new_run_id(), datetime.now(UTC), None, dict.fromkeys("abc", Window(day, day)), settings)
    goes_on = loaded == ["a", "c"]
    with pytest.raises(CheckFailed if goes_on else ConfigurationError, match="the end" if goes_on else "token refused"):
        run.run(plan, stages=("ingest", "transform"))
    assert tried == loaded


def test_a_warning_of_the_gate_has_its_limit() -> None:
    late = CheckResult(
        "ga4_is_fresh", "ops.sources", False, "warn", "70 hours", "at most 60 hours", "load it again", "me"
    )
    assert run.warning_line(late) == (
        "ops.sources: check ga4_is_fresh found 70 hours, limit at most 60 hours; load it again"
    )
