from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import requests

from ingestion.sandbox import hubspot
from ingestion.sandbox.control import HUBSPOT_TOKEN
from ingestion.sandbox.faults import FAULTS
from tests.ingestion.portal import CROWD, portal_world
from tests.ingestion.sandbox.tiny import NOW, Served, fixture_file, served, tiny_world, utc

CONTACT_PROPERTIES = (
    "email,lifecyclestage,hs_google_click_id,hs_facebook_click_id,ga_client_id,hs_merged_object_ids,country,"
    "hs_v2_date_entered_lead,hs_v2_date_entered_customer,no_such_property"
)
DEAL_PROPERTIES = (
    "dealstage,pipeline,amount,deal_currency_code,closedate,hs_is_closed,hs_is_closed_won,hubspot_owner_id,gross_margin"
)


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    with served(hubspot.routes, portal_world()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Served) -> Served:
    running.control.reset()
    return running


def call(sandbox: Served, path: str, body: Any = None, token: str = HUBSPOT_TOKEN, **params: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    method = "GET" if body is None else "POST"
    return requests.request(method, sandbox.url + path, json=body, params=params, headers=headers, timeout=60)


def ids(reply: requests.Response) -> list[str]:
    assert reply.status_code in (200, 207), reply.text
    return [found["id"] for found in reply.json()["results"]]


def test_contacts_are_strings_or_null(sandbox: Served) -> None:
    reply = call(sandbox, "/crm/objects/2026-09/contacts", limit=100, properties=CONTACT_PROPERTIES)
    assert ids(reply) == ["501", "504"]
    assert "paging" not in reply.json()
    assert reply.json()["results"][0] == {
        "id": "501",
        "properties": {
            "country": "Germany",
            "createdate": "2026-11-01T09:12:00.000Z",
            "email": "c501@firm.example",
            "ga_client_id": "12.34",
            "hs_facebook_click_id": None,
            "hs_google_click_id": "Cj0A",
            "hs_merged_object_ids": "401;402",
            "hs_object_id": "501",
            "hs_v2_date_entered_customer": "2026-11-20T10:00:00.000Z",
            "hs_v2_date_entered_lead": "2026-11-01T09:12:00.000Z",
            "lastmodifieddate": "2026-11-20T10:00:00.000Z",
            "lifecyclestage": "customer",
        },
        "createdAt": "2026-11-01T09:12:00.000Z",
        "updatedAt": "2026-11-20T10:00:00.000Z",
        "archived": False,
        "url": "https://app.hubspot.com/contacts/145000001/record/contacts/501",
    }


def test_deals_carry_their_contact_and_the_custom_margin(sandbox: Served) -> None:
    reply = call(sandbox, "/crm/objects/2026-09/deals", properties=DEAL_PROPERTIES, associations="contacts")
    won, still_open = reply.json()["results"]
    assert won["properties"] == {
        "amount": "1500.50",
        "closedate": "2026-11-20T10:00:00.000Z",
        "createdate": "2026-11-07T08:00:00.000Z",
        "deal_currency_code": "EUR",
        "dealstage": "closedwon",
        "gross_margin": "600.20",
        "hs_is_closed": "true",
        "hs_is_closed_won": "true",
        "hs_lastmodifieddate": "2026-11-20T10:00:00.000Z",
        "hs_object_id": "901",
        "hubspot_owner_id": "71",
        "pipeline": "default",
    }
    assert won["associations"] == {"contacts": {"results": [{"id": "501", "type": "deal_to_contact"}]}}
    # It will be lost in two days: until then nobody knows.
    assert still_open["properties"]["dealstage"] == "proposal"
    assert still_open["properties"]["hs_is_closed"] == "false"
    assert still_open["properties"]["closedate"] is None
    # Half of its way went by on the 21st.
    assert still_open["updatedAt"] == "2026-11-21T21:00:00.000Z"
    sandbox.control.set_clock(NOW + timedelta(days=3))
    later = call(sandbox, "/crm/objects/2026-09/deals/908", properties="dealstage,hs_is_closed_won").json()
    assert later["properties"]["dealstage"] == "closedlost"
    assert later["properties"]["hs_is_closed_won"] == "false"


def test_only_what_exists_at_the_clock_is_there(sandbox: Served) -> None:
    sandbox.control.set_clock(utc("2026-11-05T12:00:00"))
    (contact,) = call(sandbox, "/crm/objects/2026-09/contacts", properties="lifecyclestage").json()["results"]
    assert contact["properties"]["lifecyclestage"] == "marketingqualifiedlead"
    assert contact["updatedAt"] == "2026-11-05T08:00:00.000Z"
    assert ids(call(sandbox, "/crm/objects/2026-09/deals")) == []
    sandbox.control.set_clock(NOW + timedelta(days=2))
    assert ids(call(sandbox, "/crm/objects/2026-09/contacts")) == ["501", "504", "510"]


def test_archived_objects_come_in_a_pass_of_their_own(sandbox: Served) -> None:
    reply = call(sandbox, "/crm/objects/2026-09/contacts", archived="true")
    assert ids(reply) == ["507"]
    assert reply.json()["results"][0]["archivedAt"] == "2026-11-15T10:00:00.000Z"
    assert ids(call(sandbox, "/crm/objects/2026-09/deals", archived="true")) == ["915"]
    assert call(sandbox, "/crm/objects/2026-09/contacts/507").status_code == 404


def test_pages_follow_after_and_the_link_names_the_sandbox(sandbox: Served) -> None:
    first = call(sandbox, "/crm/objects/2026-09/contacts", limit=1, properties="email")
    following = first.json()["paging"]["next"]
    assert following["link"].startswith(f"{sandbox.url}/crm/objects/2026-09/contacts?")
    second = call(sandbox, "/crm/objects/2026-09/contacts", limit=1, after=following["after"])
    assert (ids(first), ids(second)) == (["501"], ["504"])
    assert "paging" not in second.json()
    assert call(sandbox, "/crm/objects/2026-09/contacts", limit=101).json()["category"] == "VALIDATION_ERROR"


def test_the_numbered_aliases_answer_the_same(sandbox: Served) -> None:
    dated = call(sandbox, "/crm/objects/2026-09/contacts", properties=CONTACT_PROPERTIES).json()
    assert call(sandbox, "/crm/v3/objects/contacts", properties=CONTACT_PROPERTIES).json() == dated
    body = {"inputs": [{"id": "901"}]}
    dated_to = call(sandbox, "/crm/associations/2026-09/deals/contacts/batch/read", body).json()["results"][0]["to"]
    numbered_to = call(sandbox, "/crm/v4/associations/deals/contacts/batch/read", body).json()["results"][0]["to"]
    assert (dated_to[0]["toObjectId"], numbered_to[0]["toObjectId"]) == ("501", 501)
    one = call(sandbox, "/crm/v4/objects/contacts/501/associations/deals").json()["results"]
    assert [link["toObjectId"] for link in one] == [901, 908]
    assert call(sandbox, "/crm/objects/2019-01/contacts").status_code == 404


@pytest.mark.parametrize(
    ("dated", "numbered", "body"),
    [
        ("/crm/objects/2026-09/deals", "/crm/v3/objects/deals", None),
        ("/crm/objects/2026-03/companies", "/crm/v3/objects/companies", None),
        ("/crm/objects/2026-09/contacts/501", "/crm/v3/objects/contacts/501", None),
        ("/crm/objects/2026-09/contacts/search", "/crm/v3/objects/contacts/search", {"limit": 2}),
        ("/crm/objects/2026-09/deals/batch/read", "/crm/v3/objects/deals/batch/read", {"inputs": [{"id": "901"}]}),
        ("/crm/pipelines/2026-09/deals", "/crm/v3/pipelines/deals", None),
        ("/crm/properties/2026-09/contacts", "/crm/v3/properties/contacts", None),
        ("/crm/owners/2026-09", "/crm/v3/owners", None),
        ("/account-info/2026-09/details", "/account-info/v3/details", None),
    ],
)
def test_every_address_has_its_numbered_alias(sandbox: Served, dated: str, numbered: str, body: Any) -> None:
    expected = call(sandbox, dated, body)
    assert expected.status_code == 200
    assert call(sandbox, numbered, body).json() == expected.json()


def test_a_merged_id_answers_with_the_winner(sandbox: Served) -> None:
    assert call(sandbox, "/crm/objects/2026-09/contacts/402").json()["id"] == "501"
    reply = call(sandbox, "/crm/objects/2026-09/contacts/batch/read", {"inputs": [{"id": "401"}], "properties": []})
    assert ids(reply) == ["501"]


def test_batch_read_names_what_is_missing_with_207(sandbox: Served) -> None:
    body = {"inputs": [{"id": "504"}, {"id": "7"}, {"id": "507"}], "properties": ["email"]}
    reply = call(sandbox, "/crm/objects/2026-09/contacts/batch/read", body)
    assert reply.status_code == 207
    assert ids(reply) == ["504"]
    assert reply.json()["numErrors"] == 1
    assert reply.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert reply.json()["errors"][0]["context"] == {"ids": ["7", "507"]}
    many = {"inputs": [{"id": "1"}] * 101, "properties": []}
    assert call(sandbox, "/crm/objects/2026-09/contacts/batch/read", many).status_code == 400


def test_associations_name_deals_without_a_contact_with_207(sandbox: Served) -> None:
    body = {"inputs": [{"id": "901"}, {"id": "915"}]}
    reply = call(sandbox, "/crm/associations/2026-09/deals/contacts/batch/read", body)
    assert reply.status_code == 207
    assert [found["from"]["id"] for found in reply.json()["results"]] == ["901"]
    assert reply.json()["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert reply.json()["errors"][0]["context"] == {"ids": ["915"]}


def milliseconds(text: str) -> str:
    return str(round(utc(text).timestamp() * 1000))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"propertyName": "lifecyclestage", "operator": "EQ", "value": "customer"}, ["501"]),
        ({"propertyName": "hs_object_id", "operator": "GT", "value": "501"}, ["504"]),
        ({"propertyName": "hs_object_id", "operator": "GTE", "value": "501"}, ["501", "504"]),
        ({"propertyName": "hs_object_id", "operator": "IN", "values": ["504", "9"]}, ["504"]),
        ({"propertyName": "hs_facebook_click_id", "operator": "HAS_PROPERTY"}, ["504"]),
        (
            {"propertyName": "createdate", "operator": "LT", "value": milliseconds("2026-11-01T09:12:00.001")},
            ["501"],
        ),
        (
            {
                "propertyName": "lastmodifieddate",
                "operator": "BETWEEN",
                "value": milliseconds("2026-11-20T10:00:00"),
                "highValue": milliseconds("2026-11-21T00:00:00"),
            },
            ["501"],
        ),
    ],
)
def test_search_filters(sandbox: Served, condition: dict[str, Any], expected: list[str]) -> None:
    body = {"filterGroups": [{"filters": [condition]}], "properties": ["email"], "limit": 200}
    reply = call(sandbox, "/crm/objects/2026-09/contacts/search", body)
    assert ids(reply) == expected
    assert reply.json()["total"] == len(expected)
    assert not [name for name in reply.headers if "ratelimit" in name.lower()]


def test_search_sorts_pages_and_stops_at_10_000(sandbox: Served) -> None:
    sorts = [{"propertyName": "hs_object_id", "direction": "DESCENDING"}]
    path = "/crm/objects/2026-09/contacts/search"
    first = call(sandbox, path, {"sorts": sorts, "limit": 1})
    assert first.json()["paging"] == {"next": {"after": "1"}}
    second = call(sandbox, path, {"sorts": sorts, "limit": 1, "after": "1"})
    assert (ids(first), ids(second)) == (["504"], ["501"])
    assert call(sandbox, path, {"limit": 200, "after": "9800"}).status_code == 200
    for body in ({"limit": 200, "after": "9801"}, {"limit": 201}):
        assert call(sandbox, path, body).json()["category"] == "VALIDATION_ERROR"
    unknown = {"filterGroups": [{"filters": [{"propertyName": "nope", "operator": "EQ", "value": "1"}]}]}
    assert call(sandbox, path, unknown).status_code == 400


def test_search_trails_the_lists(sandbox: Served) -> None:
    sandbox.control.set_clock(utc("2026-11-24T10:00:10"))
    assert "510" in ids(call(sandbox, "/crm/objects/2026-09/contacts"))
    assert "510" not in ids(call(sandbox, "/crm/objects/2026-09/contacts/search", {}))
    sandbox.control.advance(timedelta(seconds=20))
    assert "510" in ids(call(sandbox, "/crm/objects/2026-09/contacts/search", {}))


def test_companies_are_tied_to_contacts_and_deals_by_labels(sandbox: Served) -> None:
    path = "/crm/objects/2026-09/contacts/501"
    linked = call(sandbox, path, associations="companies").json()["associations"]["companies"]["results"]
    assert [(one["id"], one["type"]) for one in linked] == [
        ("801", "contact_to_company"),
        ("801", "contact_to_company_unlabeled"),
        ("805", "contact_to_company_unlabeled"),
    ]
    body = {"inputs": [{"id": "501"}, {"id": "504"}]}
    reply = call(sandbox, "/crm/associations/2026-09/contacts/companies/batch/read", body).json()
    types = {
        (found["from"]["id"], to["toObjectId"]): [kind["typeId"] for kind in to["associationTypes"]]
        for found in reply["results"]
        for to in found["to"]
    }
    assert types == {("501", "801"): [1, 279], ("501", "805"): [279], ("504", "801"): [279]}
    back = call(sandbox, "/crm/associations/2026-09/companies/deals/batch/read", {"inputs": [{"id": "801"}]}).json()
    assert [to["toObjectId"] for to in back["results"][0]["to"]] == ["901", "908"]
    some = {"inputs": [{"id": "805"}, {"id": "3"}], "properties": ["industry", "numberofemployees"]}
    read = call(sandbox, "/crm/v3/objects/companies/batch/read", some)
    assert (read.status_code, read.json()["results"][0]["properties"]["numberofemployees"]) == (207, "12")


def test_associations_of_any_size_come_in_pages(sandbox: Served) -> None:
    sandbox.control.set_clock(utc("2026-12-12T08:00:00"))
    path, asked = "/crm/associations/2026-09/deals/contacts/batch/read", {"id": "950"}
    found: list[str] = []
    pages = 0
    while True:
        (result,) = call(sandbox, path, {"inputs": [asked]}).json()["results"]
        found += [to["toObjectId"] for to in result["to"]]
        pages += 1
        if "paging" not in result:
            break
        asked = {"id": "950", "after": result["paging"]["next"]["after"]}
    assert (tuple(found), pages) == (CROWD, 3)
    inline = call(sandbox, "/crm/objects/2026-09/deals/950", associations="contacts").json()["associations"]["contacts"]
    assert len(inline["results"]) == 100
    assert inline["paging"]["next"]["after"] == "100"
    first = call(sandbox, "/crm/v4/objects/deals/950/associations/contacts", limit=500).json()
    last = call(sandbox, "/crm/v4/objects/deals/950/associations/contacts", limit=500, after="1000").json()
    assert (len(first["results"]), first["paging"]["next"]["after"], len(last["results"])) == (500, "500", 203)
    assert "paging" not in last
    too_many = {"inputs": [{"id": "950"}] * 1_001}
    assert call(sandbox, path, too_many).status_code == 400


def test_a_merge_takes_the_losers_deals_to_the_winner_and_leaves_them_untouched(sandbox: Served) -> None:
    def state() -> tuple[list[str], str | None, str, str]:
        winner = call(sandbox, "/crm/objects/2026-09/contacts/516", properties="hs_merged_object_ids").json()
        deal = call(sandbox, "/crm/objects/2026-09/deals/922", associations="contacts").json()
        listed = ids(call(sandbox, "/crm/objects/2026-09/contacts", limit=100))
        return (
            [one for one in listed if one in ("516", "519")],
            winner["properties"]["hs_merged_object_ids"],
            deal["associations"]["contacts"]["results"][0]["id"],
            deal["updatedAt"],
        )

    sandbox.control.set_clock(utc("2026-12-03T09:59:59"))
    assert state() == (["516", "519"], None, "519", "2026-12-02T11:00:00.000Z")
    sandbox.control.advance(timedelta(seconds=1))
    assert state() == (["516"], "519", "516", "2026-12-02T11:00:00.000Z")
    assert call(sandbox, "/crm/objects/2026-09/contacts/519").json()["id"] == "516"


def test_what_was_erased_leaves_nothing(sandbox: Served) -> None:
    sandbox.control.set_clock(utc("2026-12-05T10:00:00"))
    assert call(sandbox, "/crm/objects/2026-09/contacts/513").status_code == 404
    for archived in ("false", "true"):
        assert "513" not in ids(call(sandbox, "/crm/objects/2026-09/contacts", limit=100, archived=archived))


def test_a_deals_stages_have_a_history(sandbox: Served) -> None:
    sandbox.control.set_clock(NOW + timedelta(days=3))
    found = call(sandbox, "/crm/objects/2026-09/deals/908", propertiesWithHistory="dealstage").json()
    versions = found["propertiesWithHistory"]["dealstage"]
    assert [(one["value"], one["timestamp"]) for one in versions] == [
        ("closedlost", "2026-11-25T10:00:00.000Z"),
        ("proposal", "2026-11-21T21:00:00.000Z"),
        ("qualified", "2026-11-18T08:00:00.000Z"),
    ]


def test_a_day_has_an_end(sandbox: Served) -> None:
    sandbox.control.quota_used["hubspot"] = hubspot.DAILY_LIMIT - 1
    assert call(sandbox, "/crm/owners/2026-09").headers["X-HubSpot-RateLimit-Daily-Remaining"] == "0"
    refused = call(sandbox, "/crm/owners/2026-09")
    assert (refused.status_code, refused.json()["policyName"]) == (429, "DAILY")


def test_lifecycle_history_is_newest_first_and_limits_the_page(sandbox: Served) -> None:
    path = "/crm/objects/2026-09/contacts"
    found = call(sandbox, f"{path}/501", propertiesWithHistory="lifecyclestage").json()
    versions = found["propertiesWithHistory"]["lifecyclestage"]
    assert [version["value"] for version in versions] == [
        "customer", "opportunity", "salesqualifiedlead", "marketingqualifiedlead", "lead",
    ]  # fmt: skip
    assert call(sandbox, path, propertiesWithHistory="lifecyclestage", limit=51).status_code == 400


def test_settings_of_the_portal(sandbox: Served) -> None:
    stages = call(sandbox, "/crm/pipelines/2026-09/deals").json()["results"][0]["stages"]
    assert [(s["id"], s["displayOrder"], s["metadata"]["isClosed"], s["metadata"]["probability"]) for s in stages] == [
        ("qualified", 0, "false", "0.2"),
        ("proposal", 1, "false", "0.6"),
        ("closedwon", 2, "true", "1.0"),
        ("closedlost", 3, "true", "0.0"),
    ]
    assert ids(call(sandbox, "/crm/owners/2026-09", limit=500)) == ["71"]
    assert ids(call(sandbox, "/crm/owners/2026-09", archived="true")) == ["72"]
    details = call(sandbox, "/account-info/2026-09/details").json()
    assert (details["timeZone"], details["companyCurrency"], details["additionalCurrencies"], details["utcOffset"]) == (
        "Europe/Berlin", "EUR", ["CHF"], "+01:00",
    )  # fmt: skip
    margin = {p["name"]: p for p in call(sandbox, "/crm/properties/2026-09/deals").json()["results"]}["gross_margin"]
    assert margin["hubspotDefined"] is False


def test_tokens_scopes_and_rate_limit_headers(sandbox: Served) -> None:
    refused = call(sandbox, "/crm/objects/2026-09/contacts", token="pat-eu1-wrong")
    assert (refused.status_code, refused.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    scopes = call(sandbox, "/crm/objects/2026-09/tickets")
    assert (scopes.status_code, scopes.json()["category"]) == (403, "MISSING_SCOPES")
    assert scopes.json()["errors"][0]["context"] == {"requiredGranularScopes": ["crm.objects.tickets.read"]}
    headers = call(sandbox, "/crm/objects/2026-09/contacts").headers
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert headers["X-HubSpot-RateLimit-Daily-Remaining"] == "249997"


def test_a_deal_of_a_merged_contact_leads_to_the_winner() -> None:
    world = tiny_world()
    deals = (replace(world.deals[0], contact_id="401"), *world.deals[1:])
    with served(hubspot.routes, replace(world, deals=deals)) as sandbox:
        deal = call(sandbox, "/crm/objects/2026-09/deals/901", associations="contacts").json()
    assert deal["associations"]["contacts"]["results"] == [{"id": "501", "type": "deal_to_contact"}]


LISTED = "CollectionResponseSimplePublicObjectWithAssociationsForwardPaging"
FOUND = "CollectionResponseWithTotalSimplePublicObject"
ONE, BATCH = "SimplePublicObjectWithAssociations", "BatchResponseSimplePublicObject"
TIES = "BatchResponsePublicAssociationMultiWithLabel"
HISTORY = {"propertiesWithHistory": "lifecyclestage,hs_v2_date_entered_lead", "associations": "companies,deals"}
SOME = {"inputs": [{"id": "501"}, {"id": "1"}], "propertiesWithHistory": ["lifecyclestage"]}
DATED, TIED = "/crm/objects/2026-09", "/crm/associations/2026-09"
# Contract and its schema, path, body, parameters: every kind of reply, at the dated paths and under the numbered names.
REPLIES: list[tuple[str, str, Any, dict[str, Any]]] = [
    (f"contacts#{LISTED}", f"{DATED}/contacts", None, {"properties": CONTACT_PROPERTIES, "limit": 1, **HISTORY}),
    (f"contacts#{LISTED}", f"{DATED}/contacts", None, {"archived": "true"}),
    (f"deals#{LISTED}", f"{DATED}/deals", None, {"properties": DEAL_PROPERTIES, "propertiesWithHistory": "dealstage"}),
    (f"deals#{LISTED}", f"{DATED}/deals", None, {"associations": "contacts,companies", "limit": 1}),
    (f"companies#{LISTED}", f"{DATED}/companies", None, {"associations": "contacts,deals", "limit": 1}),
    (f"contacts#{ONE}", f"{DATED}/contacts/501", None, {"properties": CONTACT_PROPERTIES, **HISTORY}),
    (f"contacts#{ONE}", f"{DATED}/contacts/507", None, {"archived": "true"}),
    (f"deals#{ONE}", f"{DATED}/deals/950", None, {"associations": "contacts"}),
    (f"companies#{ONE}", f"{DATED}/companies/801", None, {}),
    (f"contacts#{FOUND}", f"{DATED}/contacts/search", {"limit": 1}, {}),
    (f"deals#{FOUND}", f"{DATED}/deals/search", {"limit": 1, "properties": ["amount"]}, {}),
    (f"companies#{FOUND}", f"{DATED}/companies/search", {"limit": 1}, {}),
    (f"contacts#{BATCH}", f"{DATED}/contacts/batch/read", SOME, {}),
    (f"contacts#{BATCH}", f"{DATED}/contacts/batch/read", {"inputs": [{"id": "507"}]}, {"archived": "true"}),
    (f"deals#{BATCH}", f"{DATED}/deals/batch/read", {"inputs": [{"id": "901"}]}, {}),
    (f"companies#{BATCH}", f"{DATED}/companies/batch/read", {"inputs": [{"id": "801"}, {"id": "2"}]}, {}),
    (f"associations#{TIES}", f"{TIED}/deals/contacts/batch/read", {"inputs": [{"id": "901"}, {"id": "1"}]}, {}),
    (f"associations#{TIES}", f"{TIED}/deals/contacts/batch/read", {"inputs": [{"id": "950"}]}, {}),
    (f"associations#{TIES}", f"{TIED}/contacts/companies/batch/read", {"inputs": [{"id": "501"}]}, {}),
    ("properties#CollectionResponsePropertyNoPaging", "/crm/properties/2026-09/contacts", None, {}),
    ("properties#CollectionResponsePropertyNoPaging", "/crm/properties/2026-09/companies", None, {}),
    ("properties#CollectionResponsePropertyNoPaging", "/crm/properties/2026-09/deals", None, {}),
    ("pipelines#CollectionResponsePipelineNoPaging", "/crm/pipelines/2026-09/deals", None, {}),
    ("owners#CollectionResponsePublicOwnerForwardPaging", "/crm/owners/2026-09", None, {}),
    ("owners#CollectionResponsePublicOwnerForwardPaging", "/crm/owners/2026-09", None, {"archived": "true"}),
    (f"contacts_v3#{LISTED}", "/crm/v3/objects/contacts", None, {"limit": 1, **HISTORY}),
    (f"contacts_v3#{ONE}", "/crm/v3/objects/contacts/501", None, {"properties": CONTACT_PROPERTIES}),
    (f"contacts_v3#{FOUND}", "/crm/v3/objects/contacts/search", {"limit": 1}, {}),
    (f"contacts_v3#{BATCH}", "/crm/v3/objects/contacts/batch/read", {"inputs": [{"id": "501"}]}, {}),
    (f"contacts_v3#{BATCH}WithErrors", "/crm/v3/objects/contacts/batch/read", SOME, {}),
    (f"associations_v4#{TIES}", "/crm/v4/associations/deals/contacts/batch/read", {"inputs": [{"id": "950"}]}, {}),
    (
        f"associations_v4#{TIES}WithErrors",
        "/crm/v4/associations/deals/contacts/batch/read",
        {"inputs": [{"id": "901"}, {"id": "1"}]},
        {},
    ),
    (
        "associations_v4#CollectionResponseMultiAssociatedObjectWithLabelForwardPaging",
        "/crm/v4/objects/deals/950/associations/contacts",
        None,
        {"limit": 500},
    ),
]


@pytest.mark.parametrize(("contract", "path", "body", "params"), REPLIES)
def test_replies_keep_to_the_vendors_openapi(
    sandbox: Served, contract: str, path: str, body: Any, params: dict[str, Any]
) -> None:
    sandbox.control.set_clock(utc("2026-12-12T08:00:00"))
    reply = call(sandbox, path, body, **params).json()
    assert reply.get("results") or reply["id"]
    validate(reply, contract)


REFUSALS: list[tuple[int, str, Any, dict[str, Any]]] = [
    (400, f"{DATED}/contacts", None, {"limit": 101}),
    (400, f"{DATED}/contacts", None, {"after": "x"}),
    (400, f"{DATED}/contacts/search", {"limit": 200, "after": "9801"}, {}),
    (400, f"{DATED}/contacts/search", {"sorts": [{"propertyName": "nope"}]}, {}),
    (400, f"{DATED}/contacts/batch/read", {"inputs": [{"id": "1"}] * 101}, {}),
    (400, f"{TIED}/deals/contacts/batch/read", {"inputs": "all"}, {}),
    (401, f"{DATED}/contacts", None, {"token": "pat-eu1-wrong"}),
    (403, f"{DATED}/tickets", None, {}),
    (404, f"{DATED}/contacts/999", None, {}),
    (404, "/crm/objects/2019-01/contacts", None, {}),
]


@pytest.mark.parametrize(("status", "path", "body", "params"), REFUSALS)
def test_refusals_keep_to_the_vendors_openapi(
    sandbox: Served, status: int, path: str, body: Any, params: dict[str, Any]
) -> None:
    reply = call(sandbox, path, body, **params)
    assert reply.status_code == status
    validate(reply.json(), "contacts#Error")


@pytest.mark.parametrize("name", sorted(name for name in FAULTS if name.startswith("hubspot.")))
def test_injected_errors_keep_to_the_vendors_openapi(name: str) -> None:
    body = FAULTS[name].body
    # A gateway's page and a reply that is cut off keep to nothing.
    if isinstance(body, dict):
        validate(body, "contacts#Error" if FAULTS[name].status >= 400 else f"contacts#{BATCH}")


# What the vendor sends and its documents leave out, by what is known from recorded replies.
UNDOCUMENTED = {"Error": {"status", "errorType", "policyName", "requestId"}}


def validate(reply: Any, contract: str) -> None:
    """Hold a reply to a schema of the vendor's document, which it may not go beyond."""
    document, schema = contract.split("#")
    file = f"hubspot/openapi_{document}{'' if '_v' in document else '_2026-09'}.json"
    known = json.loads(fixture_file(file).read_text(encoding="utf-8"))["components"]["schemas"]
    schemas = _strict(known, is_v4=document.endswith("_v4"))
    checked = {"$ref": f"#/components/schemas/{schema}", "components": {"schemas": schemas}}
    jsonschema.validate(reply, checked, jsonschema.Draft202012Validator)


def _strict(schemas: dict[str, Any], *, is_v4: bool) -> dict[str, Any]:
    """No member besides those that are known; values and labels may be null, though the documents forbid it."""
    for name, members in schemas.items():
        properties = members.get("properties", {})
        if name.startswith("SimplePublicObject") and "additionalProperties" in properties.get("properties", {}):
            properties["properties"]["additionalProperties"]["type"] = ["string", "null"]
        if name == "AssociationSpecWithLabel":
            properties["label"]["type"] = ["string", "null"]
        if name == "MultiAssociatedObjectWithLabel" and is_v4:
            properties["toObjectId"]["type"] = "integer"
        if name == "StandardError":
            # A text that is typed as an object.
            properties["subCategory"]["type"] = ["string", "object"]
        for further in UNDOCUMENTED.get(name, ()):
            properties.setdefault(further, {})
        if properties:
            members["additionalProperties"] = False
    return schemas
