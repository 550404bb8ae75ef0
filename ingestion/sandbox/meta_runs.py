"""Meta's asynchronous report runs: started by POST, polled through their states, read when they are completed.

A run moves on by one state each time that it is looked at. The first completed run after a reset is not ready at its
first reading (1815107). A report of too many rows fails with 1487534, and fails again until it is split.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingestion.sandbox.meta_faults import RUN_TOO_MUCH
from ingestion.sandbox.meta_insights import AccountInsights, InsightsQuery
from ingestion.sandbox.meta_request import Refusal

STATES = (("Job Not Started", 0), ("Job Started", 0), ("Job Running", 42), ("Job Completed", 100))
ROWS_OF_A_RUN = 4_000
KEPT_RUNS = 500
_FIRST_ID = 6_023_920_149_050


@dataclass
class Run:
    """One run; `rows` are those of the moment at which it was started."""

    run_id: str
    insights: AccountInsights
    started_at: datetime
    rows: list[dict[str, Any]]
    is_too_much: bool
    looks: int = 0
    completed_at: datetime | None = None
    was_asked_early: bool = False


@dataclass
class Runs:
    """The runs of one token; the oldest are forgotten."""

    runs: dict[str, Run] = field(default_factory=dict)
    started: int = 0
    has_been_early: bool = False

    def start(self, insights: AccountInsights, query: InsightsQuery, now: datetime, most: int) -> dict[str, Any]:
        rows = insights.rows(query, now)
        run_id = str(_FIRST_ID + self.started)
        self.started += 1
        is_too_much = len(rows) > most
        self.runs[run_id] = Run(run_id, insights, now, [] if is_too_much else rows, is_too_much)
        if len(self.runs) > KEPT_RUNS:
            del self.runs[next(iter(self.runs))]
        return {"report_run_id": run_id}

    def forget(self) -> None:
        """As after a reset of the sandbox."""
        self.runs.clear()
        self.started, self.has_been_early = 0, False

    def look(self, run: Run, now: datetime) -> dict[str, Any]:
        """The run's state, one further than at the last look."""
        state, percent = STATES[min(run.looks, len(STATES) - 1)]
        run.looks += 1
        seen: dict[str, Any] = {
            "id": run.run_id,
            "account_id": run.insights.account.account_id,
            "time_ref": int(run.started_at.timestamp()),
            "async_status": state,
            "async_percent_completion": percent,
        }
        if run.is_too_much and state in ("Job Running", "Job Completed"):
            return seen | RUN_TOO_MUCH
        if state == "Job Completed":
            run.completed_at = run.completed_at or now
            seen["time_completed"] = int(run.completed_at.timestamp())
        return seen

    def rows(self, run: Run) -> list[dict[str, Any]]:
        """What a completed run found. Raises Refusal for a run that is not ready."""
        if run.completed_at is None or not self.has_been_early:
            self.has_been_early = True
            text = "(#2637) The report of this run is not ready yet. Please try again later."
            raise Refusal(2637, text, 1815107, is_transient=True)
        return run.rows
