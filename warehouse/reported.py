"""A publication as it was at the end of a day: the same tables, with the rows that readers saw then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from warehouse.connection import publication_reader
from warehouse.errors import ConfigurationError
from warehouse.history import KEPT, Kept
from warehouse.layout import HISTORY, PUBLISHED
from warehouse.tables import PUBLICATION_HISTORY

_THEN = "as_reported"


@contextmanager
def publication_as_reported(path: Path, day: date) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which scorecard, registry, business and publication line are those of the end of `day`.

    The day ends in the business's time zone; what counts is the last publication before that. A column that was not
    there yet is NULL. Raises ConfigurationError when there was no publication, naming the first day that there is.
    """
    with publication_reader(path) as connection:
        number = number_on(connection, day)
        catalog = connection.execute("select current_database()").fetchone() or ("",)
        held = f'"{catalog[0]}".{HISTORY}'
        connection.execute(f"attach ':memory:' as {_THEN} (read_write)")
        connection.execute(f"create schema {_THEN}.{PUBLISHED}")
        for kept in KEPT:
            if not kept.is_published_elsewhere and _is_published(connection, kept.table):
                rows = _rows(connection, kept, held, number)
                connection.execute(f"create table {_THEN}.{PUBLISHED}.{kept.table} as {rows}")
        connection.execute(
            f"create table {_THEN}.{PUBLISHED}.publication as select * exclude (publication_number) "
            f"from {held}.publication where publication_number = {number}"
        )
        connection.execute(f"use {_THEN}")
        yield connection


def number_on(connection: duckdb.DuckDBPyConnection, day: date) -> int:
    """The number of the last publication up to the end of `day`. Raises ConfigurationError where there was none."""
    business = connection.execute(f"select time_zone from {PUBLISHED}.dim_business").fetchone()
    zone = ZoneInfo(business[0] if business else "UTC")
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    found = connection.execute(
        f"select max(publication_number) filter (where published_at < ?), min(published_at) "
        f"from {PUBLICATION_HISTORY.relation}",
        [end],
    ).fetchone()
    number, first = found or (None, None)
    if number is None:
        known = f"the first day that there is is {first.astimezone(zone).date()}" if first else "run `kpi refresh`"
        raise ConfigurationError(f"{day}: nothing had been published by the end of that day; {known}")
    return int(number)


def newest(kept: Kept, number: int, relation: str) -> str:
    """SQL for the rows of a kept table as publication `number` had them."""
    key = f"partition by {', '.join(kept.key)} " if kept.key else ""
    return (
        f"select * from {relation} where publication_number <= {number} "
        f"qualify row_number() over ({key}order by publication_number desc) = 1 and not is_withdrawn"
    )


def _rows(connection: duckdb.DuckDBPyConnection, kept: Kept, held: str, number: int) -> str:
    """SQL for the rows of then, with the columns of now in their order."""
    relation = f"{held}.{kept.table}"
    known = {str(name) for name, *_ in connection.execute(f"describe {relation}").fetchall()}
    columns = ", ".join(
        f'"{name}"' if name in known else f'cast(null as {kind}) as "{name}"'
        for name, kind, *_ in connection.execute(f"describe {PUBLISHED}.{kept.table}").fetchall()
    )
    return f"select {columns} from ({newest(kept, number, relation)})"


def _is_published(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ? "
        "and table_name in (select table_name from duckdb_tables() where schema_name = ?)",
        [PUBLISHED, table, HISTORY],
    ).fetchone()
    return found is not None
