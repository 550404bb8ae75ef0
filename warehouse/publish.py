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
from warehouse.integrity import KEYS, prove
from warehouse.layout import CATALOG, MARTS, OPS, PUBLISHED, SEMANTIC
from warehouse.settings import Settings

KPI_TABLES = ("kpi_values", "kpi_scorecard", "dim_kpi")
# Clients of DuckDB 1.x and the drivers of BI tools read this format; the newest one they do not.
STORAGE_VERSION = "v1.0.0"
_BUILDING = ".building."
# Types that some driver of a BI tool cannot read, and the plain type that takes their place.
_PLAIN_TYPES = {
    "HUGEINT": "BIGINT",
    "UHUGEINT": "BIGINT",
    "UBIGINT": "BIGINT",
    "UINTEGER": "BIGINT",
    "USMALLINT": "INTEGER",
    "UTINYINT": "INTEGER",
    "FLOAT": "DOUBLE",
    "UUID": "VARCHAR",
    "JSON": "VARCHAR",
    "INTERVAL": "VARCHAR",
}


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
    that leaves the former one in place. Keeps the newest `settings.keep_publications` versions.
    `published_at` is aware; `data_through` is the newest day that every enabled source covers, None where unknown.

    Raises CheckFailed when the built file is not what it must be, ConfigurationError when another publication is
    under way, when the warehouse is missing or locked, or when `run_id` is the current version already.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", run_id):
        raise ConfigurationError(f"run_id = {run_id!r}: may hold letters, digits, '-' and '_' only")
    serving = settings.serving
    serving.mkdir(parents=True, exist_ok=True)
    version, exports = serving / f"kpi.{run_id}.duckdb", serving / run_id
    with _only_one(serving):
        if _current(settings.publication) == version.name:
            raise ConfigurationError(
                f"{version}: is published already and a version never changes; start a new run to publish again"
            )
        _remove_leftovers(serving)
        building, building_exports = serving / f"{_BUILDING}{run_id}.duckdb", serving / f"{_BUILDING}{run_id}"
        header = (run_id, published_at, data_through, checks_passed, checks_total)
        rows = _build(settings.warehouse, building, header)
        with duckdb.connect(str(building), read_only=True) as built:
            prove(built, rows, building)
            export(built, building_exports)
        _seal(building, building_exports)
        if exports.exists():
            shutil.rmtree(exports)
        building_exports.rename(exports)
        building.replace(version)
        _flip(settings.publication, version.name)
        _prune(settings)
    return Publication(run_id, version, exports, published_at, data_through, checks_passed, checks_total, rows)


def _build(warehouse: Path, target: Path, header: tuple[str, datetime, date | None, int, int]) -> dict[str, int]:
    """Copy the tables into a new file at `target`; the rows that each table of the warehouse has, by table."""
    if not warehouse.exists():
        raise ConfigurationError(f"{warehouse}: there is no warehouse yet; run `kpi refresh` first")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        try:
            # dbt's views name the catalogue, so the file is attached under that very name.
            connection.execute(f"attach '{_quoted(warehouse)}' as {CATALOG} (read_only)")
        except duckdb.Error as error:
            raise ConfigurationError(
                f"{warehouse}: cannot be read while another connection holds it: {_line(error)}; "
                "wait for that run to end, then try again"
            ) from None
        connection.execute(f"attach '{_quoted(target)}' as target (storage_version '{STORAGE_VERSION}')")
        connection.execute(f"create schema target.{PUBLISHED}")
        relations = _relations(connection)
        missing = sorted(set(KEYS) - {table for _, table in relations} - {"publication"})
        if missing:
            raise ConfigurationError(
                f"{warehouse}: {', '.join(missing)} missing; run `kpi refresh` to build every table, then publish"
            )
        rows = {table: _copy(connection, schema, table) for schema, table in relations}
        if _has_check_results(connection):
            own = f"where run_id = '{header[0]}'"
            rows["check_results"] = _copy(connection, OPS, "check_results", own)
        connection.execute(
            f"create table target.{PUBLISHED}.publication (run_id varchar, published_at timestamptz, "
            "data_through date, checks_passed bigint, checks_total bigint)"
        )
        connection.execute(f"insert into target.{PUBLISHED}.publication values (?, ?, ?, ?, ?)", list(header))
        connection.execute("checkpoint target")
        connection.execute("detach target")
    return rows | {"publication": 1}


def _relations(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    # The names stand in the text: for a list as a parameter, DuckDB's client imports pandas, which takes seconds.
    kpi_tables = ", ".join(f"'{table}'" for table in KPI_TABLES)
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = ? "
        f"and (table_schema = ? or (table_schema = ? and table_name in ({kpi_tables}))) order by all",
        [CATALOG, PUBLISHED, SEMANTIC],
    ).fetchall()
    return [(schema, table) for schema, table in found]


def _has_check_results(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "select 1 from information_schema.tables "
        "where table_catalog = ? and table_schema = ? and table_name = 'check_results'",
        [CATALOG, OPS],
    ).fetchone()
    return found is not None


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, table: str, condition: str = "") -> int:
    relation, target = f'{CATALOG}.{schema}."{table}"', f'target.{PUBLISHED}."{table}"'
    columns = connection.execute(f"describe {relation}").fetchall()
    selected = ", ".join(f'cast("{name}" as {_plain(kind)}) as "{name}"' for name, kind, *_ in columns)
    order = ", ".join(f'"{column}" nulls last' for column in KEYS.get(table, ())) or "all"
    try:
        connection.execute(f"create table {target} as select {selected} from {relation} {condition} order by {order}")
    except duckdb.Error as error:
        raise ConfigurationError(f"{schema}.{table}: cannot be published: {_line(error)}") from None
    for name, comment in _comments(connection, schema, table).items():
        subject = f'column {target}."{name}"' if name else f"table {target}"
        connection.execute(f"comment on {subject} is '{comment.replace(chr(39), chr(39) * 2)}'")
    counted = connection.execute(f"select count(*) from {relation} {condition}").fetchone()
    return int(counted[0]) if counted else 0


def _comments(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    """Comments by column, '' for the table itself; a view without any has those of the mart of its name."""
    found: dict[str, str] = {}
    for source in (MARTS, schema):
        place = [CATALOG, source, table]
        condition = "database_name = ? and schema_name = ? and comment is not null"
        found |= dict(
            connection.execute(
                f"select '', comment from duckdb_tables() where {condition} and table_name = ? "
                f"union all select '', comment from duckdb_views() where {condition} and view_name = ? "
                f"union all select column_name, comment from duckdb_columns() where {condition} and table_name = ?",
                place * 3,
            ).fetchall()
        )
    target = connection.execute(
        "select column_name from duckdb_columns() where database_name = 'target' and table_name = ?", [table]
    ).fetchall()
    known = {"", *(name for (name,) in target)}
    return {name: comment for name, comment in found.items() if name in known and comment}


def _plain(kind: str) -> str:
    if kind.startswith("ENUM") or kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return "VARCHAR"
    return _PLAIN_TYPES.get(kind, kind)


def _seal(database: Path, exports: Path) -> None:
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


def _flip(link: Path, target: str) -> None:
    fresh = link.with_name(f"{_BUILDING}{link.name}")
    fresh.symlink_to(target)
    fresh.replace(link)
    _sync(link.parent)


def _current(link: Path) -> str | None:
    return link.readlink().name if link.is_symlink() else None


def _prune(settings: Settings) -> None:
    versions = sorted(settings.serving.glob("kpi.*.duckdb"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    current = _current(settings.publication)
    others = [path for path in versions if path.name != current and not path.is_symlink()]
    for old in others[settings.keep_publications - 1 :]:
        old.unlink()
        shutil.rmtree(settings.serving / old.name.removeprefix("kpi.").removesuffix(".duckdb"), ignore_errors=True)


def _remove_leftovers(serving: Path) -> None:
    """What a run that was killed left behind: half-built files, and exports whose version never came to be."""
    for path in serving.iterdir():
        orphan = path.is_dir() and not (serving / f"kpi.{path.name}.duckdb").exists()
        if path.name.startswith(_BUILDING) and not path.is_dir():
            path.unlink()
        elif orphan:
            shutil.rmtree(path)


@contextmanager
def _only_one(serving: Path) -> Iterator[None]:
    lock = serving / ".publish.lock"
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"{serving}: another publication is under way; wait for it to end, then try again"
            ) from None
        yield


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _line(error: Exception) -> str:
    return str(error).splitlines()[0]
