"""kill -9 just before any of the things that a publication does to files: readers have a whole version all the time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest

from tests.soak.whole import published_runs, unreadable
from tests.warehouse.small import build_warehouse
from warehouse.publish import publish
from warehouse.settings import Settings
from warehouse.versions import current_version, run_id_of, verify, versions

FIRST = datetime(2026, 11, 23, 8, tzinfo=UTC)
RANDOM_POINTS = 2
# Counted from the end: the flip is among the last things, and what it makes superfluous goes after it.
_LAST_POINTS = (0, 1, 3)
_PUBLISH = """
import os, signal, sys
from datetime import date, datetime, timedelta
from pathlib import Path
import duckdb
from warehouse.publish import publish
from warehouse.settings import Settings

home, number, point = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
done = ["os.rename", "os.remove", "os.symlink", "os.chmod", "os.mkdir", "os.rmdir", "shutil.rmtree"]
seen = 0

def hook(event, args):
    global seen
    if event in done or event == "open" and isinstance(args[1], str) and args[1][:1] in "wax":
        seen += 1
        if seen == point:
            os.kill(os.getpid(), signal.SIGKILL)

with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
    connection.execute(f"update semantic.kpi_scorecard set run_id = 'run-{number}'")
sys.addaudithook(hook)
publish(Settings(home=home), run_id=f"run-{number}", published_at=datetime.fromisoformat("2026-11-23T08:00:00+00:00")
        + timedelta(hours=number), data_through=date(2026, 11, 22), checks_passed=1, checks_total=1)
print(seen)
"""


def test_all_of_a_version_is_on_disk_before_the_link_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut after the flip would else leave a link to a file without its content."""
    settings, done = Settings(home=tmp_path), list[tuple[str, object]]()
    build_warehouse(settings.warehouse)
    fsync, replace, rename = os.fsync, Path.replace, Path.rename

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        done.append(("synced", os.fstat(descriptor).st_ino))

    def replaced(path: Path, target: Path) -> Path:
        done.append(("named", target.name))
        return replace(path, target)

    def renamed(path: Path, target: Path) -> Path:
        done.append(("named", target.name))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(Path, "rename", renamed)
    made = publish(settings, run_id="one", published_at=FIRST, data_through=None, checks_passed=1, checks_total=1)
    before = done[: done.index(("named", settings.publication.name))]
    files = [made.path, made.exports, *made.exports.rglob("*")]
    assert len(files) > 50
    assert [path for path in files if ("synced", path.stat().st_ino) not in before] == []
    # the names of the database and the folder too
    last_name = max(place for place, (what, _) in enumerate(before) if what == "named")
    assert ("synced", settings.serving.stat().st_ino) in before[last_name:]
    assert done[-1] == ("synced", settings.serving.stat().st_ino)


def attempt(home: Path, number: int, point: int = 0) -> subprocess.CompletedProcess[str]:
    """Publish run `number` in a process of its own, which dies before it does the thing `point`."""
    command = [sys.executable, "-c", _PUBLISH, str(home), str(number), str(point)]
    return subprocess.run(command, capture_output=True, check=False, text=True, timeout=300)


def test_a_publication_that_is_killed_anywhere_leaves_whole_versions_and_what_readers_got(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    build_warehouse(settings.warehouse)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("update semantic.kpi_scorecard set run_id = 'run-0'")
    first = attempt(tmp_path, 0)
    assert first.returncode == 0, first.stderr
    things = int(first.stdout)
    assert things > 20
    rng, got = Random(4), {"run-0"}
    points = [things - back for back in _LAST_POINTS] + [rng.randint(1, things) for _ in range(RANDOM_POINTS)]
    for number, point in enumerate(points, 1):
        killed = attempt(tmp_path, number, point)
        assert killed.returncode == -signal.SIGKILL, (point, killed.stderr)
        assert unreadable(tmp_path) == "", point
        for version in versions(settings):
            verify(version)
        got.add(run_id_of(current_version(settings.publication) or ""))
    assert len(got) > 1
    publish(
        settings,
        run_id="last",
        published_at=FIRST + timedelta(days=1),
        data_through=date(2026, 11, 22),
        checks_passed=1,
        checks_total=1,
    )
    assert published_runs(tmp_path) == {*got, "last"}
    assert sorted(path.name for path in settings.serving.iterdir() if path.name.startswith(".building")) == []
