"""Who is to be forgotten: the contacts and identifiers of a person, and the names that take their places."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb

from ingestion.contracts import quoted
from ingestion.privacy import keyed_hash
from ingestion.spec import SourceSpec, TableSpec
from warehouse.layout import MARTS, OPS, raw_schema
from warehouse.renaming import Names, sql_text

LIST = f"{OPS}.forgotten"
NAMES = f"{OPS}.forgotten_names"
DEALS = f"{OPS}.forgotten_deals"
HASH = "email_hash"
MARK = "forgotten-"
_FURTHER = "further_email_hashes"
_MERGED = ("merged_into", "merged_object_ids")
_CLICKS = ("gclid", "wbraid", "gbraid", "fbclid", "msclkid", "ttclid", "li_fat_id")
_IN_URL = rf"[?&](?:{'|'.join(_CLICKS)})=([^&#\"]+)"
# What a contact or an event says of its browser and of the click that brought it.
_OF_CONTACTS = ("ga_client_id", "google_click_id", "facebook_click_id", *_CLICKS)
_OF_EVENTS = ("user_id", "collected_gclid")
_WHOLE = (HASH, "contact_id", "user_id")
_TEXTS = (_FURTHER, "event_params", "row", "value")
_NODE_KINDS = "123456789ab"

# Digests alone, made with the secret key: nobody without it can try out who is on the lists, and no list ties an
# address to what became of its owner.
LISTS = f"""
create table if not exists {LIST} (email_hash varchar, forgotten_at timestamptz);
alter table {LIST} add column if not exists digest varchar;
update {LIST} set digest = sha256(email_hash), email_hash = null where digest is null;
create table if not exists {NAMES} (digest varchar, name varchar, person varchar);
create table if not exists {DEALS} (source varchar, deal_id varchar, contact_id varchar);
"""


@dataclass(frozen=True)
class Listed:
    """What stands on the list: the new name, and for a contact the name of the person."""

    name: str
    person: str


@dataclass
class People:
    """What is known of the persons.

    Contacts (source, id) and hashes of addresses with the person whose they are, identifiers of browsers and clicks,
    `numbers` (the person_ids that the models gave) and `guesses` (those that they may have given when they knew less).
    """

    contacts: dict[tuple[str, str], str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    identifiers: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    guesses: set[str] = field(default_factory=set)

    def names(self, salt: str, known: Mapping[str, Listed]) -> Names:
        """A new name for each: the one on the list where there is one, else one by `salt`, which is kept nowhere.

        The name of a person's first contact stands for the person: for the hashes of all addresses, and at deals.
        """
        contacts = {key: self._name(key, salt, known) for key in self.contacts}
        persons = self.persons(salt, known)
        hashes = {
            hashed: next(
                (persons[key] for key, of in self.contacts.items() if of == person), _new(salt, f"person {person}")
            )
            for hashed, person in self.hashes.items()
        }
        values = {*self.identifiers, *self.numbers} - hashes.keys()
        others = {
            value: known[mark].name if (mark := digest(value)) in known else _new(salt, value) for value in values
        }
        guesses = {number: _new(salt, number) for number in self.guesses - self.numbers}
        return Names({**others, **hashes}, contacts, frozenset({"file_drop"}), guesses)

    def persons(self, salt: str, known: Mapping[str, Listed]) -> dict[tuple[str, str], str]:
        """The name of the person of each contact."""
        found: dict[tuple[str, str], str] = {}
        for person in set(self.contacts.values()):
            own = sorted(key for key, of in self.contacts.items() if of == person)
            listed = sorted(known[mark].person for key in own if (mark := digest(":".join(key))) in known)
            name = listed[0] if listed else self._name(own[0], salt, known)
            found |= dict.fromkeys(own, name)
        return found

    def _name(self, key: tuple[str, str], salt: str, known: Mapping[str, Listed]) -> str:
        mark = digest(":".join(key))
        return known[mark].name if mark in known else _new(salt, ":".join(key))


def digest(value: str) -> str:
    """What the lists keep of an identifier."""
    return hashlib.sha256(f"{pepper()}{value}".encode()).hexdigest()


def pepper() -> str:
    """The key of the lists, made of the secret key that hashes addresses. Raises ConfigurationError without one."""
    return str(keyed_hash("the list of the forgotten"))


def _new(salt: str, value: str) -> str:
    return MARK + hashlib.sha256(f"{salt}{value}".encode()).hexdigest()[:32]


def new_salt() -> str:
    return secrets.token_hex(32)


def known_names(connection: duckdb.DuckDBPyConnection) -> dict[str, Listed]:
    """The names that are taken, by the digest of what they stand for."""
    rows = connection.execute(f"select digest, name, person from {NAMES}").fetchall()
    return {mark: Listed(name, person) for mark, name, person in rows}


def keep_names(
    connection: duckdb.DuckDBPyConnection, people: People, names: Names, persons: Mapping[tuple[str, str], str]
) -> None:
    """Put the names on the list, so that a later load gives the same ones."""
    rows = [[digest(":".join(key)), name, persons[key]] for key, name in names.contacts.items()]
    rows += [[digest(value), names.everywhere[value], ""] for value in people.identifiers if value in names.everywhere]
    if rows:
        connection.executemany(f"insert into {NAMES} values (?, ?, ?)", rows)
        connection.execute(
            f"create or replace temp table kept as select distinct * from {NAMES}; delete from {NAMES}; "
            f"insert into {NAMES} from kept order by all; drop table kept"
        )


def find(connection: duckdb.DuckDBPyConnection, specs: Iterable[SourceSpec], hashes: Iterable[str]) -> People:
    """The persons of these addresses, and those on the lists, as far as the raw tables and the models know them.

    What a CRM calls the same person is one person: further addresses of a contact, and contacts that were merged. A
    browser belongs to the person whose contact names it, or to whom the models gave it.
    """
    specs = list(specs)
    people = People()
    _contacts(connection, specs, set(hashes), people)
    tables = [(spec, table) for spec in specs for table in spec.tables]
    for spec, table in tables:
        if "user_pseudo_id" not in table.columns:
            _identifiers(connection, spec, table, people)
    _of_models(connection, people)
    for spec, table in tables:
        if "user_pseudo_id" in table.columns:
            _identifiers(connection, spec, table, people)
    _numbers(people)
    return people


def _contacts(connection: duckdb.DuckDBPyConnection, specs: list[SourceSpec], hashes: set[str], people: People) -> None:
    connection.execute("create or replace temp table tie (source varchar, contact_id varchar, other varchar)")
    for spec in specs:
        for table in filter(is_contacts, spec.tables):
            name = named(spec, table)
            ties = [f"select contact_id, {HASH} from {name}"]
            if _FURTHER in table.columns:
                ties.append(f"select contact_id, unnest(string_split({_FURTHER}, ';')) from {name}")
            ties += [
                f"select contact_id, '{spec.name}:' || unnest(string_split({column}, ';')) from {name} "
                f"where {column} <> ''"
                for column in _MERGED
                if column in table.columns
            ]
            connection.execute(f"insert into tie select '{spec.name}', * from ({' union all '.join(ties)})")
    connection.execute("create or replace temp table sought (node varchar)")
    connection.executemany("insert into sought values (?)", [[hashed] for hashed in hashes] or [[None]])
    rows = connection.execute(
        f"""
        with recursive nodes as (
            select distinct other as node from tie union select distinct source || ':' || contact_id from tie
        ),
        starts as (
            select node from sought where node is not null
            union
            select node from nodes where sha256(node) in (select digest from {LIST})
            union
            select node from nodes where sha256($pepper || node) in (select digest from {NAMES})
        ),
        ends as (
            select source || ':' || contact_id as one, other from tie where other <> ''
            union all
            select other as one, source || ':' || contact_id as other from tie where other <> ''
        ),
        reach (node, person) as (
            select node, node from starts
            union
            select ends.other, reach.person from reach inner join ends on reach.node = ends.one
        )
        select node, min(person) from reach where node not like '%:{MARK}%' and node not like '{MARK}%' group by node
        """,
        {"pepper": pepper()},
    ).fetchall()
    for node, person in rows:
        source, _, contact = str(node).partition(":")
        if contact:
            people.contacts[source, contact] = person
        else:
            people.hashes[node] = person
    for spec in specs:
        for table in spec.tables:
            for hashed in _listed_hashes(connection, spec, table):
                people.hashes.setdefault(hashed, hashed)


def _listed_hashes(connection: duckdb.DuckDBPyConnection, spec: SourceSpec, table: TableSpec) -> list[str]:
    """Hashes of addresses on the list, also as an address book's ids of contacts, and within a text."""
    name = named(spec, table)
    parts = [f"select distinct {column} as value from {name}" for column in _WHOLE if column in table.columns]
    parts += [
        f"select unnest(regexp_extract_all({quoted(column)}, '[0-9a-f]{{64}}')) as value from {name}"
        for column in _TEXTS
        if column in table.columns
    ]
    if not parts:
        return []
    query = (
        f"select distinct value from ({' union all '.join(parts)}) where sha256(value) in (select digest from {LIST})"
    )
    return [value for (value,) in connection.execute(query).fetchall()]


def _identifiers(connection: duckdb.DuckDBPyConnection, spec: SourceSpec, table: TableSpec, people: People) -> None:
    """What the contacts and the events of the persons name, and what is on the list."""
    name, columns = named(spec, table), table.columns
    parts = []
    held = [column for column in _OF_CONTACTS if column in columns]
    if is_contacts(table) and held:
        own = [contact for source, contact in people.contacts if source == spec.name]
        parts += [f"select {column} as value from {name} where list_contains($own, contact_id)" for column in held]
    else:
        own = []
    is_events = "user_pseudo_id" in columns
    listed = [column for column in (*_OF_CONTACTS, *_OF_EVENTS, "user_pseudo_id") if column in columns]
    parts += [
        f"select {column} as value from (select distinct {column} from {name}) "
        f"where sha256($pepper || {column}) in (select digest from {NAMES})"
        for column in listed
    ]
    if is_events:
        clients = list(people.identifiers)
        mine = "list_contains($clients, user_pseudo_id) or list_contains($hashes, user_id)"
        parts += [f"select {column} as value from {name} where {mine}" for column in (*_OF_EVENTS, "user_pseudo_id")]
        parts.append(
            f"select unnest(regexp_extract_all(event_params, {sql_text(_IN_URL)}, 1)) as value from {name} where {mine}"
        )
    else:
        clients = []
    if not parts:
        return
    values = {"own": own, "clients": clients, "hashes": list(people.hashes), "pepper": pepper()}
    query = f"select distinct value from ({' union all '.join(parts)})"
    used = {key: value for key, value in values.items() if f"${key}" in query}
    for (value,) in connection.execute(query, used).fetchall():
        if value and not value.startswith(MARK) and value not in people.hashes:
            people.identifiers.add(value)


def _of_models(connection: duckdb.DuckDBPyConnection, people: People) -> None:
    """What the identity of the last build joined to the persons, and the numbers that it gave them."""
    bridge = f"{MARTS}.bridge_person_identifier"
    is_built = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = 'bridge_person_identifier'", [MARTS]
    ).fetchone()
    if is_built and (people.contacts or people.identifiers):
        seeds = [contact if source != "file_drop" else f"file_drop:{contact}" for source, contact in people.contacts]
        found = connection.execute(
            f"""
            with persons as (
                select distinct person_id from {bridge}
                where (identifier_type = 'contact_id' and list_contains($contacts, identifier_value))
                or (identifier_type <> 'contact_id' and list_contains($others, identifier_value))
            )
            select person_id, identifier_type, identifier_value from {bridge} semi join persons using (person_id)
            """,
            {"contacts": seeds, "others": [*people.hashes, *people.identifiers]},
        ).fetchall()
        for person, kind, value in found:
            people.numbers.add(person)
            # other contacts and orders of a household that shares a browser are not this person's
            if kind not in ("contact_id", "email_hash", "deal_id", "transaction_id") and not value.startswith(MARK):
                people.identifiers.add(value)


def _numbers(people: People) -> None:
    """A person's number is the md5 of one of the identifiers: also in versions that knew fewer of them."""
    nodes = [*people.hashes, *people.identifiers, *(contact for _, contact in people.contacts)]
    nodes += [f"{source}:{contact}" for source, contact in people.contacts]
    for node in nodes:
        people.guesses |= {
            hashlib.md5(f"{kind}:{node}".encode(), usedforsecurity=False).hexdigest() for kind in _NODE_KINDS
        }


def is_contacts(table: TableSpec) -> bool:
    return HASH in table.columns and "contact_id" in table.columns


def named(spec: SourceSpec, table: TableSpec) -> str:
    return f"{raw_schema(spec.name)}.{quoted(table.name)}"
