"""The one writer of the warehouse, and read-only connections to a publication."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

# A progress bar would stand on standard output, within the JSON or CSV that a command prints there.
_SESSION = "set timezone = 'UTC'; set enable_progress_bar = false"
# What DuckDB says of a file whose content cannot be right.
_DAMAGED = ("not a valid DuckDB database", "Corrupt database", "Could not read enough bytes", "checksum")


@contextmanager
def writer(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that writes the warehouse; no other process can open the file meanwhile.

    Raises ConfigurationError when another process holds it, or when the file is no DuckDB database.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    connection = _open(settings.warehouse, read_only=False)
    try:
        connection.execute(_SESSION)
        yield connection
    finally:
        connection.close()


@contextmanager
def reader(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the DuckDB file at `path`. Raises ConfigurationError when it cannot be opened."""
    if not path.exists():
        raise ConfigurationError(f"{path}: there is no such database yet; run `kpi refresh` first")
    connection = _open_version(path)
    try:
        connection.execute(_SESSION)
        yield connection
    finally:
        connection.close()


@contextmanager
def publication_reader(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """`reader` for our own queries on a publication: one that lacks what they ask for is of another version.

    Raises ConfigurationError when it cannot be opened, and for such a version.
    """
    with reader(path) as connection:
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            lacking = str(error).splitlines()[0]
            raise ConfigurationError(
                f"{path}: was published by another version of this program ({lacking}); run `kpi refresh` once"
            ) from None


def _open_version(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the version that the link at `path` names, or to the file itself where it is none.

    A connection to the alias would be cached under the alias's name after a flip, so the version itself is opened. One
    that was flipped away from and removed in between is no error: the link names the next one by then.
    """
    while True:
        version = path.resolve()
        try:
            return _open(version, read_only=True)
        except ConfigurationError:
            if version.exists() or path.resolve() == version:
                raise


def _open(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        text = str(error)
        if "Conflicting lock" in text or "Could not set lock" in text:
            holder = text.split("Conflicting lock is held in ", 1)[-1].split(". ", 1)[0]
            raise ConfigurationError(
                f"{path}: locked by another process ({holder}); wait for its refresh to end, or stop it, then try again"
            ) from None
        if any(word in text for word in _DAMAGED):
            raise ConfigurationError(
                f"{path}: is damaged or no DuckDB database; put a backup in its place, or move it away and run "
                "`kpi refresh`, which then loads everything anew"
            ) from None
        raise ConfigurationError(
            f"{path}: cannot be opened: {text.splitlines()[0].removeprefix('IO Error: ')}; "
            "check that the path is a file which you may read and write"
        ) from None
