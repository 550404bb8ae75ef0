"""The publication in a Postgres database, for BI tools that read no DuckDB file.

Schema `published` there has the tables of the publication under their own names. All of them change in one
transaction, by delete and insert: a reader sees the former version or the new one, and views, grants and comments on
the tables stay. (`truncate` would lock readers out, and show an empty table to a transaction that began before.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier, Literal

from warehouse.connection import reader
from warehouse.errors import ConfigurationError
from warehouse.layout import PUBLISHED
from warehouse.postgres_tables import describe, fetch, fill, name_of, one, shape, tables_of

# Whoever may read: `create user looker password '...' in role kpi_reader`.
READER = "kpi_reader"
# What we made there, so that nobody's own table is written over and what is published no more goes.
BOOK = "mirrored_tables"
_BOOK_COMMENTS = {
    "": "The tables that `kpi publish --to` keeps here; leave it alone.",
    "table_name": "Name of the table in this schema.",
    "rows": "How many rows it has.",
    "run_id": "The run whose publication it holds, as in published.publication.",
    "mirrored_at": "When it was copied here.",
}
_LOCK = 0x6B7069  # "kpi"


@dataclass(frozen=True)
class Mirrored:
    """What a Postgres database holds now: the version, the rows of each table, and what could not be done."""

    run_id: str
    place: str
    rows: dict[str, int]
    note: str = ""


@dataclass(frozen=True)
class _Place:
    options: dict[str, Any]

    @property
    def name(self) -> str:
        """The address without its password, for people."""
        user, host = self.options.get("user"), self.options.get("host", "localhost")
        port, database = self.options.get("port"), self.options.get("dbname", "")
        return f"postgresql://{f'{user}@' if user else ''}{host}{f':{port}' if port else ''}/{database}"

    def without_secret(self, text: str) -> str:
        """The first line of `text`, in which the password does not stand."""
        line = (text.strip().splitlines() or [""])[0]
        for name in ("password", "sslpassword"):
            if secret := self.options.get(name):
                line = line.replace(secret, "***").replace(quote(secret, safe=""), "***")
        return line


def mirror(publication: Path, url: str) -> Mirrored:
    """Make schema `published` of the Postgres database at `url` hold the current publication.

    A role `kpi_reader` that may read it, and nothing else, is created where there is none. A password that `url`
    lacks is taken from PGPASSWORD or ~/.pgpass. What `url` holds of it is in no message.

    Raises ConfigurationError when there is no publication, when the database cannot be reached or written, or when
    it has something of ours that a view of somebody else holds fast; CheckFailed when it took another number of rows.
    Nothing has changed there then.
    """
    place = _parse(url)
    with reader(publication) as version, _connected(place) as target, target.cursor() as cursor:
        run_id = str(one(version, f"select run_id from {PUBLISHED}.publication"))
        if not fetch(cursor, SQL("select pg_try_advisory_xact_lock({})").format(Literal(_LOCK)))[0][0]:
            raise ConfigurationError(f"{place.name}: another `kpi publish --to` is under way there; try again after it")
        cursor.execute("set local lock_timeout = '60s'; set local timezone = 'UTC'")
        known = _open_book(cursor)
        rows = {}
        for table, columns in tables_of(version).items():
            shape(cursor, place.name, table, columns, is_ours=table in known)
            rows[table] = fill(version, cursor, place.name, table, columns)
            describe(version, cursor, table)
        for table in sorted(known - set(rows)):
            cursor.execute(SQL("drop table if exists {}").format(name_of(table)))
        _write_book(cursor, run_id, rows)
        note = _grant(cursor, [*rows, BOOK])
    return Mirrored(run_id, place.name, rows, note)


def _parse(url: str) -> _Place:
    if url.split("://", maxsplit=1)[0] not in ("postgres", "postgresql"):
        raise ConfigurationError(
            "--to: is no address of a Postgres database; write one such as postgresql://user@host:5432/database"
        )
    try:
        options = conninfo_to_dict(url)
    except psycopg.Error:  # its message has parts of the address
        options = {}
    # A password that is not escaped ends up in the parts after it, which messages name.
    host, port, database = (str(options.get(part) or "") for part in ("host", "port", "dbname"))
    is_split = "@" in host + port + database or "/" in database or ("/" in host and not host.startswith("/"))
    if not options or is_split or (not port.replace(",", "").isdecimal() and port):
        raise ConfigurationError(
            "--to: cannot be read as an address; write postgresql://user@host:5432/database, and in a password "
            "@ as %40, : as %3A, / as %2F and % as %25"
        )
    return _Place({"connect_timeout": 10, "application_name": "kpi publish", **options})


@contextmanager
def _connected(place: _Place) -> Iterator[psycopg.Connection]:
    """A connection whose one transaction is committed at the end, and undone by any error."""
    try:
        with psycopg.connect("", **place.options) as connection:
            yield connection
    except psycopg.errors.DependentObjectsStillExist as error:
        detail = place.without_secret(str(error.diag.message_detail or error))
        raise ConfigurationError(
            f"{place.name}: {detail}; drop what depends on it, publish there again, then create it anew"
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"{place.name}: {place.without_secret(str(error))}; the user must own schema {PUBLISHED}, or may create "
            f"it: grant create on database {place.options.get('dbname', '')} to {place.options.get('user', 'the user')}"
        ) from None
    except psycopg.Error as error:
        raise ConfigurationError(
            f"{place.name}: {place.without_secret(str(error))}; nothing was changed there; check the address, the "
            "password (PGPASSWORD or ~/.pgpass) and that the server is running"
        ) from None


def _open_book(cursor: psycopg.Cursor) -> set[str]:
    """The tables that are ours, in a schema that is there."""
    # without the right to create one: where there is one already
    if not fetch(cursor, SQL("select 1 from pg_namespace where nspname = {}").format(Literal(PUBLISHED))):
        cursor.execute(SQL("create schema {}").format(Identifier(PUBLISHED)))
    cursor.execute(
        SQL(
            "create table if not exists {} "
            "(table_name text primary key, rows bigint not null, run_id text not null, "
            "mirrored_at timestamptz not null)"
        ).format(name_of(BOOK))
    )
    for column, text in _BOOK_COMMENTS.items():
        subject = SQL("column {}.{}").format(name_of(BOOK), Identifier(column)) if column else None
        subject = subject or SQL("table {}").format(name_of(BOOK))
        cursor.execute(SQL("comment on {} is {}").format(subject, Literal(text)))
    return {table for (table,) in fetch(cursor, SQL("select table_name from {}").format(name_of(BOOK)))}


def _write_book(cursor: psycopg.Cursor, run_id: str, rows: dict[str, int]) -> None:
    cursor.execute(SQL("delete from {}").format(name_of(BOOK)))
    cursor.executemany(
        SQL("insert into {} values (%s, %s, %s, now())").format(name_of(BOOK)),
        [(table, number, run_id) for table, number in rows.items()],
    )


def _grant(cursor: psycopg.Cursor, tables: list[str]) -> str:
    """Let the role `kpi_reader` read the tables, and create it where there is none. What could not be done."""
    role = Identifier(READER)
    if not fetch(cursor, SQL("select 1 from pg_roles where rolname = {}").format(Literal(READER))):
        try:
            with cursor.connection.transaction():
                cursor.execute(SQL("create role {} nologin").format(role))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.DuplicateObject):
            return f"role {READER} is not there and may not be created by this user: `create role {READER}` as admin"
    cursor.execute(SQL("grant usage on schema {} to {}").format(Identifier(PUBLISHED), role))
    cursor.execute(SQL("grant select on {} to {}").format(SQL(", ").join(name_of(table) for table in tables), role))
    return ""
