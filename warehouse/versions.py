"""The kept versions of the publication: how one becomes the current one, how long it is kept, and the way back."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.connection import reader
from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.layout import PUBLISHED
from warehouse.manifest import differences
from warehouse.settings import Settings

BUILDING = ".building."
# A link to the folder of the current version's files, for tools that want an address that stays.
LATEST = "latest"
# The versions that were left for another one, for as long as nobody has confirmed that they were published.
_LEFT = ".left"
_REISSUED = re.compile(r"-e\d+$")


def versions(settings: Settings) -> list[Path]:
    """The database files of the kept publications, oldest first."""
    found = [path for path in settings.serving.glob("kpi.*.duckdb") if not path.is_symlink()]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def run_id_of(version: Path | str) -> str:
    """The run that a version's file `kpi.<run_id>.duckdb` is named after."""
    return Path(version).name.removeprefix("kpi.").removesuffix(".duckdb")


def exports_of(version: Path) -> Path:
    """The folder of a version's files: Parquet, CSV, the workbook and the manifest."""
    return version.with_name(run_id_of(version))


def current_version(link: Path) -> str | None:
    """The name of the version that the link names; None where there is no publication yet."""
    return link.readlink().name if link.is_symlink() else None


def rollback(settings: Settings, run_id: str | None = None) -> Path:
    """Make a kept version the current one again, by default the newest that is older than the current one.

    The version is held against its manifest before. The one that was current stays, and so does the warehouse: the
    next refresh publishes from there. Returns the version's file.

    Raises ConfigurationError when there is no such version or another publication is under way, CheckFailed when the
    version is no longer what was published; the current one then stays.
    """
    if not settings.publication.is_symlink():
        raise ConfigurationError(f"{settings.publication}: there is no publication yet; run `kpi refresh` first")
    with only_one(settings.serving):
        kept, current = versions(settings), current_version(settings.publication)
        names = [path.name for path in kept]
        if run_id is None:
            older = kept[: names.index(current)] if current in names else []
            if not older:
                raise ConfigurationError(
                    f"{settings.serving}: holds no version that is older than {current}; "
                    "keep_publications says how many are kept"
                )
            version = older[-1]
        elif (name := f"kpi.{run_id}.duckdb") not in names:
            listed = ", ".join(run_id_of(name) for name in names)
            raise ConfigurationError(f"--rollback {run_id}: no version of this run is kept; kept are {listed}")
        elif name == current:
            raise ConfigurationError(f"--rollback {run_id}: is the current version already")
        else:
            version = settings.serving / name
        verify(version)
        if current:
            _note_left(settings.serving, current)
        flip(settings.publication, version.name)
    return version


def newer_version(settings: Settings) -> str | None:
    """The run of the newest kept version where a rollback made an older one the current one; else None."""
    names = [path.name for path in versions(settings)]
    current = current_version(settings.publication)
    return run_id_of(names[-1]) if current in names[:-1] else None


def published_runs(settings: Settings) -> set[str]:
    """The runs whose versions readers have got: that of the link, and those that a rollback left since `settled`.

    The names alone say so, because a version may be damaged later.
    """
    names = [current_version(settings.publication) or ""]
    noted = settings.serving / _LEFT
    if noted.exists():
        names += noted.read_text(encoding="utf-8").splitlines()
    runs = {run_id_of(name) for name in names if name}
    # what was written anew for `kpi forget` is of the run all the same
    return runs | {_REISSUED.sub("", run_id) for run_id in runs}


def settled(settings: Settings, never_current: Iterable[str]) -> None:
    """It is on record which versions were published: those of the runs `never_current`, which no reader got, go."""
    (settings.serving / _LEFT).unlink(missing_ok=True)
    for run_id in never_current:
        version = settings.serving / f"kpi.{run_id}.duckdb"
        version.unlink(missing_ok=True)
        shutil.rmtree(exports_of(version), ignore_errors=True)


def _note_left(serving: Path, name: str) -> None:
    with (serving / _LEFT).open("a", encoding="utf-8") as sink:
        sink.write(f"{name}\n")
        sink.flush()
        os.fsync(sink.fileno())


def verify(version: Path) -> None:
    """Hold a version and its files against their manifest, and read what the database says that it is.

    A version of a program that wrote no manifest is only read. Raises CheckFailed that names the first difference.
    """
    found = differences(version, exports_of(version))
    if found:
        raise CheckFailed(f"{version.name}: {found[0]}; it is not what was published, use another version")
    with reader(version) as connection:
        rows = connection.execute(f"select run_id from {PUBLISHED}.publication").fetchall()
    # what was written anew for `kpi forget` has a number behind the run's id
    if len(rows) != 1 or not run_id_of(version).startswith(str(rows[0][0])):
        raise CheckFailed(f"{version.name}: says that it is of another run; use another version")


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
    """Point the link at the version of this name, in one step, with everything that it leads to on disk before.

    Then `latest` beside it is pointed at the version's files: for that moment it has the former ones, whole as well.
    """
    _sync(link.parent)
    _point(link, target)
    _point(link.with_name(LATEST), run_id_of(target))
    _sync(link.parent)


def _point(link: Path, target: str) -> None:
    fresh = link.with_name(f"{BUILDING}{link.name}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def prune(settings: Settings) -> None:
    """Remove all but the newest `keep_publications` versions; the current one is among those that stay."""
    current = current_version(settings.publication)
    others = [path for path in reversed(versions(settings)) if path.name != current]
    for old in others[settings.keep_publications - 1 :]:
        old.unlink()
        shutil.rmtree(exports_of(old), ignore_errors=True)


def remove_leftovers(serving: Path) -> None:
    """What a run that was killed left behind: half-built files, and exports whose version never came to be."""
    for path in serving.iterdir():
        is_folder = path.is_dir() and not path.is_symlink()
        orphan = is_folder and not (serving / f"kpi.{path.name}.duckdb").exists()
        if path.name.startswith(BUILDING) and not is_folder:
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
