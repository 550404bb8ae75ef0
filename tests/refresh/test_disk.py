"""A disk that is full, or takes nothing: one line, nothing lost, and the next run goes on."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from cli.main import run as kpi
from tests.warehouse.small import build_warehouse
from tests.warehouse.test_history import FIRST, SECOND, published, release
from warehouse import disk
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings
from warehouse.versions import current_version, verify, versions


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB in memory, which ends with the test."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system of a given size")
    folder = tmp_path / "mounted"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False, text=True)
    if done.returncode:
        pytest.skip(f"this machine mounts nothing: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path, but: int) -> Iterator[None]:
    """All of the space taken but so many bytes."""
    left = os.statvfs(folder)
    filler = folder / "filler"
    with filler.open("wb") as sink:
        os.posix_fallocate(sink.fileno(), 0, left.f_bavail * left.f_frsize - but)
    yield
    filler.unlink()


@pytest.mark.parametrize("but", [40_000, 700_000, 2_000_000])
def test_a_full_disk_leaves_the_publication_and_the_next_one_is_whole(mounted: Path, but: int) -> None:
    settings = Settings(home=mounted / "home")
    settings.home.mkdir()
    build_warehouse(settings.warehouse)
    release(settings, "one", FIRST)
    before = versions(settings)
    with full(mounted, but), pytest.raises(ConfigurationError) as caught:
        disk.one_line(lambda plan: release(plan.settings, "two", SECOND))(SimpleNamespace(settings=settings))
    line = str(caught.value)
    assert line.startswith(f"{settings.home}: cannot be written: no space left on device (")
    assert "\n" not in line
    assert versions(settings) == before
    verify(settings.publication.resolve())
    release(settings, "two", SECOND)
    assert published(settings, "select run_id from history.publication order by 1") == [("one",), ("two",)]
    verify(settings.publication.resolve())


def test_a_disk_that_takes_nothing_is_one_line(
    mounted: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=mounted / "home")
    settings.home.mkdir()
    build_warehouse(settings.warehouse)
    release(settings, "one", FIRST)
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    monkeypatch.setenv("KPI_HOME", str(settings.home))
    for arguments in (["refresh"], ["publish"], ["publish", "--rollback"]):
        assert kpi(arguments) == 2
        said = capfd.readouterr().err
        assert "read-only file system" in said
        assert said.count("\n") == 1
    assert kpi(["publish", "--verify"]) == 0
    assert current_version(settings.publication) == "kpi.one.duckdb"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), "free some space"),
        (RuntimeError("model x does not run: IO Error: Read-only file system"), "mount it for writing"),
        (OSError(errno.EFBIG, "File too large"), "ulimit -f"),
    ],
)
def test_a_library_that_wraps_the_disk_is_seen_through(tmp_path: Path, error: Exception, words: str) -> None:
    wrapped = RuntimeError("a step failed")
    wrapped.__cause__ = error
    found = disk.told(tmp_path, wrapped)
    assert found
    assert words in str(found)
    assert disk.told(tmp_path, RuntimeError("something else")) is None
