"""Publication: an immutable, proved version of the numbers, and one atomic step that makes it the current one.

Readers open `serving/kpi.duckdb`, a relative link to the newest `serving/kpi.<run_id>.duckdb`. A version is built
beside it, proved on the built file, and only then named by the link; nothing that a reader holds ever changes.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from warehouse.carried import Hold
from warehouse.errors import ConfigurationError
from warehouse.export import export
from warehouse.history import recorded
from warehouse.integrity import prove, prove_exports
from warehouse.manifest import write_manifest
from warehouse.materialise import materialise
from warehouse.settings import Settings
from warehouse.versions import BUILDING, current_version, flip, only_one, prune, remove_leftovers, seal

NOTHING_HELD: Mapping[str, Hold] = {}


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
    held: Mapping[str, Hold] = NOTHING_HELD,
) -> Publication:
    """Publish the warehouse's schema `published`, the KPI tables and this run's check results as version `run_id`.

    It becomes the current one when it is complete (database, Parquet, CSV, workbook, manifest) and proved; a process
    that dies before leaves the former one in place. What it says is remembered in the warehouse (`warehouse.history`).
    Keeps the newest `settings.keep_publications` versions. `published_at` is aware; `data_through` is the newest day
    that every enabled source covers, None where unknown. Tables that are `held` keep the rows of the current version.

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
            rows = materialise(settings.warehouse, building, header, held, settings.publication)
            with duckdb.connect(str(building), read_only=True) as built:
                prove(built, rows, building)
                export(built, building_exports)
                prove_exports(built, rows, building_exports)
                write_manifest(built, building, version.name, building_exports)
            seal(building, building_exports)
            if exports.exists():
                shutil.rmtree(exports)
            building_exports.rename(exports)
            building.replace(version)
            flip(settings.publication, version.name)
        prune(settings)
    return Publication(run_id, version, exports, published_at, data_through, checks_passed, checks_total, rows)
