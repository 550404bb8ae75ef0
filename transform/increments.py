"""What the models were last built from: whether a build may go on from there, or has to build everything anew."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import orjson

from warehouse.layout import DBT_PROJECT, INTERMEDIATE, OPS, raw_schema

# What int_event_days watches: a load replaces days of these.
EVENT_TABLES = (f"{raw_schema('ga4_export')}.events", f"{raw_schema('file_drop')}.ga4_events")
_STATE = f"{OPS}.built_state"
_DAYS = f"{OPS}.built_days"
# Same columns as int_event_days, which fills it.
_TABLES = f"""
create table if not exists {_STATE} (fingerprint varchar, as_of_date date);
create table if not exists {_DAYS} (
    origin varchar, date_day date, events bigint, known_events bigint, micros_total decimal(38, 0),
    first_load_id varchar, last_load_id varchar, first_loaded_at timestamptz, last_loaded_at timestamptz
);
"""
_CODE = ("models", "macros", "seeds")
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
    connection.execute(f"delete from {_DAYS}")
    connection.execute(f"insert into {_DAYS} by name from {INTERMEDIATE}.int_event_days")
    connection.execute(f"insert into {_STATE} values (?, ?)", [fingerprint(variables), variables[_AS_OF]])
    connection.execute("commit")


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
