"""What the models were last built from: whether a build may go on from there, or has to build everything anew."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson

from warehouse.layout import DBT_PROJECT, INTERMEDIATE, OPS, raw_schema

# What int_event_days watches: a load replaces days of these.
EVENT_TABLES = (f"{raw_schema('ga4_export')}.events", f"{raw_schema('file_drop')}.ga4_events")
_STATE = f"{OPS}.built_state"
_INPUTS = f"{OPS}.built_inputs"
_DAYS = f"{OPS}.built_days"
# Same columns as int_event_days, which fills it.
_TABLES = f"""
create table if not exists {_STATE} (fingerprint varchar, as_of_date date);
create table if not exists {_INPUTS} (input varchar, state varchar);
create table if not exists {_DAYS} (
    origin varchar, date_day date, events bigint, known_events bigint, micros_total decimal(38, 0),
    first_load_id varchar, last_load_id varchar, first_loaded_at timestamptz, last_loaded_at timestamptz
);
"""
# dbt's selector of what depends on the moment of the build and not on raw rows alone.
CLOCKED = f"source:{OPS}.sources+ source:{OPS}.loads+"
_CODE = ("models", "macros", "seeds", "identity", "attribution")
_AS_OF = "as_of_date"


def begin(connection: duckdb.DuckDBPyConnection, variables: Mapping[str, Any], *, is_full: bool) -> bool:
    """Whether everything is built anew: where that is asked for, and where the last build is nothing to go on from.

    It is none when it did not end well, when it was of other settings or other code, and when it was of a later date.
    Until `complete`, the warehouse counts as half built.
    """
    connection.execute(_TABLES)
    built = connection.execute(f"select fingerprint, as_of_date from {_STATE}").fetchone()
    as_of_date = date.fromisoformat(variables[_AS_OF])
    goes_on = not is_full and built is not None and built[0] == fingerprint(variables) and built[1] <= as_of_date
    connection.execute(f"delete from {_STATE}")
    if not goes_on:
        # anew, since other code may want other columns of it
        connection.execute(f"drop table {_DAYS}; {_TABLES}")
    return not goes_on


def complete(connection: duckdb.DuckDBPyConnection, variables: Mapping[str, Any]) -> None:
    """Remember what was built, now that every model was and every test passed."""
    connection.execute("begin")
    connection.execute(f"delete from {_INPUTS}")
    inputs = _inputs(connection, variables)
    connection.execute(f"insert into {_INPUTS} select unnest(?), unnest(?)", [list(inputs), list(inputs.values())])
    connection.execute(f"delete from {_DAYS}")
    connection.execute(f"insert into {_DAYS} by name from {INTERMEDIATE}.int_event_days")
    connection.execute(f"insert into {_STATE} values (?, ?)", [fingerprint(variables), variables[_AS_OF]])
    connection.execute("commit")


def is_as_built(connection: duckdb.DuckDBPyConnection, variables: Mapping[str, Any], as_of: datetime) -> bool:
    """Whether a build would find what the last complete one found: the same rows, settings, code, tests and day.

    Only what looks at the clock or at the loads themselves (`CLOCKED`) would then come out another way.
    """
    built = dict(connection.execute(f"select input, state from {_INPUTS}").fetchall())
    if not built or built != _inputs(connection, variables):
        return False
    # int_deals takes a spreadsheet's deal as closed once the time that stands there has passed.
    closed_since = connection.execute(
        f"select count(*) from {INTERMEDIATE}.int_deals "
        "where source_system = 'file_drop' and not is_closed and closed_at <= ?",
        [as_of.astimezone(UTC).replace(tzinfo=None)],
    ).fetchone()
    return closed_since == (0,)


def _inputs(connection: duckdb.DuckDBPyConnection, variables: Mapping[str, Any]) -> dict[str, str]:
    """Each raw table as its rows by load, and what decides what is made of them. A load that brings what raw holds
    already leaves its rows alone (`ingestion.swap`)."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_columns() where database_name = current_database() "
        "and starts_with(schema_name, 'raw_') and column_name = '_dlt_load_id' order by all"
    ).fetchall()
    counted = " union all ".join(
        f"select '{schema}.{table}', concat_ws(' ', count(*), sum(hash(_dlt_load_id))) from {schema}.{table}"
        for schema, table in tables
    )
    found = dict(connection.execute(counted).fetchall()) if counted else {}
    tests = hashlib.sha256()
    for path in sorted([*(DBT_PROJECT / "models").rglob("*.yml"), *(DBT_PROJECT / "tests").rglob("*.sql")]):
        tests.update(path.name.encode() + path.read_bytes())
    return found | {"settings and code": fingerprint(variables), "tests": tests.hexdigest(), "day": variables[_AS_OF]}


def changed_in_place(connection: duckdb.DuckDBPyConnection) -> None:
    """Have the next build look at everything: rows of raw tables are others than their loads brought."""
    connection.execute(f"{_TABLES} delete from {_INPUTS}")


def invalidate(connection: duckdb.DuckDBPyConnection) -> None:
    """Have the next build build everything anew: rows of events were changed in place, not by a load."""
    connection.execute(f"{_TABLES} delete from {_STATE}")


def fingerprint(variables: Mapping[str, Any]) -> str:
    """One text for all that decides what models make of the same rows: the settings and the models' own code.

    The date is not part of it: a later one only adds days.
    """
    digest = hashlib.sha256(orjson.dumps({**variables, _AS_OF: None}, option=orjson.OPT_SORT_KEYS))
    for path in _code():
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _code() -> list[Path]:
    files = (path for folder in _CODE for path in (DBT_PROJECT / folder).rglob("*"))
    return [DBT_PROJECT / "dbt_project.yml", *sorted(path for path in files if path.suffix in {".sql", ".csv", ".py"})]
