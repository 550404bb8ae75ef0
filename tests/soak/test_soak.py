"""The short forms of `make soak`: six days of faults and three kills with fixed seeds, each for half of the sources."""

from __future__ import annotations

from pathlib import Path

from tests.soak.business import business
from tests.soak.days import Days
from tests.soak.kills import Kills
from tests.soak.tally import summary


def test_days_of_faults_end_as_one_undisturbed_load(tmp_path: Path) -> None:
    sources = ("ga4", "google_ads", "hubspot", "fx_rates", "file_drop")
    said: list[str] = []
    with business(tmp_path, days=6, seed=3, days_before=5) as one:
        tallies = Days(one, seed=3, days=6, say=said.append).run(sources)
    assert sum(tally.faults.total() for tally in tallies) > 0
    assert [problem for tally in tallies for problem in tally.problems] == [], summary(tallies)
    assert all(tally.rows for tally in tallies)
    assert len(said) == 6


def test_a_killed_load_leaves_no_trace(tmp_path: Path) -> None:
    with business(tmp_path, days=25, seed=3, days_before=5) as one:
        tallies = Kills(one, seed=3, kills=3, say=lambda line: None).run(("ga4_export", "meta_ads", "search_console"))
    assert sum(tally.outcomes["killed"] for tally in tallies) >= 3
    assert [problem for tally in tallies for problem in tally.problems] == [], summary(tallies)
