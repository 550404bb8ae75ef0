from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from ingestion.http import Accept, Fatal, Outcome, RefreshToken, Retry, SkipEntity, WaitUntil
from ingestion.hubspot import SPEC, objects
from ingestion.hubspot.replies import classify
from ingestion.sandbox.faults import named

CONTACTS, COMPANIES, DEALS = objects.kinds("client", "margin")
FIXTURES = Path(__file__).parents[2].parent / "shared" / "fixtures" / "hubspot"


@pytest.fixture(autouse=True)
def hash_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVACY__HASH_KEY", "test-key")


def reply(status: int, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers or {})
    response._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return response


def test_a_contact_keeps_no_address() -> None:
    contact = {
        "id": "512",
        "properties": {
            "email": " Anna@Example.com ",
            "lifecyclestage": "marketingqualifiedlead",
            "hs_analytics_source": "PAID_SEARCH",
            "hs_analytics_source_data_1": "",
            "hs_analytics_source_data_2": "import of anna@example.com",
            "hs_additional_emails": "ANNA@example.com;;",
            "hs_google_click_id": "Cj0K",
            "hs_facebook_click_id": None,
            "client": "1234567890.1761000000",
            "hs_merged_object_ids": "511;513",
            "hs_v2_date_entered_lead": "2026-11-01T09:12:00.123Z",
            "hs_v2_date_entered_marketingqualifiedlead": "1762333200456",
            "country": "Switzerland",
        },
        "createdAt": "2026-11-01T09:12:00.123Z",
        "updatedAt": "2026-11-20T10:00:00.456Z",
        "archived": False,
    }
    row = CONTACTS.row(contact)
    assert set(row) == set(SPEC.table("contacts").columns)
    assert {key: value for key, value in row.items() if value is not None} == {
        "contact_id": "512",
        "is_archived": False,
        "created_at": datetime(2026, 11, 1, 9, 12, 0, 123000, tzinfo=UTC),
        "updated_at": datetime(2026, 11, 20, 10, 0, 0, 456000, tzinfo=UTC),
        # echo -n anna@example.com | openssl dgst -sha256 -hmac test-key
        "email_hash": "3efc75d3fd6614c474df00a9862a7b8de6ee45325b632a22da0b7da1d10b2ca4",
        "further_email_hashes": "3efc75d3fd6614c474df00a9862a7b8de6ee45325b632a22da0b7da1d10b2ca4",
        "lifecycle_stage": "marketingqualifiedlead",
        "analytics_source": "PAID_SEARCH",
        # Somebody may have written an address anywhere.
        "analytics_source_data_2": "import of 3efc75d3fd6614c474df00a9862a7b8de6ee45325b632a22da0b7da1d10b2ca4",
        "google_click_id": "Cj0K",
        "ga_client_id": "1234567890.1761000000",
        "merged_object_ids": "511;513",
        "entered_lead_at": datetime(2026, 11, 1, 9, 12, 0, 123000, tzinfo=UTC),
        "entered_mql_at": datetime(2025, 11, 5, 9, 0, 0, 456000, tzinfo=UTC),
        "country": "Switzerland",
    }


def test_a_deal_keeps_its_amount_as_text() -> None:
    deal = {
        "id": 7,
        "properties": {
            "amount": "1234.50",
            "deal_currency_code": "CHF",
            "closedate": "2026-11-02T00:00:00Z",
            "dealstage": "closedwon",
            "pipeline": "default",
            "hs_is_closed": "true",
            "hs_is_closed_won": "false",
            "margin": "0.10",
            "hubspot_owner_id": "",
        },
        "createdAt": "2026-11-01T09:12:00Z",
        "updatedAt": "2026-11-01T09:12:00Z",
        "archived": True,
    }
    row = DEALS.row(deal)
    assert set(row) == set(SPEC.table("deals").columns)
    assert (row["deal_id"], row["amount"], row["gross_margin"], row["owner_id"]) == ("7", "1234.50", "0.10", None)
    assert (row["is_closed"], row["is_won"], row["is_archived"]) == (True, False, True)


def test_an_owner_keeps_no_name() -> None:
    owner = {"id": "1", "email": "o@example.com", "firstName": "Olga", "lastName": "Roth", "archived": True}
    row = objects.owner_row(owner)
    assert set(row) == set(SPEC.table("owners").columns)
    assert "Olga" not in str(row)
    assert row["is_archived"]


def test_stages_stay_text() -> None:
    stages = [{"id": "won", "label": "Won", "displayOrder": 5, "metadata": {"isClosed": "true", "probability": "1.0"}}]
    assert objects.stage_rows({"id": "default", "label": "Sales", "stages": stages}) == [
        {
            "pipeline_id": "default",
            "pipeline_label": "Sales",
            "stage_id": "won",
            "label": "Won",
            "display_order": 5,
            "is_closed": "true",
            "probability": "1.0",
        }
    ]


@pytest.mark.parametrize(
    ("name", "headers", "seconds"),
    [
        ("hubspot.ten_secondly", {}, 10.0),
        ("hubspot.ten_secondly", {"X-HubSpot-RateLimit-Interval-Milliseconds": "4000"}, 4.0),
        ("hubspot.secondly", {"Retry-After": "2"}, 2.0),
        ("hubspot.secondly", {}, 1.0),
        ("hubspot.migration_477", {"Retry-After": "30"}, 30.0),
    ],
)
def test_a_passing_limit_waits(name: str, headers: dict[str, str], seconds: float) -> None:
    fault = named(name)
    outcome = classify(reply(fault.status, fault.body, headers))
    assert isinstance(outcome, WaitUntil)
    assert outcome.seconds == seconds


@pytest.mark.parametrize(
    ("status", "body", "kind", "hint"),
    [
        (429, named("hubspot.daily").body, Fatal, "midnight in the portal's zone"),
        (401, named("hubspot.unauthorized").body, RefreshToken, "sources.hubspot.access_token"),
        (530, "error", Fatal, "is no HubSpot token"),
        (404, "<html>", Fatal, "api_version"),
    ],
)
def test_what_a_person_must_mend_says_how(status: int, body: Any, kind: type[Outcome], hint: str) -> None:
    outcome = classify(reply(status, body))
    assert isinstance(outcome, kind)
    assert isinstance(outcome, Fatal | RefreshToken)
    assert hint in outcome.hint


def test_a_missing_scope_is_of_one_kind_of_object() -> None:
    outcome = classify(reply(403, named("hubspot.missing_scopes").body))
    assert isinstance(outcome, SkipEntity)
    assert "lacks scope crm.objects.deals.read" in outcome.reason


def test_a_failing_gateway_and_a_reply_cut_off_are_tried_again() -> None:
    assert isinstance(classify(reply(524, "error code: 524")), Retry)
    assert isinstance(classify(reply(200, '{"results":[{"id":"5')), Retry)
    assert isinstance(classify(reply(207, {"results": []})), Accept)


def _recorded() -> list[dict[str, Any]]:
    """What a real portal answered about the properties of its contacts."""
    file = FIXTURES / "estuary_contacts_properties_response.json"
    if not file.exists():
        pytest.skip(f"the recorded reply is not at {file}")
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["results"]
    return found


def test_the_properties_asked_for_are_hubspots_own() -> None:
    contacts, _, _ = objects.kinds("email", "amount")
    assert set(contacts.properties()) <= {found["name"] for found in _recorded()}


def test_of_a_real_portal_only_dates_of_further_stages_are_kept() -> None:
    dates = tuple(f"hs_v2_date_entered_{stage}" for stage in ("current_stage", "evangelist", "other", "subscriber"))
    assert objects.kept_properties(CONTACTS, _recorded(), []) == dates
    assert objects.kept_properties(CONTACTS, _recorded(), ["jobtitle"]) == (*dates, "jobtitle")


@pytest.mark.parametrize(
    ("one", "is_kept"),
    [
        ({"type": "enumeration"}, True),
        ({"type": "number"}, True),
        ({"type": "bool"}, True),
        ({"type": "string"}, False),
        ({"type": "phone_number"}, False),
        ({"type": "number", "archived": True}, False),
        ({"type": "number", "dataSensitivity": "sensitive"}, False),
        ({"type": "number", "hubspotDefined": True}, False),
        ({"type": "string", "name": "wanted"}, True),
        ({"type": "string", "name": "wanted", "dataSensitivity": "highly_sensitive"}, False),
        ({"type": "string", "name": "email"}, False),
        ({"type": "enumeration", "name": "hs_additional_emails"}, False),
    ],
)
def test_a_property_that_may_name_a_person_is_not_asked_for(one: dict[str, Any], is_kept: bool) -> None:
    found = {"name": "custom", "hubspotDefined": False, **one}
    assert bool(objects.kept_properties(CONTACTS, [found], ["wanted", "email", "hs_additional_emails"])) is is_kept


def test_stages_come_oldest_first_and_once() -> None:
    versions = [
        {"value": "won", "timestamp": "2026-11-05T08:00:00.000Z", "sourceType": "CRM_UI"},
        {"value": "", "timestamp": "2026-11-04T08:00:00.000Z", "sourceType": "CRM_UI"},
        {"value": "open", "timestamp": "2026-11-01T08:00:00.000Z", "sourceType": "FORM"},
        {"value": "open", "timestamp": "2026-11-01T08:00:00.000Z", "sourceType": "IMPORT"},
    ]
    found = {"id": "7", "properties": {}, "propertiesWithHistory": {"dealstage": versions}}
    assert [(row["deal_id"], row["stage"], row["set_by"]) for row in DEALS.stages(found)] == [
        ("7", "open", "IMPORT"),
        ("7", "won", "CRM_UI"),
    ]
    assert COMPANIES.stages(found) == []
