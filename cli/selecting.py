"""One SELECT on the publication, held to limits of time and memory, with every mistake told in one line."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from warehouse.settings import Settings

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Limits:
    """What a query may take: seconds, and memory as DuckDB writes it."""

    seconds: int = 60
    memory: str = "2GB"


def limits(settings: Settings, seconds: int | None, memory: str | None) -> Limits:
    """The limits of `[sql]`, or those given. Raises ConfigurationError for a size that is none."""
    from pydantic import ValidationError

    from warehouse.querying import Queries

    if memory is not None:
        try:
            Queries(memory_limit=memory)
        except ValidationError:
            raise ConfigurationError(f"--memory {memory}: is no size; write one such as 500MB or 2GB") from None
    return Limits(seconds or settings.sql.timeout_seconds, memory or settings.sql.memory_limit)


def select(publication: Path, query: str, bounds: Limits) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and rows of one SELECT on the publication.

    Raises ConfigurationError for anything else than one SELECT, for a query that DuckDB refuses, and for one that
    takes more than it may.
    """
    return _run(
        publication, query, bounds,
        lambda result: ([column[0] for column in result.description or []], result.fetchall()),
    )  # fmt: skip


def select_table(publication: Path, query: str, bounds: Limits) -> pa.Table:
    """The same as an Arrow table."""
    table: pa.Table = _run(publication, query, bounds, lambda result: result.to_arrow_table())
    return table


def _run(
    publication: Path, query: str, bounds: Limits, take: Callable[[duckdb.DuckDBPyConnection], _Result]
) -> _Result:
    import duckdb

    from warehouse.connection import reader
    from warehouse.layout import PUBLISHED

    with reader(publication) as connection:
        connection.execute(f"set search_path = '{PUBLISHED}'")
        connection.execute(f"set memory_limit = '{bounds.memory}'")
        # What does not fit is refused, and not spilled beside the publication.
        connection.execute("set temp_directory = ''")
        # A query may come from anywhere: it sees the publication, no other file and no address.
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        clock = threading.Timer(bounds.seconds, connection.interrupt)
        clock.daemon = True
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type not in {
                duckdb.StatementType.SELECT,
                duckdb.StatementType.EXPLAIN,
            }:
                raise ConfigurationError("the query: takes one SELECT; the publication is read-only and never changes")
            clock.start()
            return take(connection.execute(statements[0]))
        except duckdb.InterruptException:
            raise ConfigurationError(
                f"the query: took longer than {bounds.seconds} s; narrow it, or give it more by --timeout "
                "(sql.timeout_seconds)"
            ) from None
        except duckdb.OutOfMemoryException:
            raise ConfigurationError(
                f"the query: needs more memory than {bounds.memory}; narrow it, or give it more by --memory "
                "(sql.memory_limit)"
            ) from None
        except duckdb.Error as error:
            raise ConfigurationError(f"the query: {_explain(connection, error)}") from None
        finally:
            clock.cancel()


def _explain(connection: duckdb.DuckDBPyConnection, error: duckdb.Error) -> str:
    """DuckDB's message without the drawing of the query below it; for an unknown table with the tables there are."""
    text = " ".join(str(error).split("\n\nLINE", 1)[0].split())
    unknown = re.match(r"Catalog Error: Table with name (\S+) does not exist!", text)
    if not unknown:
        return text
    from refresh.names import near
    from warehouse.layout import PUBLISHED

    tables = connection.execute("select table_name from duckdb_tables() where schema_name = ?", [PUBLISHED]).fetchall()
    return f"there is no table {unknown[1]}; {near(unknown[1], (name for (name,) in tables))}"
