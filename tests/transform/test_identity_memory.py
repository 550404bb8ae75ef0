"""What identity does beside DuckDB has its memory within DuckDB's limit."""

from __future__ import annotations

import duckdb
import pytest

from transform.identity.memory import leaving


@pytest.mark.parametrize(
    ("size", "left"),
    [(0, "1.0 GiB"), (256 * 2**20, "768.0 MiB"), (10 * 2**30, "512.0 MiB")],
    ids=["nothing", "a quarter", "no less than half"],
)
def test_duckdb_leaves_room_and_gets_it_back(size: int, left: str) -> None:
    with duckdb.connect(config={"memory_limit": "1GiB"}) as connection:
        with leaving(connection, size):
            assert _limit(connection) == left
        assert _limit(connection) == "1.0 GiB"


def test_the_limit_comes_back_after_an_error() -> None:
    with duckdb.connect(config={"memory_limit": "1GiB"}) as connection:
        with pytest.raises(ZeroDivisionError), leaving(connection, 512 * 2**20):
            raise ZeroDivisionError
        assert _limit(connection) == "1.0 GiB"


def _limit(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("select current_setting('memory_limit')").fetchone()
    return str(row[0]) if row else ""
