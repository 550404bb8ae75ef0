"""What is done to a warehouse so that a person is nobody: names, rows that go, fields that are emptied, lists."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from ingestion.spec import SourceSpec
from refresh.deals import keep_deals
from refresh.people import LIST, MARK, NAMES, People, is_contacts, keep_names, known_names, named
from transform.increments import EVENT_TABLES, changed_in_place, invalidate
from warehouse.layout import OPS, raw_schema
from warehouse.renaming import Names, find, rename

_QUARANTINES = (f"{OPS}.quarantine", f"{raw_schema('file_drop')}.quarantine")
# What a CRM tells of a contact beside what the models count.
_PRIVATE = ("properties",)


@dataclass(frozen=True)
class Erasure:
    """The people that go, and their new names."""

    specs: tuple[SourceSpec, ...]
    people: People
    names: Names
    persons: dict[tuple[str, str], str]

    @classmethod
    def of(
        cls, connection: duckdb.DuckDBPyConnection, specs: Collection[SourceSpec], people: People, salt: str
    ) -> Erasure:
        """With the names that the lists have, and new ones made with `salt`."""
        known = known_names(connection)
        return cls(tuple(specs), people, people.names(salt, known), people.persons(salt, known))

    def apply(self, connection: duckdb.DuckDBPyConnection, schemas: Collection[str] | None = None) -> dict[str, int]:
        """Change the schemas, or all, of the connection's database in one transaction. Returns rows by table."""
        row = connection.execute("select current_database()").fetchone()
        catalog = str(row[0]) if row else ""
        connection.execute("begin")
        try:
            rows = self._drop_set_aside(connection)
            hits = find(connection, catalog, self.names, schemas)
            listed = {LIST, NAMES}
            rows |= rename(connection, catalog, [hit for hit in hits if f"{hit.schema}.{hit.table}" not in listed])
            self._empty(connection)
            rows |= keep_deals(connection, self.specs, self.names, self.persons)
            keep_names(connection, self.people, self.names, self.persons)
            if any(rows.get(name) for name in EVENT_TABLES):
                invalidate(connection)
            if any(rows.values()):
                changed_in_place(connection)
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
        return {table: count for table, count in rows.items() if count}

    def put_on_list(self, connection: duckdb.DuckDBPyConnection) -> None:
        """From now on each load makes these people nobody."""
        for hashed in self.people.hashes:
            connection.execute(
                f"insert into {LIST} (digest, forgotten_at) select sha256($hash), $now "
                f"where sha256($hash) not in (select digest from {LIST})",
                {"hash": hashed, "now": datetime.now(UTC)},
            )

    def _drop_set_aside(self, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
        """Rows that were set aside count nowhere, and hold what a vendor wrote: such a row goes whole."""
        contacts = {contact for _, contact in self.names.contacts}
        words = "|".join(re.escape(word) for word in {*self.names.long(), *contacts, *self.names.everywhere})
        if not words:
            return {}
        dropped = {}
        for table in _QUARANTINES:
            row = connection.execute(
                f"delete from {table} where regexp_matches(row, $pattern)",
                {"pattern": f"(^|[^0-9A-Za-z])(?:{words})([^0-9A-Za-z]|$)"},
            ).fetchone()
            dropped[table] = int(row[0]) if row else 0
        return dropped

    def _empty(self, connection: duckdb.DuckDBPyConnection) -> None:
        for spec in self.specs:
            for table in filter(is_contacts, spec.tables):
                for column in (name for name in _PRIVATE if name in table.columns):
                    connection.execute(
                        f"update {named(spec, table)} set {column} = null "
                        f"where contact_id like '{MARK}%' and {column} is not null"
                    )
