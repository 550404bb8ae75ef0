"""What is kept of the publications, what their manifests say, and the way back to one."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from cli.main import run
from tests.warehouse.small import AS_OF, build_warehouse
from warehouse.connection import reader
from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.integrity import prove_exports
from warehouse.publish import publish
from warehouse.settings import Settings
from warehouse.versions import rollback, verify, versions


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Three versions, run-1 to run-3: 1, 2 and 3 clicks a day. Read only; `home` has a copy."""
    settings = Settings(home=tmp_path_factory.mktemp("versions") / "home")
    build_warehouse(settings.warehouse)
    for number in (1, 2, 3):
        with duckdb.connect(str(settings.warehouse)) as connection:
            connection.execute(f"update marts.channel_daily set clicks = {number}")
        publish(
            settings,
            run_id=f"run-{number}",
            published_at=AS_OF + timedelta(hours=number),
            data_through=date(2026, 11, 22),
            checks_passed=9,
            checks_total=10,
        )
    return settings


@pytest.fixture
def home(kept: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    # copytree keeps the times, which tell the versions' order
    shutil.copytree(kept.home, tmp_path / "home", symlinks=True)
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


def clicks(settings: Settings) -> tuple[str, int]:
    with reader(settings.publication) as connection:
        row = connection.execute(
            "select (select run_id from published.publication), max(clicks) from published.channel_daily"
        ).fetchone()
    assert row
    return row[0], row[1]


def test_the_manifest_says_what_a_version_is(kept: Settings) -> None:
    folder = kept.serving / "run-3"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["run_id"] == "run-3"
    assert datetime.fromisoformat(manifest["published_at"]) == datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert (manifest["data_through"], manifest["checks_passed"], manifest["checks_total"]) == ("2026-11-22", 9, 10)
    database = kept.serving / manifest["database"]["file"]
    assert database.name == "kpi.run-3.duckdb"
    assert manifest["database"]["sha256"] == hashlib.sha256(database.read_bytes()).hexdigest()
    assert manifest["tables"]["funnel"]["rows"] == 24
    assert manifest["tables"]["channel_daily"]["columns"]["clicks"] == "BIGINT"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.name != "manifest.json"}
    assert set(manifest["files"]) == files
    assert {"kpi.xlsx", "funnel.parquet", "csv/funnel.csv"} <= files
    content = (folder / "csv" / "funnel.csv").read_bytes()
    assert manifest["files"]["csv/funnel.csv"] == {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_back_to_the_version_before_and_on_again(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with reader(home.publication) as held:
        assert run(["publish", "--rollback"]) == 0
        # a reader that was connected before has its version to the end
        assert held.execute("select run_id from published.publication").fetchone() == ("run-3",)
    assert clicks(home) == ("run-2", 2)
    assert (home.dashboards / "index.html").resolve() == home.dashboards / "run-2" / "index.html"
    said = capsys.readouterr().out
    assert "kpi.run-2.duckdb is current again: published 2026-11-23 10:00 UTC, data through 2026-11-22" in said
    assert "kpi.run-3.duckdb is kept" in said
    assert run(["status"]) == 0
    assert "a rollback holds: run-3 is newer and kept" in capsys.readouterr().out
    assert run(["publish", "--rollback"]) == 0
    assert clicks(home) == ("run-1", 1)
    assert run(["publish", "--rollback"]) == 2
    assert "holds no version that is older than kpi.run-1.duckdb" in capsys.readouterr().err
    assert run(["publish", "--rollback", "run-3"]) == 0
    assert clicks(home) == ("run-3", 3)
    assert run(["status"]) == 0
    assert "a rollback holds" not in capsys.readouterr().out
    assert len(versions(home)) == 3


def test_a_way_back_does_not_change_how_long_a_version_is_kept(home: Settings) -> None:
    rollback(home, "run-1")
    publish(home, run_id="run-4", published_at=AS_OF, data_through=None, checks_passed=1, checks_total=1)
    assert clicks(home) == ("run-4", 3)
    assert [path.name for path in versions(home)] == ["kpi.run-2.duckdb", "kpi.run-3.duckdb", "kpi.run-4.duckdb"]


def test_there_is_no_way_back_to_what_is_no_longer_what_was_published(
    home: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    table = home.serving / "run-2" / "csv" / "funnel.csv"
    table.chmod(0o644)
    table.write_bytes(table.read_bytes().replace(b"visitors", b"visitorz"))
    with pytest.raises(CheckFailed, match=r"kpi\.run-2\.duckdb: funnel\.csv has another content than the manifest"):
        rollback(home)
    assert clicks(home) == ("run-3", 3)
    assert run(["publish", "--verify"]) == 1
    told = capsys.readouterr()
    assert "ok      kpi.run-1.duckdb\n" in told.out
    assert "FAILED  kpi.run-2.duckdb: " in told.out
    assert "ok      kpi.run-3.duckdb (current)" in told.out
    assert "1 of 3 versions are not what was published" in told.err
    (home.serving / "run-1" / "kpi.xlsx").unlink()
    with pytest.raises(CheckFailed, match=r"kpi\.xlsx is missing"):
        verify(home.serving / "kpi.run-1.duckdb")
    database = home.serving / "kpi.run-1.duckdb"
    database.chmod(0o644)
    database.write_bytes(database.read_bytes()[:-10])
    with pytest.raises(CheckFailed, match=r"kpi\.run-1\.duckdb has \d+ bytes, the manifest"):
        verify(database)


def test_a_version_without_a_manifest_is_read(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """One that an older program published."""
    for path in (home.serving / "run-2").rglob("*.*"):
        path.unlink()
    assert run(["publish", "--verify"]) == 0
    assert "kpi.run-2.duckdb: can be read; it has no manifest" in capsys.readouterr().out
    (home.serving / "kpi.run-2.duckdb").rename(home.serving / "kpi.run-9.duckdb")
    with pytest.raises(CheckFailed, match="says that it is of another run"):
        rollback(home, "run-9")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--rollback", "run-7"], "--rollback run-7: no version of this run is kept; kept are run-1, run-2, run-3"),
        (["--rollback", "run-3"], "--rollback run-3: is the current version already"),
        (["--rollback", "--verify"], "ask for one of them"),
    ],
)
def test_a_mistake_is_one_line(
    home: Settings, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert run(["publish", *arguments]) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1


def test_without_a_publication_there_is_no_way_back(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no publication yet"):
        rollback(Settings(home=tmp_path))


def test_exports_that_lack_rows_are_refused_before_the_flip(kept: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    (folder / "csv").mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as n) to '{folder}/funnel.parquet'")
        (folder / "csv" / "funnel.csv").touch()
        prove_exports(connection, {"funnel": 1}, folder)
        with pytest.raises(CheckFailed, match="table funnel has 1 rows, the database 2; nothing was published"):
            prove_exports(connection, {"funnel": 2}, folder)
        with pytest.raises(CheckFailed, match=r"dim_kpi\.parquet: table dim_kpi was not exported"):
            prove_exports(connection, {"dim_kpi": 1}, folder)
