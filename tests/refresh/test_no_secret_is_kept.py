"""What a whole refresh leaves on disk, searched for secrets and for people: whoever copies the folder gets neither."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest

from ingestion.sandbox.profile import INBOX
from ingestion.sandbox.world import build_world
from tests.conftest import MainJob

# What the user put there, and the stand-in for a key file that a user would keep elsewhere.
_GIVEN = {INBOX, "sandbox"}
_OF_A_LICENCE = b"feross@feross.org"  # in plotly.js, which every page carries
# One character before the sign is enough, and keeps the search linear.
EMAIL = r"[\w.+'-](?:@|%40)(?:[\w-]{1,63}\.){1,4}[A-Za-z]{2,}"


@pytest.fixture(scope="module")
def secrets(main_job: MainJob) -> list[str]:
    """The secrets that the refresh was given, and the tokens that it was lent for them."""
    given = main_job.environment
    key = json.loads(given["SOURCES__GA4__CREDENTIALS"])["private_key"].splitlines()[1]
    names = ("SOURCES__META_ADS__ACCESS_TOKEN", "SOURCES__HUBSPOT__ACCESS_TOKEN", "PRIVACY__HASH_KEY")
    return [key, *(given[name] for name in names), "Bearer ", "ya29.", "access_token="]


@pytest.fixture(scope="module")
def people() -> list[str]:
    """The names of the business's owners of deals and contacts, as an address or a card would write them."""
    world = build_world()
    owners = [f"{owner.first_name} {owner.last_name}" for owner in world.owners]
    return owners + sorted({contact.email.partition("@")[0] for contact in world.contacts})


def kept(home: Path) -> Iterator[tuple[str, bytes]]:
    """What can be searched as bytes, a workbook by its sheets; Parquet holds what the publication's tables hold."""
    for path in sorted(home.rglob("*")):
        if (
            path.is_file()
            and path.suffix not in {".duckdb", ".parquet"}
            and path.relative_to(home).parts[0] not in _GIVEN
        ):
            if path.suffix == ".xlsx":
                with ZipFile(path) as book:
                    yield from ((f"{path.name}/{name}", book.read(name)) for name in book.namelist())
            else:
                yield path.name, path.read_bytes()


def test_no_file_holds_a_secret_or_a_person(main_job: MainJob, secrets: list[str], people: list[str]) -> None:
    email, texts = re.compile(EMAIL.encode()), [text.encode() for text in secrets + people]
    found = []
    for name, held in kept(main_job.home):
        content = held.replace(_OF_A_LICENCE, b"")
        found += [(name, hit) for hit in (*email.findall(content), *(text for text in texts if text in content))]
    assert found == []


@pytest.mark.parametrize("of", ["warehouse", "publication"])
def test_no_table_holds_a_secret_or_a_person(main_job: MainJob, secrets: list[str], people: list[str], of: str) -> None:
    # Compressed columns cannot be searched as bytes.
    wanted = "|".join([*map(re.escape, secrets + people), EMAIL])
    with duckdb.connect(str(getattr(main_job.settings, of)), read_only=True) as connection:
        texts, found = hits_in_tables(connection, wanted)
    assert len(texts) > 20 or of == "publication"
    assert found == []


def hits_in_tables(
    connection: duckdb.DuckDBPyConnection, wanted: str, *, schema: str = "%"
) -> tuple[set[str], list[str]]:
    """The tables with text, and the columns of text in which a value matches `wanted`."""
    texts = connection.execute(
        "select schema_name, table_name, list(column_name) from duckdb_columns() "
        "where not internal and data_type like 'VARCHAR%' and schema_name like ? group by all order by all",
        [schema],
    ).fetchall()
    found = []
    for place, table, columns in texts:
        counts = ", ".join(f'count(*) filter (regexp_matches("{column}"::varchar, $wanted))' for column in columns)
        row = connection.execute(f'select {counts} from "{place}"."{table}"', {"wanted": wanted}).fetchone()
        found += [f"{place}.{table}.{column}" for column, hits in zip(columns, row or (), strict=True) if hits]
    return {f"{place}.{table}" for place, table, _ in texts}, found
