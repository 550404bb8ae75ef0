"""Kept publications anew, with other names in place of a person's identifiers.

A version never changes under a reader: each is written as a new file beside the old one, the link is flipped to it
where the old one was the current one, and only then the old one goes. Whoever has it open reads it to the end.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from warehouse.errors import CheckFailed
from warehouse.export import export
from warehouse.integrity import prove_exports
from warehouse.layout import PUBLISHED
from warehouse.manifest import write_manifest
from warehouse.materialise import STORAGE_VERSION
from warehouse.renaming import Names, copy, find, rename
from warehouse.settings import Settings
from warehouse.versions import (
    BUILDING,
    current_version,
    exports_of,
    flip,
    only_one,
    remove_leftovers,
    run_id_of,
    seal,
    versions,
)

_REISSUED = re.compile(r"-e(\d+)$")


def reissue(settings: Settings, names: Names, tell: Callable[[str], None]) -> int:
    """Write every kept version anew in which one of the names stands; `tell` hears of each. Returns their number.

    A process that dies in between leaves every version whole, the old one or the new one, and a later call goes on.
    Raises CheckFailed when a new version does not hold the rows of the old one.
    """
    if not settings.serving.exists():
        return 0
    number = 0
    with only_one(settings.serving):
        remove_leftovers(settings.serving)
        for path in versions(settings):
            # what a call that died had written whole
            if (fresh := _fresh(path)).exists():
                _replace(settings, path, fresh)
        for path in versions(settings):
            tell(path.name)
            with duckdb.connect(str(path), read_only=True) as connection:
                hits = find(connection, _catalog(connection), names)
            if hits:
                _reissue(settings, path, names)
                number += 1
    return number


def _fresh(path: Path) -> Path:
    """The file of the version that takes the place of the one at `path`."""
    run_id = run_id_of(path)
    earlier = _REISSUED.search(run_id)
    return path.with_name(f"kpi.{_REISSUED.sub('', run_id)}-e{int(earlier[1]) + 1 if earlier else 1}.duckdb")


def _reissue(settings: Settings, path: Path, names: Names) -> None:
    version, serving = _fresh(path), settings.serving
    fresh_id = run_id_of(version)
    draft, building = serving / f"{BUILDING}draft.duckdb", serving / f"{BUILDING}{fresh_id}.duckdb"
    building_exports, exports = serving / f"{BUILDING}{fresh_id}", serving / fresh_id
    shutil.copyfile(path, draft)
    with duckdb.connect(str(draft)) as connection:
        connection.execute("set timezone = 'UTC'")
        rename(connection, _catalog(connection), find(connection, _catalog(connection), names))
        before = _rows(connection)
    copy(draft, building, catalog="kpi", storage_version=STORAGE_VERSION)
    draft.unlink()
    with duckdb.connect(str(building), read_only=True) as connection:
        if _rows(connection) != before:
            raise CheckFailed(f"{path.name}: could not be written anew with all of its rows; run the command again")
        export(connection, building_exports)
        prove_exports(connection, before, building_exports)
        write_manifest(connection, building, version.name, building_exports)
    seal(building, building_exports)
    if exports.exists():
        shutil.rmtree(exports)
    building_exports.rename(exports)
    # of the age of the old one: it goes when the old one would have gone
    stat = path.stat()
    os.utime(building, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    building.replace(version)
    _replace(settings, path, version)


def _replace(settings: Settings, old: Path, fresh: Path) -> None:
    if current_version(settings.publication) == old.name:
        flip(settings.publication, fresh.name)
    old.unlink()
    shutil.rmtree(exports_of(old), ignore_errors=True)


def _rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    tables = connection.execute("select table_name from duckdb_tables() where schema_name = ?", [PUBLISHED]).fetchall()
    found = {}
    for (table,) in tables:
        row = connection.execute(f'select count(*) from {PUBLISHED}."{table}"').fetchone()
        found[table] = int(row[0]) if row else 0
    return found


def _catalog(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("select current_database()").fetchone()
    return str(row[0]) if row else ""
