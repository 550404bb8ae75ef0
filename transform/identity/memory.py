"""Memory for work beside DuckDB, within the limit that DuckDB has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@contextmanager
def leaving(connection: duckdb.DuckDBPyConnection, size: int) -> Iterator[None]:
    """So many bytes fewer for DuckDB, but no less than half: its limit is meant for all that a build takes."""
    row = connection.execute("select current_setting('memory_limit')").fetchone()
    limit = str(row[0]) if row else ""
    number, unit = limit.split()
    most = int(float(number) * _UNITS[unit])
    connection.execute(f"set memory_limit = '{max(most - size, most // 2)}B'")
    try:
        yield
    finally:
        connection.execute(f"set memory_limit = '{limit}'")
