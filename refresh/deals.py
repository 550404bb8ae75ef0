"""The deals of forgotten persons: one name a person, also when the vendor drops the contact with its ties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from ingestion.spec import SourceSpec, TableSpec
from refresh.people import DEALS, is_contacts, named
from warehouse.layout import raw_schema
from warehouse.renaming import Names

_LINK = {"deal_id", "contact_id"}


def keep_deals(
    connection: duckdb.DuckDBPyConnection,
    specs: Iterable[SourceSpec],
    names: Names,
    persons: Mapping[tuple[str, str], str],
) -> dict[str, int]:
    """Put the deals that the persons brought on the list of deals, and the person's name at each deal of the list.

    The contacts have their new names already. A deal is its oldest contact's; ties to others go, and those that the
    vendor dropped meanwhile come back. Returns the rows touched by table.
    """
    specs = list(specs)
    connection.execute(
        "create or replace temp table forgotten_contact (source varchar, contact_id varchar, person varchar);"
        "create or replace temp table forgotten_link (source varchar, deal_id varchar, person varchar)"
    )
    rows = [[source, name, persons[source, contact]] for (source, contact), name in names.contacts.items()]
    # an address that stands as a contact's id has the name of the person itself
    rows += [[spec.name, name, name] for spec in specs for name in set(names.everywhere.values())]
    if rows:
        connection.executemany("insert into forgotten_contact values (?, ?, ?)", rows)
    for spec in specs:
        _find(connection, spec)
    _list(connection)
    touched: dict[str, int] = {}
    for spec in specs:
        for table in spec.tables:
            touched[f"{raw_schema(spec.name)}.{table.name}"] = _name(connection, spec, table)
    return {table: number for table, number in touched.items() if number}


def _find(connection: duckdb.DuckDBPyConnection, spec: SourceSpec) -> None:
    contacts = [table for table in spec.tables if is_contacts(table)]
    known = " union all ".join(f"select contact_id, created_at from {named(spec, table)}" for table in contacts)
    for table in spec.tables:
        if known and table.columns.keys() >= _LINK:
            connection.execute(
                f"""
                with brought as (
                    select links.deal_id, links.contact_id
                    from {named(spec, table)} as links
                    left join ({known}) as contacts on links.contact_id = contacts.contact_id
                    qualify row_number() over (
                        partition by links.deal_id order by contacts.created_at nulls last, links.contact_id
                    ) = 1
                )
                insert into forgotten_link
                select distinct forgotten_contact.source, brought.deal_id, forgotten_contact.person
                from brought
                inner join forgotten_contact
                    on brought.contact_id = forgotten_contact.contact_id and forgotten_contact.source = ?
                """,
                [spec.name],
            )


def _list(connection: duckdb.DuckDBPyConnection) -> None:
    """New deals of a person get the name that the person's other deals have on the list."""
    connection.execute(
        f"""
        create or replace temp table forgotten_person as
        select links.person, coalesce(min(deals.contact_id), links.person) as contact_id
        from forgotten_link as links
        left join {DEALS} as deals on links.source = deals.source and links.deal_id = deals.deal_id
        group by links.person;
        insert into {DEALS}
        select distinct links.source, links.deal_id, persons.contact_id
        from forgotten_link as links
        inner join forgotten_person as persons on links.person = persons.person
        anti join {DEALS} as deals on links.source = deals.source and links.deal_id = deals.deal_id;
        """
    )


def _name(connection: duckdb.DuckDBPyConnection, spec: SourceSpec, table: TableSpec) -> int:
    if "contact_id" not in table.columns or "deal_id" not in table.columns:
        return 0
    name = named(spec, table)
    listed = f"select deal_id, contact_id from {DEALS} where source = '{spec.name}'"
    if "contact_id" not in table.primary_key:
        return _count(
            connection,
            f"update {name} as links set contact_id = listed.contact_id from ({listed}) as listed "
            "where links.deal_id = listed.deal_id and links.contact_id is distinct from listed.contact_id",
        )
    deals = next(other for other in spec.tables if other.primary_key == ("deal_id",))
    touched = _count(
        connection,
        f"delete from {name} as links where exists (select 1 from ({listed}) as listed "
        "where links.deal_id = listed.deal_id and links.contact_id <> listed.contact_id)",
    )
    return touched + _count(
        connection,
        f"insert into {name} (deal_id, contact_id, _dlt_load_id, _loaded_at) "
        f"select deals.deal_id, listed.contact_id, deals._dlt_load_id, deals._loaded_at "
        f"from {named(spec, deals)} as deals inner join ({listed}) as listed on deals.deal_id = listed.deal_id "
        f"anti join {name} as links on deals.deal_id = links.deal_id",
    )


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0
