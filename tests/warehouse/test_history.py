"""Three publications of the small warehouse: what was said then can be said again, and what became of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.small import build_warehouse
from warehouse import publish as module
from warehouse.connection import reader, writer
from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.publish import publish
from warehouse.reported import publication_as_reported
from warehouse.settings import Settings
from warehouse.versions import rollback, verify, versions

FIRST, SECOND, THIRD = (datetime(2026, 11, day, 8, tzinfo=UTC) for day in (23, 24, 26))
DAY = "kpi = 'cost_per_mille' and grain = 'day' and period_start = date '2026-11-20'"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    build_warehouse(tmp_path / "warehouse.duckdb")
    return Settings(home=tmp_path)


def change(settings: Settings, statement: str) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(statement)


def release(settings: Settings, run_id: str, at: datetime) -> None:
    publish(settings, run_id=run_id, published_at=at, data_through=date(2026, 11, 22), checks_passed=9, checks_total=10)


def three(settings: Settings) -> None:
    """The value of a day is 7.50, then 8.00, then gone with its KPI; the label of another changes in between."""
    release(settings, "one", FIRST)
    change(settings, f"update semantic.kpi_values set value = 8, numerator = 16 where {DAY}")
    change(settings, "update semantic.kpi_scorecard set label = 'Rate of clicks' where kpi = 'click_through_rate'")
    release(settings, "two", SECOND)
    change(settings, f"delete from semantic.kpi_values where {DAY}")
    release(settings, "three", THIRD)


def published(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with reader(settings.publication) as connection:
        return connection.execute(query).fetchall()


def test_a_value_has_a_row_each_time_that_it_became_another(settings: Settings) -> None:
    three(settings)
    assert published(
        settings,
        "select version, value, numerator, null_reason, reported_at, replaced_at, is_first_report, "
        f"first_reported_value, first_reported_at, run_id from published.kpi_reported where {DAY} order by version",
    ) == [
        (1, 7.5, 15.0, None, FIRST, SECOND, True, 7.5, FIRST, "one"),
        (2, 8.0, 16.0, None, SECOND, THIRD, False, 7.5, FIRST, "two"),
        (3, None, None, "withdrawn", THIRD, None, False, 7.5, FIRST, "three"),
    ]
    # 65 values, and nothing of the 64 that stayed as they were
    assert published(settings, "select count(*) from published.kpi_reported") == [(67,)]


def test_first_reported_is_the_first_report_of_the_complete_period(settings: Settings) -> None:
    change(settings, f"update semantic.kpi_values set is_complete = false, value = 3 where {DAY}")
    release(settings, "one", FIRST)
    change(settings, f"update semantic.kpi_values set is_complete = true, value = 7 where {DAY}")
    release(settings, "two", SECOND)
    assert published(
        settings,
        f"select value, is_first_report, first_reported_value from published.kpi_reported where {DAY} order by version",
    ) == [(3.0, False, 7.0), (7.0, True, 7.0)]


def test_what_is_back_after_it_was_withdrawn_is_a_version_of_its_own(settings: Settings) -> None:
    three(settings)
    change(
        settings,
        "insert into semantic.kpi_values by name select * replace (date '2026-11-20' as period_start, "
        "date '2026-11-20' as period_end, 8 as value, 16 as numerator) from semantic.kpi_values "
        "where kpi = 'cost_per_mille' and period_start = date '2026-11-19'",
    )
    release(settings, "four", datetime(2026, 11, 27, 8, tzinfo=UTC))
    assert published(settings, f"select value from published.kpi_reported where {DAY} order by version") == [
        (7.5,),
        (8.0,),
        (None,),
        (8.0,),
    ]


def test_the_scorecard_of_a_day_is_that_of_its_last_publication(settings: Settings) -> None:
    release(settings, "one", FIRST)
    before = published(settings, "from published.kpi_scorecard order by kpi")
    line = published(settings, "from published.publication")
    change(settings, "update semantic.kpi_scorecard set value = 0, is_focus = not is_focus")
    change(settings, "delete from semantic.kpi_scorecard where kpi = 'retention_rate'")
    change(settings, "update semantic.dim_business set name = 'Another'")
    # half past midnight of the 24th in Berlin, where the business is
    release(settings, "two", datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    with publication_as_reported(settings.publication, date(2026, 11, 23)) as connection:
        assert connection.execute("from published.kpi_scorecard order by kpi").fetchall() == before
        assert connection.execute("from published.publication").fetchall() == line
        assert connection.execute("select name from published.dim_business").fetchall() == [("Larkspur & Sons",)]
    with publication_as_reported(settings.publication, date(2026, 12, 24)) as connection:
        assert connection.execute("select distinct value from published.kpi_scorecard").fetchall() == [(0.0,)]
        assert connection.execute("select count(*) from published.kpi_scorecard").fetchall() == [(4,)]


def test_a_column_that_came_later_is_empty_and_one_that_went_is_not_asked_for(settings: Settings) -> None:
    release(settings, "one", FIRST)
    change(settings, "alter table semantic.kpi_scorecard add column pace double default 0.5")
    change(settings, "alter table semantic.kpi_scorecard drop column objective")
    release(settings, "two", SECOND)
    with publication_as_reported(settings.publication, FIRST.date()) as connection:
        assert connection.execute("select distinct pace from published.kpi_scorecard").fetchall() == [(None,)]
        names = [row[0] for row in connection.execute("describe published.kpi_scorecard").fetchall()]
    assert "objective" not in names


def test_before_the_first_publication_there_is_one_clear_line(settings: Settings) -> None:
    release(settings, "one", FIRST)
    with (
        pytest.raises(ConfigurationError, match=r"2026-11-22: nothing had been .*; the first day .* is 2026-11-23$"),
        publication_as_reported(settings.publication, date(2026, 11, 22)),
    ):
        pass


def test_what_was_refused_is_no_history(settings: Settings) -> None:
    release(settings, "one", FIRST)
    change(settings, f"update semantic.kpi_values set value = null where {DAY}")
    with pytest.raises(CheckFailed):
        release(settings, "refused", SECOND)
    change(settings, f"update semantic.kpi_values set value = 9 where {DAY}")
    release(settings, "two", THIRD)
    assert published(settings, f"select value, run_id from published.kpi_reported where {DAY} order by version") == [
        (7.5, "one"),
        (9.0, "two"),
    ]
    assert published(settings, "select publication_number, run_id from history.publication") == [(1, "one"), (2, "two")]


@pytest.mark.parametrize(
    ("flips", "goes_back", "runs"),
    [
        ("no", False, ["one", "three"]),
        ("yes", False, ["one", "two", "three"]),
        # readers had it until somebody went back
        ("yes", True, ["one", "two", "three"]),
    ],
)
def test_a_process_killed_around_the_flip_leaves_what_was_published_and_no_more(
    settings: Settings, flips: str, *, goes_back: bool, runs: list[str]
) -> None:
    """Before the link names the version nothing was published; after it all was, though nothing was confirmed."""
    release(settings, "one", FIRST)
    change(settings, f"update semantic.kpi_values set value = 8 where {DAY}")
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED.format(flips=flips, home=str(settings.home))],
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if goes_back:
        assert rollback(settings).name == "kpi.one.duckdb"
    change(settings, f"update semantic.kpi_values set value = 9 where {DAY}")
    release(settings, "three", THIRD)
    assert [run for (run,) in published(settings, "select run_id from history.publication order by 1")] == sorted(runs)
    values = {"one": 7.5, "two": 8.0, "three": 9.0}
    assert published(settings, f"select value from published.kpi_reported where {DAY} order by version") == [
        (values[run],) for run in runs
    ]
    # a version that no reader got is none that one could go back to
    assert [path.name for path in versions(settings)] == [f"kpi.{run}.duckdb" for run in runs]
    with writer(settings) as connection:
        assert connection.execute("from history.pending").fetchall() == []


def test_a_current_version_that_is_damaged_does_not_hold_up_the_next_one(settings: Settings) -> None:
    """As a disk leaves it that lost what it had said was written."""
    release(settings, "one", FIRST)
    release(settings, "two", SECOND)
    torn = settings.publication.resolve()
    torn.chmod(0o644)
    with torn.open("r+b") as sink:
        sink.truncate(torn.stat().st_size // 2)
    with pytest.raises(CheckFailed, match="bytes, the manifest"):
        verify(torn)
    release(settings, "three", THIRD)
    assert published(settings, "select run_id from history.publication order by 1") == [("one",), ("three",), ("two",)]
    verify(settings.publication.resolve())


_KILLED = """
import os, signal
from datetime import UTC, date, datetime
from pathlib import Path
import warehouse.publish as module
from warehouse.settings import Settings
flip = module.flip
module.flip = lambda *paths: ("{flips}" == "yes" and flip(*paths), os.kill(os.getpid(), signal.SIGKILL))
module.publish(Settings(home=Path({home!r})), run_id="two", published_at=datetime(2026, 11, 24, 8, tzinfo=UTC),
               data_through=None, checks_passed=1, checks_total=1)
"""


def test_the_same_run_again_adds_nothing_twice(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "flip", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            release(settings, "one", FIRST)
    release(settings, "one", FIRST)
    assert published(settings, "select publication_number, run_id from history.publication") == [(1, "one")]
    assert published(settings, "select count(*), count(distinct version) from published.kpi_reported") == [(65, 1)]
    assert published(settings, "select count(*) from history.kpi_scorecard") == [(5,)]
