"""Removing a person from the raw tables, now and after each later load."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb

from ingestion.catalog import discover
from ingestion.pipeline import ensure_tables
from ingestion.privacy import keyed_hash
from ingestion.spec import SourceSpec, TableSpec
from warehouse.connection import writer
from warehouse.errors import ConfigurationError
from warehouse.layout import OPS, raw_schema
from warehouse.settings import Settings

_LIST = f"{OPS}.forgotten"
_HASH = "email_hash"


def forget(settings: Settings, email: str) -> dict[str, int]:
    """Remove the person with this address from all raw tables, and put the address's hash on the list.

    Contacts are deleted with their links to deals; deals stay without a contact; other rows lose the hash.
    Returns the rows touched by table. Raises ConfigurationError for a text that is no address, or without a hash key.
    """
    if "@" not in email.strip(" @"):
        raise ConfigurationError("the text given is no e-mail address; write one such as name@example.com")
    hashed = keyed_hash(email)
    ensure_tables(settings)
    with writer(settings) as connection:
        connection.execute(f"create table if not exists {_LIST} (email_hash varchar, forgotten_at timestamptz)")
        known = connection.execute(f"select 1 from {_LIST} where email_hash = ?", [hashed]).fetchone()
        if not known:
            connection.execute(f"insert into {_LIST} values (?, ?)", [hashed, datetime.now(UTC)])
        return _purge(connection, [source.spec for source in discover().values()])


def forget_again(settings: Settings, spec: SourceSpec) -> None:
    """After a load of a source: remove whoever is on the list of the forgotten."""
    with writer(settings) as connection:
        exists = connection.execute(
            "select 1 from duckdb_tables() where schema_name = ? and table_name = 'forgotten'", [OPS]
        ).fetchone()
        if exists:
            _purge(connection, [spec])


def _purge(connection: duckdb.DuckDBPyConnection, specs: list[SourceSpec]) -> dict[str, int]:
    touched: dict[str, int] = {}
    connection.execute("begin")
    try:
        for spec in specs:
            touched |= _purge_source(connection, spec)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return {table: rows for table, rows in touched.items() if rows}


def _purge_source(connection: duckdb.DuckDBPyConnection, spec: SourceSpec) -> dict[str, int]:
    touched: dict[str, int] = {}
    listed = f"{_HASH} in (select email_hash from {_LIST})"
    contacts = [table for table in spec.tables if _HASH in table.columns and "contact_id" in table.columns]
    connection.execute("create or replace temp table forgotten_contact (contact_id varchar)")
    for table in contacts:
        connection.execute(f"insert into forgotten_contact select contact_id from {_named(spec, table)} where {listed}")
    gone = "contact_id in (select contact_id from forgotten_contact)"
    for table in spec.tables:
        name = _named(spec, table)
        if table in contacts:
            touched[name] = _count(connection, f"delete from {name} where {listed}")
        elif _HASH in table.columns:
            touched[name] = _count(connection, f"update {name} set {_HASH} = null where {listed}")
        elif "contact_id" in table.primary_key:
            touched[name] = _count(connection, f"delete from {name} where {gone}")
        elif "contact_id" in table.columns:
            touched[name] = _count(connection, f"update {name} set contact_id = null where {gone}")
    return touched


def _named(spec: SourceSpec, table: TableSpec) -> str:
    return f"{raw_schema(spec.name)}.{table.name}"


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0
