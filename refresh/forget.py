"""Removing a person from the raw tables, now and after each later load."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb

from ingestion.catalog import discover
from ingestion.contracts import quoted
from ingestion.pipeline import ensure_tables
from ingestion.privacy import keyed_hash
from ingestion.spec import SourceSpec, TableSpec
from transform.increments import EVENT_TABLES, invalidate
from warehouse.connection import writer
from warehouse.errors import ConfigurationError
from warehouse.layout import OPS, raw_schema
from warehouse.settings import Settings

_LIST = f"{OPS}.forgotten"
_DEALS = f"{OPS}.forgotten_deals"
_HASH = "email_hash"
_FURTHER = "further_email_hashes"
_MERGED = "merged_into"
_LINK = {"deal_id", "contact_id"}

# The two lists stand apart on purpose: with both in one, somebody who holds the key could find an address's deals.
_LISTS = f"""
create table if not exists {_LIST} (email_hash varchar, forgotten_at timestamptz);
create table if not exists {_DEALS} (source varchar, deal_id varchar, contact_id varchar);
"""
_CONTACTS_OF_THE_LISTED = """
create or replace temp table tie (source varchar, contact_id varchar, other varchar);
create or replace temp table forgotten_contact (source varchar, contact_id varchar, email_hash varchar);
create or replace temp table forgotten_link (source varchar, deal_id varchar, email_hash varchar);
"""


def forget(settings: Settings, email: str) -> dict[str, int]:
    """Remove the person with this address from all raw tables, and put the address's hash on the list.

    What a CRM calls the same person is one person: further addresses of a contact, and contacts that were merged. Their
    addresses go on the list too.
    Contacts are deleted; the deals that they brought get a random id in place of the contact's, one a person, so that
    customers and repeat purchases count as before; wherever else the hash stands, it goes.
    Returns the rows touched by table. Raises ConfigurationError for a text that is no address, or without a hash key.
    """
    if "@" not in email.strip(" @"):
        raise ConfigurationError("the text given is no e-mail address; write one such as name@example.com")
    hashed = keyed_hash(email)
    ensure_tables(settings)
    with writer(settings) as connection:
        connection.execute(_LISTS)
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
            connection.execute(_LISTS)
            _purge(connection, [spec])


def _purge(connection: duckdb.DuckDBPyConnection, specs: list[SourceSpec]) -> dict[str, int]:
    touched: dict[str, int] = {}
    connection.execute("begin")
    try:
        connection.execute(_CONTACTS_OF_THE_LISTED)
        _find_persons(connection, specs)
        for spec in specs:
            _find_deals(connection, spec)
        _name_deals(connection)
        for spec in specs:
            for table in spec.tables:
                name = _named(spec, table)
                touched[name] = _purge_table(connection, spec, table, name) + _blank(connection, table, name)
        if any(touched.get(name) for name in EVENT_TABLES):
            invalidate(connection)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return {table: rows for table, rows in touched.items() if rows}


def _find_persons(connection: duckdb.DuckDBPyConnection, specs: list[SourceSpec]) -> None:
    """The contacts of the listed addresses, each with the one address that stands for the person.

    From address to contact and on to the contact's other addresses, until nothing new is found.
    """
    for spec in specs:
        for table in filter(_is_contacts, spec.tables):
            name = _named(spec, table)
            ties = [f"select contact_id, {_HASH} from {name}"]
            if _FURTHER in table.columns:
                ties.append(f"select contact_id, unnest(string_split({_FURTHER}, ';')) from {name}")
            if _MERGED in table.columns:
                ties.append(f"select contact_id, '{spec.name}:' || {_MERGED} from {name}")
            connection.execute(f"insert into tie select '{spec.name}', * from ({' union all '.join(ties)})")
    connection.execute(
        f"""
        create or replace temp table reached as
        with recursive ends as (
            select source || ':' || contact_id as one, other from tie where other <> ''
            union all
            select other as one, source || ':' || contact_id as other from tie where other <> ''
        ),
        reach (node, person) as (
            select email_hash, email_hash from {_LIST}
            union
            select ends.other, reach.person from reach inner join ends on reach.node = ends.one
        )
        select node, min(person) as person from reach group by node;
        insert into {_LIST}
        select distinct tie.other, (select max(forgotten_at) from {_LIST})
        from tie
        inner join reached on tie.other = reached.node
        where not contains(tie.other, ':') and tie.other not in (select email_hash from {_LIST});
        insert into forgotten_contact
        select distinct tie.source, tie.contact_id, reached.person
        from tie
        inner join reached on tie.source || ':' || tie.contact_id = reached.node;
        """
    )
    for spec in specs:
        # An address book that has the address as a contact's id stands in raw with the hash as the id.
        connection.execute(
            "insert into forgotten_contact "
            f"select ?, listed.email_hash, coalesce(reached.person, listed.email_hash) from {_LIST} as listed "
            "left join reached on listed.email_hash = reached.node",
            [spec.name],
        )


def _find_deals(connection: duckdb.DuckDBPyConnection, spec: SourceSpec) -> None:
    """The deals that the contacts brought: a deal is its oldest contact's."""
    contacts = [table for table in spec.tables if _is_contacts(table)]
    known = " union all ".join(f"select contact_id, created_at from {_named(spec, table)}" for table in contacts)
    for table in spec.tables:
        if known and table.columns.keys() >= _LINK:
            connection.execute(
                f"""
                with brought as (
                    select links.deal_id, links.contact_id
                    from {_named(spec, table)} as links
                    left join ({known}) as contacts on links.contact_id = contacts.contact_id
                    qualify row_number() over (
                        partition by links.deal_id order by contacts.created_at nulls last, links.contact_id
                    ) = 1
                )
                insert into forgotten_link
                select forgotten_contact.source, brought.deal_id, forgotten_contact.email_hash
                from brought
                inner join forgotten_contact
                    on brought.contact_id = forgotten_contact.contact_id and forgotten_contact.source = ?
                """,
                [spec.name],
            )


def _name_deals(connection: duckdb.DuckDBPyConnection) -> None:
    """Put the deals that were found on the list of deals, with the random id that the person's other deals have."""
    connection.execute(
        f"""
        create or replace temp table forgotten_person as
        select links.email_hash, coalesce(min(deals.contact_id), 'forgotten-' || uuid()) as contact_id
        from forgotten_link as links
        left join {_DEALS} as deals on links.source = deals.source and links.deal_id = deals.deal_id
        group by links.email_hash;
        insert into {_DEALS}
        select distinct links.source, links.deal_id, persons.contact_id
        from forgotten_link as links
        inner join forgotten_person as persons on links.email_hash = persons.email_hash
        anti join {_DEALS} as deals on links.source = deals.source and links.deal_id = deals.deal_id;
        """
    )


def _purge_table(connection: duckdb.DuckDBPyConnection, spec: SourceSpec, table: TableSpec, name: str) -> int:
    """Delete contacts and what is kept of them alone; put the random ids in place of theirs at deals.

    Links that the vendor dropped meanwhile come back.
    """
    gone = f"select contact_id from forgotten_contact where source = '{spec.name}'"
    listed = f"select deal_id, contact_id from {_DEALS} where source = '{spec.name}'"
    if _is_contacts(table) or ("contact_id" in table.primary_key and "deal_id" not in table.columns):
        return _count(connection, f"delete from {name} where contact_id in ({gone})")
    if "contact_id" not in table.columns:
        return 0
    if "contact_id" not in table.primary_key:
        return _count(
            connection,
            f"update {name} as links set contact_id = listed.contact_id from ({listed}) as listed "
            "where links.deal_id = listed.deal_id and links.contact_id is distinct from listed.contact_id",
        )
    deals = next(other for other in spec.tables if other.primary_key == ("deal_id",))
    touched = _count(
        connection,
        f"delete from {name} as links where contact_id in ({gone}) or exists "
        f"(select 1 from ({listed}) as listed where links.deal_id = listed.deal_id "
        "and links.contact_id <> listed.contact_id)",
    )
    _count(
        connection,
        f"insert into {name} (deal_id, contact_id, _dlt_load_id, _loaded_at) "
        f"select deals.deal_id, listed.contact_id, deals._dlt_load_id, deals._loaded_at "
        f"from {_named(spec, deals)} as deals inner join ({listed}) as listed on deals.deal_id = listed.deal_id "
        f"anti join {name} as links on deals.deal_id = links.deal_id",
    )
    return touched


def _blank(connection: duckdb.DuckDBPyConnection, table: TableSpec, name: str) -> int:
    """Take the listed hashes out of every other text: a page's address, a user id, a quarantined line."""
    listed = connection.execute(f"select string_agg(distinct email_hash, '|') from {_LIST}").fetchone()
    texts = [column for column, kind in table.columns.items() if kind == "text"]
    if not listed or not listed[0] or not texts:
        return 0
    news = ", ".join(
        f"{column} = nullif(regexp_replace({column}, $listed, '', 'g'), '')" for column in map(quoted, texts)
    )
    found = " or ".join(f"regexp_matches({column}, $listed)" for column in map(quoted, texts))
    return _count(connection, f"update {name} set {news} where {found}", {"listed": listed[0]})


def _is_contacts(table: TableSpec) -> bool:
    return _HASH in table.columns and "contact_id" in table.columns


def _named(spec: SourceSpec, table: TableSpec) -> str:
    return f"{raw_schema(spec.name)}.{table.name}"


def _count(connection: duckdb.DuckDBPyConnection, statement: str, values: dict[str, str] | None = None) -> int:
    row = connection.execute(statement, values).fetchone()
    return int(row[0]) if row else 0
