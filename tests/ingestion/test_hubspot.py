from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from ingestion import catalog
from ingestion.hubspot import SPEC, portal, reading, source
from ingestion.pipeline import LoadReport, open_context
from tests.ingestion.conftest import Trial, Vendors, serving
from tests.ingestion.portal import CROWD, portal_world
from tests.ingestion.sandbox.tiny import utc
from warehouse.errors import ConfigurationError

# echo -n c501@firm.example, c519@firm.example | openssl dgst -sha256 -hmac "a key for tests"
HASH_519 = "dcb36f274b0d688ebe2d269e94dc0fdcfa385514350a66b9c9ac40fc761b9142"
HASH_501 = "e9fd8e8ab4b89f4b44fb027bc0693199b433351b93d4a3d22763030633d8e5f5"
CONTACTS, DEALS, SEARCH = "/objects/2026-09/contacts", "/objects/2026-09/deals", "/search"
ROWS = {
    "contacts": 3, "companies": 2, "deals": 3, "contact_stages": 7, "deal_stages": 6, "deal_contacts": 2,
    "contact_companies": 3, "deal_companies": 2, "pipeline_stages": 4, "owners": 2, "object_reads": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    with serving(portal_world()) as running:
        yield running


def load(trial: Trial, now: str | None = None) -> LoadReport:
    if now:
        trial.control.set_clock(utc(now))
    return trial.load("hubspot", "2026-11-22", "2026-11-22")


TABLES = {table.name: list(table.columns) for table in SPEC.tables if table.name != "object_reads"}


def raw(trial: Trial) -> dict[str, list[Any]]:
    """Every raw table but the marks of the reads, as it stands."""
    found = trial.answers(
        {name: f"select {', '.join(columns)} from raw_hubspot.{name}" for name, columns in TABLES.items()}
    )
    return {name: sorted(rows, key=str) for name, rows in found.items()}


def reads(trial: Trial) -> dict[str, str]:
    """How each kind of object was read last."""
    told = trial.rows(
        "select table_name, max_by(metadata, requested_at) from ops.requests where metadata like '%read%' group by 1"
    )
    return {name: json.loads(metadata)["read"] for name, metadata in told}


def undisturbed(trial: Trial) -> dict[str, list[Any]]:
    """What one read of everything gives now."""
    found = source.read(open_context(catalog.get("hubspot"), settings=trial.settings(), as_of=trial.control.now))
    return {
        name: sorted((tuple(row.get(column) for column in columns) for row in found[name]), key=str)
        for name, columns in TABLES.items()
    }


def _deal(object_id: str, **properties: Any) -> dict[str, Any]:
    moment = "2026-11-01T00:00:00Z"
    return {"id": object_id, "properties": properties, "createdAt": moment, "updatedAt": moment, "archived": False}


def test_reads_the_portal_as_it_stands(trial: Trial) -> None:
    assert load(trial).tables == ROWS
    assert trial.rows(
        "select contact_id, is_archived, google_click_id, facebook_click_id, ga_client_id, merged_object_ids "
        "from raw_hubspot.contacts order by 1"
    ) == [
        ("501", False, "Cj0A", None, "12.34", "401;402"),
        ("504", False, None, "IwAR1", None, None),
        ("507", True, None, None, None, None),
    ]
    assert trial.rows(
        "select email_hash, lifecycle_stage, created_at, entered_lead_at, entered_customer_at "
        "from raw_hubspot.contacts where contact_id = '501'"
    ) == [
        (
            HASH_501,
            "customer",
            datetime(2026, 11, 1, 9, 12, tzinfo=UTC),
            datetime(2026, 11, 1, 9, 12, tzinfo=UTC),
            datetime(2026, 11, 20, 10, tzinfo=UTC),
        )
    ]
    # On the 23rd the deal that is lost on the 25th is still open.
    assert trial.rows(
        "select deal_id, is_archived, is_closed, is_won, amount, currency_code, gross_margin, owner_id "
        "from raw_hubspot.deals order by 1"
    ) == [
        ("901", False, True, True, "1500.50", "EUR", "600.20", "71"),
        ("908", False, False, False, "90.00", "CHF", "30.00", "72"),
        ("915", True, False, False, "10.00", "EUR", "3.00", "71"),
    ]
    tables = raw(trial)
    # HubSpot drops the associations of what is archived.
    assert tables["deal_contacts"] == [("901", "501"), ("908", "501")]
    assert tables["contact_companies"] == [("501", "801", True), ("501", "805", False), ("504", "801", False)]
    assert tables["deal_companies"] == [("901", "801", True), ("908", "801", True)]
    assert [(row[0], row[1], row[6], row[7]) for row in tables["companies"]] == [
        ("801", False, "Germany", "12"),
        ("805", False, "Germany", "12"),
    ]
    assert trial.rows(
        "select stage_id, is_closed, probability from raw_hubspot.pipeline_stages order by display_order"
    ) == [
        ("qualified", "false", "0.2"),
        ("proposal", "false", "0.6"),
        ("closedwon", "true", "1.0"),
        ("closedlost", "true", "0.0"),
    ]
    assert [(row[0], row[2]) for row in tables["owners"]] == [("71", False), ("72", True)]


def test_stages_have_their_history(trial: Trial) -> None:
    load(trial)
    assert trial.rows(
        "select stage, entered_at, set_by from raw_hubspot.contact_stages where contact_id = '501' order by entered_at"
    ) == [
        ("lead", datetime(2026, 11, 1, 9, 12, tzinfo=UTC), "CRM_UI"),
        ("marketingqualifiedlead", datetime(2026, 11, 5, 8, tzinfo=UTC), "CRM_UI"),
        ("salesqualifiedlead", datetime(2026, 11, 6, 8, tzinfo=UTC), "CRM_UI"),
        ("opportunity", datetime(2026, 11, 7, 8, tzinfo=UTC), "CRM_UI"),
        ("customer", datetime(2026, 11, 20, 10, tzinfo=UTC), "CRM_UI"),
    ]
    assert trial.rows("select stage, entered_at from raw_hubspot.deal_stages where deal_id = '908' order by 2") == [
        ("qualified", datetime(2026, 11, 18, 8, tzinfo=UTC)),
        ("proposal", datetime(2026, 11, 21, 21, tzinfo=UTC)),
    ]


def test_the_portals_own_properties_are_kept_unless_they_may_name_a_person(trial: Trial) -> None:
    load(trial)
    assert trial.rows("select contact_id, properties from raw_hubspot.contacts order by 1") == [
        ("501", '{"desks_wanted": "21", "office_size": "up_to_5"}'),
        ("504", '{"office_size": "up_to_5"}'),
        ("507", '{"desks_wanted": "27", "office_size": "up_to_5"}'),
    ]
    trial.overrides["hubspot"] = {"keep_properties": "private_remark", "gross_margin_property": "profit"}
    report = load(trial)
    # Another list of properties: what did not change is read again too.
    assert set(reads(trial).values()) == {"all", "changes"}
    assert "private_remark" in trial.rows("select properties from raw_hubspot.contacts where contact_id = '501'")[0][0]
    assert report.warnings == ("sources.hubspot.gross_margin_property = 'profit': the portal has no such property of deals",)  # fmt: skip  # noqa: E501


def test_no_address_and_no_name_reaches_the_warehouse(trial: Trial) -> None:
    load(trial)
    with duckdb.connect(str(trial.home / "warehouse.duckdb"), read_only=True) as con:
        tables = con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        stored = str([con.execute(f"select * from {table}").fetchall() for (table,) in tables])
    assert HASH_501 in stored
    for private in ("firm.example", "vogt.example", "Miriam", "Vogt", "C501", "pat-eu1"):
        assert private not in stored
    assert not [one for one in trial.control.log if "@" in str(one.query) or "@" in one.path]


def test_pages_make_the_same_rows(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIST_PAGE", "SEARCH_PAGE", "OWNERS_PAGE", "BATCH", "BATCH_WITH_HISTORY", "ASSOCIATION_INPUTS"):
        monkeypatch.setattr(portal, name, 1)
    assert load(trial).tables == ROWS
    # Two live contacts and an archived one, a page each.
    listed = [one.query["archived"] for one in trial.asked(CONTACTS) if one.method == "GET"]
    assert listed == ["false", "false", "true"]
    assert load(trial).tables == ROWS


def test_december_read_by_its_changes_is_december_read_as_a_whole(trial: Trial) -> None:
    """Merges, archives, imports and huge deals, day by day; only what was erased waits for the weekly sweep."""
    load(trial, "2026-11-30T08:00:00")
    for day in (2, 3, 4, 6, 7, 11, 12):
        now = f"2026-12-{day:02d}T08:00:00"
        load(trial, now)
        assert set(reads(trial).values()) == {"all" if day == 7 else "changes"}, now
        expected, found = undisturbed(trial), raw(trial)
        if day == 6:
            # 513 was erased on the 5th at 10:00: the sweep of the 7th will find out.
            found["contacts"] = [row for row in found["contacts"] if row[0] != "513"]
            found["contact_stages"] = [row for row in found["contact_stages"] if row[0] != "513"]
        assert found == expected, now
    contacts = {row[0]: row for row in raw(trial)["contacts"]}
    assert contacts.keys() == {"501", "504", "507", "510", "516", *CROWD}
    assert contacts["504"][1] is True
    # The address of the loser, by which the person may be known elsewhere.
    assert trial.rows("select contact_id from raw_hubspot.contacts where further_email_hashes is not null") == [
        ("516",)
    ]
    assert HASH_519 in contacts["516"]
    ties = raw(trial)["deal_contacts"]
    assert ("922", "516") in ties
    assert len([tie for tie in ties if tie[0] == "950"]) == 1_203


def test_a_search_never_turns_a_page(trial: Trial) -> None:
    load(trial, "2026-12-09T08:00:00")
    trial.control.log.clear()
    load(trial, "2026-12-10T11:00:00")
    # 1,203 contacts at 200 a search: 1 + 6, and one each for companies and deals.
    assert len(trial.asked(f"{CONTACTS}{SEARCH}")) == 7
    assert len(trial.asked(SEARCH)) == 9


def test_an_import_larger_than_a_search_shows_is_read_whole(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingestion.sandbox import hubspot_search

    monkeypatch.setattr(hubspot_search, "RESULT_LIMIT", 400)
    load(trial, "2026-12-09T08:00:00")
    load(trial, "2026-12-10T11:00:00")
    assert reads(trial)["contacts"] == "changes"
    assert trial.rows("select count(*) from raw_hubspot.contacts where created_at >= '2026-12-10'") == [(1_203,)]


def test_what_the_search_shows_late_is_read_by_the_next_load(trial: Trial) -> None:
    load(trial, "2026-12-09T08:00:00")
    # Ten seconds after the import, the search does not know of it.
    load(trial, "2026-12-10T10:00:10")
    assert trial.rows("select count(*) from raw_hubspot.contacts where created_at >= '2026-12-10'") == [(0,)]
    load(trial, "2026-12-10T10:01:00")
    assert raw(trial) == undisturbed(trial)


def test_a_search_out_of_order_is_refused(trial: Trial) -> None:
    load(trial, "2026-12-09T08:00:00")
    results = [{"id": "516"}, {"id": "501"}]
    trial.control.inject(f"{CONTACTS}{SEARCH}", 1, 200, {"total": 2, "results": results})
    with pytest.raises(ConfigurationError, match=r"contacts search: .* set sources\.hubspot\.full_read_days = 0"):
        load(trial)


def test_a_contact_that_was_brought_back_is_live_again(trial: Trial) -> None:
    load(trial, "2026-12-08T08:00:00")
    trial.execute("update raw_hubspot.contacts set is_archived = true where contact_id = '510'")
    trial.execute("insert into raw_hubspot.contacts (contact_id, is_archived) values ('499', true)")
    load(trial)
    assert raw(trial) == undisturbed(trial)


def test_a_contact_that_a_deal_names_is_read_though_nothing_calls_it_changed(trial: Trial) -> None:
    load(trial)
    # As after `kpi forget`, which every later load must find anew.
    trial.execute("delete from raw_hubspot.contacts where contact_id = '501'")
    trial.execute("delete from raw_hubspot.contact_stages where contact_id = '501'")
    load(trial)
    assert reads(trial)["contacts"] == "changes"
    assert raw(trial) == undisturbed(trial)


@pytest.mark.parametrize("changed", ["key", "days"])
def test_what_makes_earlier_rows_useless_reads_everything(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    load(trial)
    if changed == "key":
        monkeypatch.setenv("PRIVACY__HASH_KEY", "another key")
    else:
        trial.overrides["hubspot"] = {"full_read_days": 0}
    load(trial)
    assert set(reads(trial).values()) == {"all"}
    assert (trial.rows("select email_hash from raw_hubspot.contacts where contact_id = '501'") == [(HASH_501,)]) is (
        changed == "days"
    )


def test_stages_that_hubspot_has_forgotten_are_remembered(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "HISTORY_KEPT", 5)
    load(trial)
    trial.execute(
        "insert into raw_hubspot.contact_stages (contact_id, stage, entered_at) values "
        "('501', 'subscriber', '2026-10-01 08:00:00+00'), ('504', 'subscriber', '2026-10-01 08:00:00+00')"
    )
    trial.overrides["hubspot"] = {"full_read_days": 0}
    load(trial)
    # 501 has five versions, which is all that HubSpot keeps here; 504 has one, so no other was ever there.
    assert trial.rows("select contact_id from raw_hubspot.contact_stages where stage = 'subscriber'") == [("501",)]


def test_associations_are_complete_and_once_a_label(trial: Trial) -> None:
    labels = [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}, {"category": "USER_DEFINED", "typeId": 9}]
    page = {
        "results": [
            {"from": {"id": 901}, "to": [{"toObjectId": 504, "associationTypes": labels}],
             "paging": {"next": {"after": "0", "link": "https://api.hubapi.com/elsewhere"}}},
        ]
    }  # fmt: skip
    trial.control.inject("/associations/2026-09/deals/contacts", 1, 200, page)
    load(trial)
    # 901 has more than its page holds: the portal is asked, and says 501. The link beside the cursor is not followed.
    assert raw(trial)["deal_contacts"] == [("901", "501"), ("901", "504")]


def test_pages_that_do_not_end_are_refused(trial: Trial) -> None:
    again = {"results": [], "paging": {"next": {"after": "7"}}}
    trial.control.inject(f"{DEALS}$", 2, 200, again)
    with pytest.raises(ConfigurationError, match="hubspot: deals: HubSpot's pages do not end"):
        load(trial)


def test_an_amount_without_currency_is_in_the_companys(trial: Trial) -> None:
    found = [
        _deal("1", amount="5.10", deal_currency_code=None),
        _deal("2", amount="", deal_currency_code=""),
        _deal("3", amount="7", deal_currency_code="CHF"),
    ]
    trial.control.inject(f"{DEALS}/batch/read", 1, 200, {"results": found})
    load(trial)
    assert trial.rows("select amount, currency_code from raw_hubspot.deals where not is_archived order by deal_id") == [
        ("5.10", "EUR"),
        (None, None),
        ("7", "CHF"),
    ]


def test_a_wrong_token_is_one_line_without_the_token(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__HUBSPOT__ACCESS_TOKEN", "pat-eu1-wrong")
    with pytest.raises(ConfigurationError) as caught:
        load(trial)
    assert "sources.hubspot.access_token" in str(caught.value)
    assert "wrong" not in str(caught.value)


def test_a_span_of_days_that_is_none_is_one_line(trial: Trial) -> None:
    load(trial)
    trial.overrides["hubspot"] = {"full_read_days": "weekly"}
    with pytest.raises(ConfigurationError, match=r"sources\.hubspot\.full_read_days = 'weekly': is no number of days"):
        load(trial)


def test_probe_tries_each_kind_of_object(trial: Trial) -> None:
    assert [(verdict.ok, verdict.subject) for verdict in trial.probe("hubspot")] == [
        (True, "hubspot portal"),
        (True, "hubspot contacts"),
        (True, "hubspot companies"),
        (True, "hubspot deals"),
        (True, "hubspot properties"),
        (True, "hubspot pipelines"),
        (True, "hubspot owners"),
    ]
    trial.inject("hubspot.missing_scopes", DEALS)
    refused = [verdict for verdict in trial.probe("hubspot") if not verdict.ok]
    assert [verdict.subject for verdict in refused] == ["hubspot deals"]
    assert "crm.objects.deals.read" in refused[0].message


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("hubspot.unauthorized", "refused sources.hubspot.access_token; make a service key in its settings and put"),
        ("hubspot.malformed_token", "sources.hubspot.access_token is no HubSpot token; copy the whole service key"),
    ],
)
def test_probe_tells_of_a_wrong_token_once_with_its_mend(trial: Trial, fault: str, told: str) -> None:
    trial.inject(fault, "", times=99)
    (verdict,) = trial.probe("hubspot")
    assert (verdict.ok, verdict.subject) == (False, "hubspot portal")
    assert told in verdict.message


def test_a_clock_that_goes_back_reads_everything(trial: Trial) -> None:
    load(trial, "2026-12-12T08:00:00")
    trial.control.set_clock(trial.control.now - timedelta(days=19))
    load(trial)
    assert raw(trial) == undisturbed(trial)
