"""Short forms, with a seed, of what `make soak` does to whole refreshes: a death under the daemon, and two kills."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.soak.business import LAST_DAY, business
from tests.soak.forked import Doom, commands
from tests.soak.living import Living
from tests.soak.refresh_kills import HISTORY_DAYS, MOMENTS, RefreshKills


def test_a_death_under_the_daemon_heals(tmp_path: Path) -> None:
    with (
        business(tmp_path, 2, seed=3, days_before=HISTORY_DAYS, erasures=False) as one,
        commands(tmp_path) as forking,
    ):
        # a Sunday: of all schedules the daily one alone
        sunday = LAST_DAY - timedelta(days=1)
        dooms = (Doom(stage="compute_kpis"),)
        done = Living(one, forking, seed=3, days=1, say=lambda line: None, dooms=dooms, last_day=sunday).run()
    assert done.problems == [], str(done)
    assert done.kills == {"compute_kpis": 1}
    assert len(done.publications) >= 1
    assert done.values > 1000


def test_killed_refreshes_leave_no_trace(tmp_path: Path) -> None:
    with (
        business(tmp_path, len(MOMENTS), seed=3, days_before=HISTORY_DAYS, erasures=False) as one,
        commands(tmp_path) as forking,
    ):
        done = RefreshKills(one, forking, seed=3, say=lambda line: None).run(2)
    assert done.problems == [], str(done)
    assert (done.kills, done.lives) == (2, 1)
    assert done.rows > 10_000
