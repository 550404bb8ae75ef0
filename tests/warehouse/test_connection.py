"""A file that cannot be opened is explained by what is wrong with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from warehouse.connection import publication_reader, reader
from warehouse.errors import ConfigurationError


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "kpi.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table numbers as select range as n from range(1000000)")
    return path


@pytest.mark.parametrize(("offset", "length"), [(0, 65_536), (262_144, 3_000_000)])
def test_a_damaged_file_is_not_taken_for_a_locked_one(database: Path, offset: int, length: int) -> None:
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xa5" * min(length, size - offset))
    with pytest.raises(ConfigurationError) as caught, reader(database):
        pass
    assert "is damaged or no DuckDB database" in str(caught.value)
    assert "locked" not in str(caught.value)


def test_a_locked_file_names_who_holds_it(database: Path) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ConfigurationError, match=rf"locked by another process \(.*{holder.pid}"), reader(database):
            pass
    finally:
        holder.communicate()


def test_a_publication_of_another_version_is_named_with_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "kpi.duckdb"
    duckdb.connect(str(path)).close()
    with (
        pytest.raises(ConfigurationError, match=r"kpi\.duckdb: was published by another version.*`kpi refresh` once"),
        publication_reader(path) as connection,
    ):
        connection.execute("from published.dim_business")


def test_a_version_that_goes_while_it_is_opened_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link is flipped, and the version removed, between looking where the link leads and opening the file."""
    link = tmp_path / "kpi.duckdb"
    for number in (1, 2):
        with duckdb.connect(str(tmp_path / f"kpi.{number}.duckdb")) as connection:
            connection.execute(f"create table number as select {number} as n")
    link.symlink_to("kpi.1.duckdb")
    resolve = Path.resolve

    def flipped_meanwhile(path: Path, strict: bool = False) -> Path:
        found = resolve(path, strict)
        if path == link and found.name == "kpi.1.duckdb":
            link.unlink()
            link.symlink_to("kpi.2.duckdb")
            found.unlink()
        return found

    monkeypatch.setattr(Path, "resolve", flipped_meanwhile)
    with reader(link) as connection:
        assert connection.execute("select n from number").fetchone() == (2,)


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "kpi.duckdb").symlink_to("kpi.gone.duckdb")
    with pytest.raises(ConfigurationError, match="there is no such database yet"), reader(tmp_path / "kpi.duckdb"):
        pass
