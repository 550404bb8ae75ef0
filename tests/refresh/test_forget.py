"""Forgetting a person: rows written by hand, one person to go and one to stay."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from ingestion import hubspot
from ingestion.pipeline import ensure_tables
from ingestion.privacy import keyed_hash
from refresh.forget import forget, forget_again
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings
from warehouse.tables import PUBLICATION


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
        add_deal(connection, f"deal{contact}", contact)
        connection.execute(
            "insert into raw_file_drop.surveys (response_id, score, email_hash) values (?, 9, ?)", [contact, hashed]
        )


def add_deal(connection: duckdb.DuckDBPyConnection, deal: str, contact: str) -> None:
    connection.execute("insert into raw_hubspot.deals (deal_id, amount) values (?, '900.00')", [deal])
    connection.execute("insert into raw_hubspot.deal_contacts values (?, ?, null, null)", [deal, contact])


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.warehouse)) as connection:
        return connection.execute(query).fetchall()


def test_the_person_goes_and_the_revenue_stays(settings: Settings) -> None:
    done = forget(settings, " Gone@Example.com ")
    assert done.rows == {"raw_hubspot.contacts": 1, "raw_hubspot.deal_contacts": 1, "raw_file_drop.surveys": 1}
    assert done.proof.found == ()
    # a lead stays a lead, and is nobody's
    (contact, hashed), other = rows(settings, "select contact_id, email_hash from raw_hubspot.contacts order by 1 desc")
    assert str(contact).startswith("forgotten-") and str(hashed).startswith("forgotten-")
    assert other == ("2", keyed_hash("stays@example.com"))
    assert rows(settings, "select count(*) from raw_hubspot.deals") == [(2,)]
    (of_gone,), (of_other,) = rows(settings, "select contact_id from raw_hubspot.deal_contacts order by deal_id")
    assert str(of_gone).startswith("forgotten-")
    assert of_other == "2"
    # The score is an opinion without an owner now.
    assert rows(
        settings, "select response_id, score, email_hash like 'forgotten-%' from raw_file_drop.surveys order by 1"
    ) == [("1", 9, True), ("2", 9, False)]


def test_the_persons_stages_and_companies_go_too(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        for contact in ("1", "2"):
            connection.execute(
                "insert into raw_hubspot.contact_stages (contact_id, stage) values (?, 'lead')", [contact]
            )
            connection.execute(
                "insert into raw_hubspot.contact_companies (contact_id, company_id) values (?, '7')", [contact]
            )
        connection.execute('update raw_hubspot.contacts set properties = \'{"first_name": "Gone"}\'')
    removed = forget(settings, "gone@example.com").rows
    assert (removed["raw_hubspot.contact_stages"], removed["raw_hubspot.contact_companies"]) == (1, 1)
    assert rows(settings, "select contact_id from raw_hubspot.contact_stages where contact_id <> '2'") == rows(
        settings, "select contact_id from raw_hubspot.contacts where contact_id <> '2'"
    )
    assert rows(settings, "select count(*) from raw_hubspot.contact_companies where contact_id = '1'") == [(0,)]
    # nobody has no first name
    assert rows(settings, "select contact_id from raw_hubspot.contacts where properties is not null") == [("2",)]


def test_a_later_load_does_not_bring_the_person_back(settings: Settings) -> None:
    forget(settings, "gone@example.com")
    contacts = rows(settings, "select contact_id, email_hash from raw_hubspot.contacts order by 1")
    links = rows(settings, "select deal_id, contact_id from raw_hubspot.deal_contacts order by 1")
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("delete from raw_hubspot.contacts; delete from raw_hubspot.deal_contacts")
        fill(connection)
    forget_again(settings, hubspot.SPEC)
    # the same nobody as before
    assert rows(settings, "select contact_id, email_hash from raw_hubspot.contacts order by 1") == contacts
    assert rows(settings, "select distinct deal_id, contact_id from raw_hubspot.deal_contacts order by 1") == links


def test_the_deals_of_a_person_stay_together_when_the_vendor_drops_the_person_too(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        add_deal(connection, "second", "1")
    forget(settings, "gone@example.com")
    links = rows(settings, "select deal_id, contact_id from raw_hubspot.deal_contacts order by 1")
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("delete from raw_hubspot.deal_contacts where contact_id <> '2'")
    forget_again(settings, hubspot.SPEC)
    assert rows(settings, "select deal_id, contact_id from raw_hubspot.deal_contacts order by 1") == links
    assert len({contact for deal, contact in links if deal != "deal2"}) == 1


def test_a_deal_of_two_stays_with_the_one_who_brought_it(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("update raw_hubspot.contacts set created_at = '2026-01-0' || contact_id || ' 00:00:00+00'")
        connection.execute("insert into raw_hubspot.deal_contacts values ('deal1', '2', null, null)")
    forget(settings, "gone@example.com")
    assert rows(settings, "select contact_id like 'forgotten-%' from raw_hubspot.deal_contacts order by deal_id") == [
        (True,),
        (False,),
    ]
    forget(settings, "stays@example.com")
    assert rows(settings, "select count(distinct contact_id) from raw_hubspot.deal_contacts") == [(2,)]


def test_a_person_with_two_addresses_goes_whole_whichever_is_given(settings: Settings) -> None:
    gone, second = keyed_hash("gone@example.com"), keyed_hash("second@example.com")
    third = keyed_hash("third@example.com")
    with duckdb.connect(str(settings.warehouse)) as connection:
        # HubSpot merged two contacts into the first; the file names a contact that is another one, by now.
        connection.execute(
            "update raw_hubspot.contacts set further_email_hashes = ? where contact_id = '1'", [f"{second};{third}"]
        )
        connection.execute(
            "insert into raw_file_drop.crm_contacts (contact_id, email_hash, merged_into) values "
            "('A', ?, null), ('B', null, 'A'), ('C', ?, null)",
            [second, keyed_hash("stays@example.com")],
        )
        connection.execute(
            "insert into raw_file_drop.crm_deals (deal_id, contact_id) values ('D1', 'A'), ('D2', 'B'), ('D3', 'C')"
        )
        connection.execute("insert into raw_file_drop.surveys (response_id, email_hash) values ('3', ?)", [third])
    forget(settings, "second@example.com")
    assert rows(settings, "select contact_id from raw_hubspot.contacts where contact_id not like 'forgotten-%'") == [
        ("2",)
    ]
    assert rows(
        settings, "select contact_id from raw_file_drop.crm_contacts where contact_id not like 'forgotten-%'"
    ) == [("C",)]
    # what tied the contacts ties them still
    assert rows(
        settings,
        "select count(*) from raw_file_drop.crm_contacts as one join raw_file_drop.crm_contacts as other"
        " on one.merged_into = other.contact_id join raw_hubspot.contacts as third"
        " on contains(third.further_email_hashes, other.email_hash)",
    ) == [(1,)]
    assert rows(
        settings, "select response_id from raw_file_drop.surveys where email_hash like 'forgotten-%' order by 1"
    ) == [
        ("1",),
        ("3",),
    ]
    assert {digest for (digest,) in rows(settings, "select digest from ops.forgotten")} == {
        sha256(hashed.encode()).hexdigest() for hashed in (gone, second, third)
    }
    # Revenue of one customer, in both systems.
    customers = rows(
        settings,
        "select deal_id, contact_id from raw_file_drop.crm_deals "
        "union all select deal_id, contact_id from raw_hubspot.deal_contacts order by 1",
    )
    kept = {str(deal): str(contact) for deal, contact in customers}
    first, *others = (kept[deal] for deal in ("D1", "D2", "deal1"))
    assert others == [first, first]
    assert str(first).startswith("forgotten-")
    assert (kept["D3"], kept["deal2"]) == ("C", "2")


def test_the_hash_goes_from_wherever_it_stands(settings: Settings) -> None:
    gone, stays = keyed_hash("gone@example.com"), keyed_hash("stays@example.com")
    page = '{"page_location": "https://shop.example/?who=%s&n=1"}'
    with duckdb.connect(str(settings.warehouse)) as connection:
        for hashed in (gone, stays):
            connection.execute(
                "insert into raw_ga4_export.events (event_params, user_id) values (?, ?)", [page % hashed, hashed]
            )
        # An address book with the address as the contact's id, which comes as a hash.
        connection.execute("insert into raw_file_drop.crm_deals (deal_id, contact_id) values ('D1', ?)", [gone])
        connection.execute('insert into raw_file_drop.quarantine ("row", value) values (?, ?)', [f"C1,{gone}", gone])
    forget(settings, "gone@example.com")
    (other, of_other), (params, user) = rows(
        settings, "select event_params, user_id from raw_ga4_export.events order by user_id like 'forgotten-%'"
    )
    assert (other, of_other) == (page % stays, stays)
    assert (params, str(user)[:10]) == (page % user, "forgotten-")
    assert rows(settings, "select count(*) from raw_file_drop.quarantine") == [(0,)]
    assert rows(settings, "select contact_id like 'forgotten-%' from raw_file_drop.crm_deals") == [(True,)]


def test_nothing_is_kept_of_the_address_itself(settings: Settings) -> None:
    forget(settings, "gone@example.com")
    forget(settings, "gone@example.com")
    listed = rows(settings, "select email_hash, digest from ops.forgotten")
    assert listed == [(None, sha256(str(keyed_hash("gone@example.com")).encode()).hexdigest())]


def test_a_text_that_is_no_address_is_refused_and_not_repeated(settings: Settings) -> None:
    with pytest.raises(ConfigurationError) as caught:
        forget(settings, "Jane Doe")
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize("stage", ["find", "publications", "files", "warehouse", "proof"])
def test_a_run_that_is_stopped_goes_on_where_it_was(settings: Settings, stage: str) -> None:
    """A kept version and a log hold the contact and the hash, and the run dies at each of its stages."""
    gone = str(keyed_hash("gone@example.com"))
    settings.serving.mkdir()
    kept = settings.serving / "kpi.first.duckdb"
    with duckdb.connect(str(kept)) as connection:
        connection.execute("create schema published")
        connection.execute(
            "create table published.fct_orders as select 'd' as order_id, '1' as contact_id, ? as person_id", [gone]
        )
        PUBLICATION.create(connection)
        connection.execute(
            "insert into published.publication by name select 'first' as run_id, now() as published_at, "
            "date '2026-03-01' as data_through, 1 as checks_passed, 1 as checks_total"
        )
    settings.publication.symlink_to(kept.name)
    settings.logs.mkdir()
    (settings.logs / "a.json").write_text(gone, encoding="utf-8")

    def stop(seen: str, subject: str) -> None:
        if seen == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forget(settings, "gone@example.com", stop)
    assert forget(settings, "gone@example.com").proof.found == ()
    with duckdb.connect(str(settings.publication), read_only=True) as connection:
        published = connection.execute("select contact_id, person_id from published.fct_orders").fetchall()
    # one name in the publication and in the warehouse, whichever of the two runs wrote it
    assert published == [rows(settings, "select contact_id, email_hash from raw_hubspot.contacts order by 1 desc")[0]]
    assert published[0][0].startswith("forgotten-")
    assert [path.name for path in settings.serving.glob("*.duckdb") if not path.is_symlink()] == ["kpi.first-e1.duckdb"]
    assert not list(settings.home.glob(".eras*"))
    assert rows(settings, "select count(*) from ops.forgotten") == [(1,)]
