"""The proof that a person is gone: every byte of every file under KPI_HOME, and every text of every table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO
from urllib.parse import quote
from zipfile import BadZipFile, ZipFile

import duckdb

from warehouse.errors import ConfigurationError
from warehouse.renaming import DISTINCT_LENGTH, Names, find, sql_text
from warehouse.settings import Settings

_CHUNK = 64 * 2**20


@dataclass(frozen=True)
class Found:
    """A place that still holds the person: a file, or a column of a table in it."""

    path: Path
    place: str


@dataclass(frozen=True)
class ScanReport:
    """What was looked at, and where the person still is."""

    files: int
    bytes: int
    tables: int
    found: tuple[Found, ...]


def scan(settings: Settings, address: str | None, names: Names, tell: Callable[[str], None]) -> ScanReport:
    """Look for an address and for the old names in all files, and in the tables of all databases and Parquet files.

    Bytes alone would miss what DuckDB and Parquet compress, tables alone what a deleted row leaves in the file; of a
    workbook each sheet is looked through. An old name of fewer than nine characters stands for other things as well:
    it is looked for in columns of identifiers only.
    """
    words = _words(address, names)
    found: list[Found] = []
    files = size = tables = 0
    for path in sorted(settings.home.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        tell(str(path.relative_to(settings.home)))
        files += 1
        size += path.stat().st_size
        if _holds(path, words):
            found.append(Found(path, "its bytes"))
        if path.suffix in {".duckdb", ".parquet"}:
            number, columns = _tables(path, names, address)
            tables += number
            found += [Found(path, column) for column in columns]
    return ScanReport(files, size, tables, tuple(found))


def _words(address: str | None, names: Names) -> list[bytes]:
    words = [old for old in names.long() if len(old) >= DISTINCT_LENGTH]
    if address:
        plain = address.strip().lower()
        words += [plain, quote(plain, safe=""), plain.replace("@", "%40")]
    return [word.lower().encode() for word in dict.fromkeys(words)]


def _holds(path: Path, words: Iterable[bytes]) -> bool:
    """Whether one of the words is in the file, in capitals or not, also across two chunks."""
    words = list(words)
    longest = max(map(len, words), default=1)
    return any(word in chunk for chunk in _chunks(path, longest) for word in words)


def _chunks(path: Path, overlap: int) -> Iterator[bytes]:
    for opened in _contents(path):
        with opened as file:
            tail = b""
            while chunk := file.read(_CHUNK):
                yield (tail + chunk).lower()
                tail = chunk[-overlap:]


def _contents(path: Path) -> Iterator[IO[bytes]]:
    """The file; of a workbook, which is a compressed archive, each file in it."""
    if path.suffix != ".xlsx":
        yield path.open("rb")
        return
    try:
        with ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.open(name)
    except BadZipFile as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: cannot be read ({str(error).splitlines()[0]}); take it away if it is no longer needed, "
        "then run `kpi forget` again"
    )


def _tables(path: Path, names: Names, address: str | None) -> tuple[int, list[str]]:
    sought = names
    if address:
        sought = replace(names, everywhere={**names.everywhere, address.strip().lower(): ""})
    with duckdb.connect() as connection:
        try:
            if path.suffix == ".duckdb":
                connection.execute(f"attach {sql_text(str(path))} as held (read_only)")
            else:
                connection.execute("attach ':memory:' as held")
                connection.execute(f'create table held.main."file" as from read_parquet({sql_text(str(path))})')
        except duckdb.Error as error:
            raise _unreadable(path, error) from None
        number = connection.execute("select count(*) from duckdb_tables() where database_name = 'held'").fetchone()
        hits = find(connection, "held", sought)
    return int(number[0]) if number else 0, [f"{hit.schema}.{hit.table}.{hit.column}, {hit.rows} rows" for hit in hits]
