"""Publication: an immutable, proved version of the numbers, and one atomic step that makes it the current one.

Readers open `serving/kpi.duckdb`, a relative link to the newest `serving/kpi.<run_id>.duckdb`. A version is built
beside it, proved on the built file, and only then named by the link; nothing that a reader holds ever changes.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from warehouse.errors import ConfigurationError
from warehouse.export import export
from warehouse.history import recorded
from warehouse.integrity import prove
from warehouse.materialise import materialise
from warehouse.settings import Settings

BUILDING = ".building."


@dataclass(frozen=True)
class Publication:
    """One published version: its file, its folder of exports, and what it says about itself."""

    run_id: str
    path: Path
    exports: Path
    published_at: datetime
    data_through: date | None
    checks_passed: int
    checks_total: int
    rows: dict[str, int]


def publish(
    settings: Settings,
    *,
    run_id: str,
    published_at: datetime,
    data_through: date | None,
    checks_passed: int,
    checks_total: int,
) -> Publication:
    """Publish the warehouse's schema `published`, the KPI tables and this run's check results as version `run_id`.

    It becomes the current one when it is complete (database, parquet, CSV) and proved; a process that dies before
    that leaves the former one in place. What it says is remembered in the warehouse (`warehouse.history`).
    Keeps the newest `settings.keep_publications` versions. `published_at` is aware; `data_through` is the newest day
    that every enabled source covers, None where unknown.

    Raises CheckFailed when the built file is not what it must be, ConfigurationError when another publication is
    under way, when the warehouse is missing or locked, or when `run_id` is the current version already.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", run_id):
        raise ConfigurationError(f"run_id = {run_id!r}: may hold letters, digits, '-' and '_' only")
    serving = settings.serving
    serving.mkdir(parents=True, exist_ok=True)
    version, exports = serving / f"kpi.{run_id}.duckdb", serving / run_id
    with only_one(serving):
        if current_version(settings.publication) == version.name:
            raise ConfigurationError(
                f"{version}: is published already and a version never changes; start a new run to publish again"
            )
        remove_leftovers(serving)
        building, building_exports = serving / f"{BUILDING}{run_id}.duckdb", serving / f"{BUILDING}{run_id}"
        header = (run_id, published_at, data_through, checks_passed, checks_total)
        with recorded(settings, header):
            rows = materialise(settings.warehouse, building, header)
            with duckdb.connect(str(building), read_only=True) as built:
                prove(built, rows, building)
                export(built, building_exports)
            seal(building, building_exports)
            if exports.exists():
                shutil.rmtree(exports)
            building_exports.rename(exports)
            building.replace(version)
            flip(settings.publication, version.name)
        _prune(settings)
    return Publication(run_id, version, exports, published_at, data_through, checks_passed, checks_total, rows)


def seal(database: Path, exports: Path) -> None:
    """Everything on disk for good, and read-only."""
    for path in (database, *sorted(exports.rglob("*.*"))):
        if path.is_file():
            path.chmod(0o444)
            _sync(path)
    for folder in (exports / "csv", exports, database.parent):
        _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flip(link: Path, target: str) -> None:
    """Point the link at the version of this name, in one step."""
    fresh = link.with_name(f"{BUILDING}{link.name}")
    fresh.symlink_to(target)
    fresh.replace(link)
    _sync(link.parent)


def current_version(link: Path) -> str | None:
    """The name of the version that the link names; None where there is no publication yet."""
    return link.readlink().name if link.is_symlink() else None


def _prune(settings: Settings) -> None:
    versions = sorted(settings.serving.glob("kpi.*.duckdb"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    current = current_version(settings.publication)
    others = [path for path in versions if path.name != current and not path.is_symlink()]
    for old in others[settings.keep_publications - 1 :]:
        old.unlink()
        shutil.rmtree(settings.serving / old.name.removeprefix("kpi.").removesuffix(".duckdb"), ignore_errors=True)


def remove_leftovers(serving: Path) -> None:
    """What a run that was killed left behind: half-built files, and exports whose version never came to be."""
    for path in serving.iterdir():
        orphan = path.is_dir() and not (serving / f"kpi.{path.name}.duckdb").exists()
        if path.name.startswith(BUILDING) and not path.is_dir():
            path.unlink()
        elif orphan:
            shutil.rmtree(path)


@contextmanager
def only_one(serving: Path) -> Iterator[None]:
    """Hold the publications' lock. Raises ConfigurationError when another process writes them."""
    lock = serving / ".publish.lock"
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"{serving}: another publication is under way; wait for it to end, then try again"
            ) from None
        yield
