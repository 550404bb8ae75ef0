"""Removing a person from everything under KPI_HOME, now and after each later load.

Whatever identifies the person gets a random name, the same in every place, so that what was counted stays counted.
The warehouse comes last, as one file that takes the place of another: a run that dies before has forgotten nothing
that the next one needs, and the next one ends where this one would have.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from ingestion import landing
from ingestion.catalog import discover
from ingestion.pipeline import ensure_tables
from ingestion.privacy import keyed_hash
from ingestion.spec import SourceSpec
from refresh.erasure import Erasure
from refresh.people import LIST, LISTS, People, find, new_salt
from refresh.scan import ScanReport, scan
from warehouse.connection import reader, writer
from warehouse.errors import ConfigurationError
from warehouse.layout import CATALOG, OPS, raw_schema
from warehouse.reissue import reissue
from warehouse.renaming import Names, copy, sql_text
from warehouse.settings import Settings
from warehouse.versions import versions

_SALT = ".forgetting"
_ERASING, _ERASED = ".erasing.duckdb", ".erased.duckdb"
Tell = Callable[[str, str], None]


@dataclass(frozen=True)
class Forgotten:
    """What was touched, rows by table, how many publications were written anew, and the proof."""

    rows: dict[str, int]
    publications: int
    proof: ScanReport


def forget(settings: Settings, email: str, tell: Tell = lambda stage, subject: None) -> Forgotten:
    """Remove the person with this address from everything under KPI_HOME, and put the address's digest on the list.

    What a CRM calls the same person is one person: further addresses of a contact, and contacts that were merged. Their
    addresses go on the list too. Rows that totals need stay, as those of somebody without a name; the rest is deleted.
    Raises ConfigurationError for a text that is no address, or without a hash key. `tell` hears what is under way.
    """
    if "@" not in email.strip(" @"):
        raise ConfigurationError("the text given is no e-mail address; write one such as name@example.com")
    hashed = str(keyed_hash(email))
    salt = _salt(settings)
    ensure_tables(settings)
    specs = [source.spec for source in discover().values()]
    tell("find", "contacts, browsers and clicks of the person")
    with writer(settings) as connection:
        for spec in specs:
            landing.clear(connection, spec, settings)
        connection.execute(LISTS)
        people = find(connection, specs, [hashed])
        people.hashes.setdefault(hashed, hashed)
        _numbers_of_publications(settings, people)
        erasure = Erasure.of(connection, specs, people, salt)
        connection.execute("checkpoint")
    number = reissue(settings, erasure.names, lambda name: tell("publications", name))
    _clean_files(settings, erasure.names, email, lambda name: tell("files", name))
    tell("warehouse", "write it anew")
    rows = _rewrite(settings, erasure)
    proof = scan(settings, email, erasure.names, lambda name: tell("proof", name))
    (settings.home / _SALT).unlink()
    return Forgotten(rows, number, proof)


def forget_again(settings: Settings, spec: SourceSpec) -> None:
    """After a load of a source: rename whoever is on the list of the forgotten, before any model reads the rows."""
    with writer(settings) as connection:
        if _is_nobody_listed(connection):
            return
        connection.execute(LISTS)
        erasure = Erasure.of(connection, [spec], find(connection, [spec], []), new_salt())
        erasure.apply(connection, {raw_schema(spec.name), OPS})


def _is_nobody_listed(connection: duckdb.DuckDBPyConnection) -> bool:
    exists = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = 'forgotten'", [OPS]
    ).fetchone()
    return exists is None or connection.execute(f"select 1 from {LIST} limit 1").fetchone() is None


def _salt(settings: Settings) -> str:
    """What the new names are made with; it stays until the run is through, so that a second try gives the same ones."""
    settings.home.mkdir(parents=True, exist_ok=True)
    path = settings.home / _SALT
    if not path.exists():
        path.write_text(new_salt(), encoding="ascii")
        path.chmod(0o600)
    return path.read_text(encoding="ascii")


def _numbers_of_publications(settings: Settings, people: People) -> None:
    """The person_ids of the contacts' orders in every kept version: identity may have known less then, or more."""
    contacts = [contact if source != "file_drop" else f"file_drop:{contact}" for source, contact in people.contacts]
    for path in versions(settings):
        with reader(path) as connection:
            rows = connection.execute(
                "select distinct person_id from published.fct_orders where list_contains($contacts, contact_id)",
                {"contacts": contacts},
            ).fetchall()
        people.numbers |= {str(person) for (person,) in rows if person}


def _clean_files(settings: Settings, names: Names, email: str, tell: Callable[[str], None]) -> None:
    """Logs, artefacts and pages: what holds the person is written anew, what a run makes again is deleted."""
    words = {**names.long(), email.strip(): "(address)", email.strip().lower(): "(address)"}
    for folder in (settings.home / "cache", settings.home / "dbt", settings.logs, settings.dashboards):
        for path in sorted(folder.rglob("*")) if folder.exists() else ():
            if path.is_symlink() or not path.is_file():
                continue
            content = path.read_bytes()
            if not any(word.encode() in content for word in words):
                continue
            tell(str(path.relative_to(settings.home)))
            if folder.name in ("cache", "dbt"):
                path.unlink()
                continue
            for old, new in words.items():
                content = content.replace(old.encode(), new.encode())
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_bytes(content)
            shutil.copymode(path, fresh)
            fresh.replace(path)


def _rewrite(settings: Settings, erasure: Erasure) -> dict[str, int]:
    """The warehouse as a new file without a freed block: what was written over in the old one stays readable there."""
    erasing, erased = settings.home / _ERASING, settings.home / _ERASED
    shutil.copyfile(settings.warehouse, erasing)
    with duckdb.connect() as connection:
        # under its own name, which its views know
        connection.execute(f"set timezone = 'UTC'; attach {sql_text(str(erasing))} as {CATALOG}; use {CATALOG}")
        rows = erasure.apply(connection)
        erasure.put_on_list(connection)
        connection.execute(f"use memory; detach {CATALOG}")
    copy(erasing, erased, catalog=CATALOG)
    erasing.unlink()
    with erased.open("rb") as file:
        os.fsync(file.fileno())
    erased.replace(settings.warehouse)
    for path in settings.home.glob(".eras*.duckdb*"):
        path.unlink()
    return rows
