from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from ingestion.hubspot import source
from tests.ingestion.conftest import Trial
from warehouse.errors import ConfigurationError

# echo -n c501@firm.example | openssl dgst -sha256 -hmac "a key for tests"
HASH_501 = "e9fd8e8ab4b89f4b44fb027bc0693199b433351b93d4a3d22763030633d8e5f5"
CONTACTS, DEALS = "/objects/2026-09/contacts", "/objects/2026-09/deals"


def _load(trial: Trial) -> Any:
    return trial.load("hubspot", "2026-11-22", "2026-11-22")


def _deal(object_id: str, associations: Any = None, **properties: Any) -> dict[str, Any]:
    deal: dict[str, Any] = {
        "id": object_id,
        "properties": properties,
        "createdAt": "2026-11-01T00:00:00Z",
        "updatedAt": "2026-11-01T00:00:00Z",
        "archived": False,
    }
    return deal | ({"associations": {"contacts": associations}} if associations else {})


def test_reads_the_portal_as_it_stands(trial: Trial) -> None:
    report = _load(trial)
    assert report.tables == {"contacts": 3, "deals": 3, "deal_contacts": 2, "pipeline_stages": 4, "owners": 2}
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
    # HubSpot drops the associations of what is archived.
    assert trial.rows("select * exclude (_dlt_load_id, _loaded_at) from raw_hubspot.deal_contacts order by 1") == [
        ("901", "501"),
        ("908", "501"),
    ]
    assert trial.rows(
        "select stage_id, is_closed, probability from raw_hubspot.pipeline_stages order by display_order"
    ) == [
        ("qualified", "false", "0.2"),
        ("proposal", "false", "0.6"),
        ("closedwon", "true", "1.0"),
        ("closedlost", "true", "0.0"),
    ]
    assert trial.rows("select owner_id, is_archived from raw_hubspot.owners order by 1") == [
        ("71", False),
        ("72", True),
    ]
    assert trial.rows("select count(*) from ops.requests where table_name = 'contacts'") == [(2,)]


def test_no_address_and_no_name_reaches_the_warehouse(trial: Trial) -> None:
    _load(trial)
    with duckdb.connect(str(trial.home / "warehouse.duckdb"), read_only=True) as con:
        tables = con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        stored = str([con.execute(f"select * from {table}").fetchall() for (table,) in tables])
    assert HASH_501 in stored
    for private in ("firm.example", "Miriam", "Vogt", "pat-eu1"):
        assert private not in stored


def test_pages_make_the_same_rows(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "PAGE", 1)
    monkeypatch.setattr(source, "OWNERS_PAGE", 1)
    assert _load(trial).tables == {
        "contacts": 3,
        "deals": 3,
        "deal_contacts": 2,
        "pipeline_stages": 4,
        "owners": 2,
    }
    # Two live contacts and an archived one, a page each.
    assert [request.query["archived"] for request in trial.asked(CONTACTS)] == ["false", "false", "true"]


def test_what_is_archived_while_it_is_read_comes_once(trial: Trial) -> None:
    again = {"id": "501", "properties": {}, "createdAt": None, "updatedAt": None, "archived": True}
    trial.control.inject(CONTACTS, 1, 200, {"results": [again]}, skip=1)
    _load(trial)
    assert trial.rows("select contact_id, is_archived from raw_hubspot.contacts order by 1") == [
        ("501", False),
        ("504", False),
    ]


def test_associations_are_complete_and_once_a_label(trial: Trial) -> None:
    labels = [{"id": "504", "type": "deal_to_contact"}, {"id": "504", "type": "deal_to_contact_unlabeled"}]
    more = {"results": labels, "paging": {"next": {"after": "505", "link": "https://api.hubapi.com/elsewhere"}}}
    page = {"results": [_deal("901", more), _deal("902", {"results": labels}), _deal("903")]}
    trial.control.inject(DEALS, 2, 200, page)
    _load(trial)
    # 901 has more than its page holds: the portal is asked, and says 501.
    assert trial.rows("select deal_id, contact_id from raw_hubspot.deal_contacts order by all") == [
        ("901", "501"),
        ("902", "504"),
    ]


def test_an_amount_without_currency_is_in_the_companys(trial: Trial) -> None:
    page = {
        "results": [
            _deal("1", amount="5.10", deal_currency_code=None),
            _deal("2", amount="", deal_currency_code=""),
            _deal("3", amount="7", deal_currency_code="CHF"),
        ]
    }
    trial.control.inject(DEALS, 1, 200, page)
    _load(trial)
    assert trial.rows("select amount, currency_code from raw_hubspot.deals where not is_archived order by deal_id") == [
        ("5.10", "EUR"),
        (None, None),
        ("7", "CHF"),
    ]


def test_rolling_limits_are_waited_out(trial: Trial) -> None:
    trial.inject("hubspot.ten_secondly", CONTACTS)
    trial.inject("hubspot.ten_secondly_retry_after", DEALS)
    trial.inject("hubspot.cloudflare_524", "/owners/")
    report = _load(trial)
    assert sorted(trial.slept) == [1.0, 10.0, 10.0]
    assert report.tables["contacts"] == 3


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("hubspot.daily", "the account's daily requests are used up"),
        ("hubspot.missing_scopes", "the token lacks scope crm.objects.deals.read; tick it"),
        ("hubspot.unauthorized", "HubSpot refused sources.hubspot.access_token"),
    ],
)
def test_what_cannot_be_waited_out_is_one_line_and_changes_nothing(trial: Trial, fault: str, line: str) -> None:
    _load(trial)
    trial.inject(fault, DEALS)
    with pytest.raises(ConfigurationError) as caught:
        _load(trial)
    assert str(caught.value).startswith(f"hubspot: deals: {line}")
    assert trial.rows("select count(*) from raw_hubspot.deals") == [(3,)]


def test_a_wrong_token_is_one_line_without_the_token(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__HUBSPOT__ACCESS_TOKEN", "pat-eu1-wrong")
    with pytest.raises(ConfigurationError) as caught:
        _load(trial)
    assert "sources.hubspot.access_token" in str(caught.value)
    assert "wrong" not in str(caught.value)


def test_probe_tries_each_kind_of_object(trial: Trial) -> None:
    assert [(verdict.ok, verdict.subject) for verdict in trial.probe("hubspot")] == [
        (True, "hubspot portal"),
        (True, "hubspot contacts"),
        (True, "hubspot deals"),
        (True, "hubspot pipelines"),
        (True, "hubspot owners"),
    ]
    trial.inject("hubspot.missing_scopes", DEALS)
    refused = [verdict for verdict in trial.probe("hubspot") if not verdict.ok]
    assert [verdict.subject for verdict in refused] == ["hubspot deals"]
    assert "crm.objects.deals.read" in refused[0].message
