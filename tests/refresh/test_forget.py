"""Forgetting a person: rows written by hand, one person to go and one to stay."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ingestion import hubspot
from ingestion.pipeline import ensure_tables
from ingestion.privacy import keyed_hash
from refresh.forget import forget, forget_again
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PRIVACY__HASH_KEY", "a key of this test")
    settings = Settings(home=tmp_path)
    ensure_tables(settings)
    with duckdb.connect(str(settings.warehouse)) as connection:
        fill(connection)
    return settings


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    gone, stays = keyed_hash("gone@example.com"), keyed_hash("stays@example.com")
    for contact, hashed in (("1", gone), ("2", stays)):
        connection.execute("insert into raw_hubspot.contacts (contact_id, email_hash) values (?, ?)", [contact, hashed])
        connection.execute("insert into raw_hubspot.deals (deal_id, amount) values (?, '900.00')", [f"deal{contact}"])
        connection.execute(
            "insert into raw_hubspot.deal_contacts values (?, ?, null, null)", [f"deal{contact}", contact]
        )
        connection.execute(
            "insert into raw_file_drop.surveys (response_id, score, email_hash) values (?, 9, ?)", [contact, hashed]
        )


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.warehouse)) as connection:
        return connection.execute(query).fetchall()


def test_the_person_goes_and_the_revenue_stays(settings: Settings) -> None:
    removed = forget(settings, " Gone@Example.com ")
    assert removed == {"raw_hubspot.contacts": 1, "raw_hubspot.deal_contacts": 1, "raw_file_drop.surveys": 1}
    assert rows(settings, "select contact_id from raw_hubspot.contacts") == [("2",)]
    assert rows(settings, "select count(*) from raw_hubspot.deals") == [(2,)]
    assert rows(settings, "select contact_id from raw_hubspot.deal_contacts") == [("2",)]
    # The score is an opinion without an owner now.
    assert rows(settings, "select response_id, score, email_hash is null from raw_file_drop.surveys order by 1") == [
        ("1", 9, True),
        ("2", 9, False),
    ]


def test_a_later_load_does_not_bring_the_person_back(settings: Settings) -> None:
    forget(settings, "gone@example.com")
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("delete from raw_hubspot.contacts; delete from raw_hubspot.deal_contacts")
        fill(connection)
    forget_again(settings, hubspot.SPEC)
    assert rows(settings, "select contact_id from raw_hubspot.contacts") == [("2",)]
    assert rows(settings, "select contact_id from raw_hubspot.deal_contacts") == [("2",)]


def test_nothing_is_kept_of_the_address_itself(settings: Settings) -> None:
    forget(settings, "gone@example.com")
    forget(settings, "gone@example.com")
    assert rows(settings, "select email_hash from ops.forgotten") == [(keyed_hash("gone@example.com"),)]


def test_a_text_that_is_no_address_is_refused_and_not_repeated(settings: Settings) -> None:
    with pytest.raises(ConfigurationError) as caught:
        forget(settings, "Jane Doe")
    assert "Jane" not in str(caught.value)
