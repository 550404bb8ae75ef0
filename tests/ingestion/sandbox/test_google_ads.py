from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from ingestion.google_ads.queries import query
from ingestion.google_ads.report import Report, kind_of
from ingestion.google_ads.tables import CLICK_VIEW, CONVERSION_ACTIONS, DAILY, GEO_TARGETS
from ingestion.sandbox import google_ads, google_ads_fields
from ingestion.sandbox.faults import FAULTS
from ingestion.spec import Window
from tests.ingestion.sandbox.tiny import CH, DE, NOW, Served, fixture_file, served, tiny_world

MANAGER = "1000000001"
CAMPAIGN_DAY = """
SELECT segments.date, customer.id, campaign.id, campaign.name, campaign.status, campaign.advertising_channel_type,
       segments.device, segments.ad_network_type, metrics.impressions, metrics.clicks, metrics.cost_micros,
       metrics.conversions, metrics.conversions_value, metrics.all_conversions
FROM campaign WHERE segments.date BETWEEN '2026-11-20' AND '2026-11-21'
"""


class Client:
    def __init__(self, sandbox: Served) -> None:
        self.sandbox = sandbox
        self.headers = {"login-customer-id": MANAGER}
        self.token = sandbox.control.issue_token(google_ads.SCOPE)

    def post(self, customer: str, query: str, method: str = "searchStream", version: str = "v26", **body: Any) -> Any:
        return requests.post(
            f"{self.sandbox.url}/{version}/customers/{customer}/googleAds:{method}",
            json={"query": query, **body},
            headers={"Authorization": f"Bearer {self.token}"} | self.headers,
            timeout=60,
        )

    def rows(self, customer: str, query: str) -> list[dict[str, Any]]:
        reply = self.post(customer, query)
        assert reply.status_code == 200, reply.text
        return [row for chunk in reply.json() for row in chunk.get("results", [])]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Served]:
    with served(google_ads.routes, tiny_world()) as running:
        yield running


@pytest.fixture
def client(sandbox: Served) -> Client:
    sandbox.control.reset()
    return Client(sandbox)


def failure(reply: requests.Response) -> dict[str, Any]:
    body = reply.json()
    error = (body[0] if isinstance(body, list) else body)["error"]
    assert error["code"] == reply.status_code
    return error["details"][0]["errors"][0]


def test_lists_the_manager_without_a_login_header(client: Client) -> None:
    reply = requests.get(
        f"{client.sandbox.url}/v26/customers:listAccessibleCustomers",
        headers={"Authorization": f"Bearer {client.token}"},
        timeout=60,
    )
    assert reply.json() == {"resourceNames": [f"customers/{MANAGER}"]}


def test_campaign_days_carry_the_delivery_in_the_wire_types(client: Client) -> None:
    rows = client.rows(DE, CAMPAIGN_DAY + " ORDER BY segments.date, campaign.id, segments.device DESC")
    assert len(rows) == 4
    assert rows[0] == {
        "customer": {"resourceName": f"customers/{DE}", "id": DE},
        "campaign": {
            "resourceName": f"customers/{DE}/campaigns/111",
            "id": "111",
            "name": "Brand",
            "status": "ENABLED",
            "advertisingChannelType": "SEARCH",
        },
        "segments": {"date": "2026-11-20", "device": "MOBILE", "adNetworkType": "SEARCH"},
        "metrics": {
            "impressions": "1000",
            "clicks": "30",
            "costMicros": "12340000",
            "conversions": 1.0,
            "conversionsValue": 0.0,
            # One brochure download besides: 30 clicks at one in 25.
            "allConversions": 2.0,
        },
    }
    assert rows[3]["segments"]["adNetworkType"] == "MIXED"
    assert sum(int(row["metrics"]["costMicros"]) for row in rows) == 12_340_000 + 20_010_000 + 1_000_000 + 990_000


def test_conversions_of_a_past_day_grow_with_the_clock(client: Client) -> None:
    query = (
        "SELECT campaign.id, metrics.conversions, metrics.conversions_value, metrics.cost_micros FROM campaign "
        "WHERE segments.date = '2026-11-20' AND campaign.id = 111"
    )
    seen = []
    for hours in (-48, 0, 48):
        client.sandbox.control.set_clock(NOW + timedelta(hours=hours))
        client.token = client.sandbox.control.issue_token(google_ads.SCOPE)
        metrics = client.rows(DE, query)[0]["metrics"]
        assert metrics["costMicros"] == "32350000"
        seen.append((metrics["conversions"], metrics["conversionsValue"]))
    assert seen == [(1.0, 0.0), (2.0, 1500.5), (3.0, 1500.5)]


def test_conversions_by_action_count_on_the_click_day_and_on_the_conversion_day(client: Client) -> None:
    rows = client.rows(
        DE,
        "SELECT segments.date, campaign.id, segments.conversion_action, segments.conversion_action_name, "
        "segments.conversion_action_category, metrics.conversions, metrics.all_conversions, "
        "metrics.conversions_by_conversion_date, metrics.conversions_value_by_conversion_date "
        "FROM campaign WHERE segments.date BETWEEN '2026-11-20' AND '2026-11-22' ORDER BY segments.date",
    )
    found = {
        (row["segments"]["date"], row["segments"]["conversionActionCategory"]): (
            row["metrics"]["conversions"],
            row["metrics"]["allConversions"],
            row["metrics"]["conversionsByConversionDate"],
            row["metrics"]["conversionsValueByConversionDate"],
        )
        for row in rows
    }
    assert found == {
        ("2026-11-20", "SUBMIT_LEAD_FORM"): (1.0, 1.0, 1.0, 0.0),
        ("2026-11-20", "PURCHASE"): (1.0, 1.0, 0.0, 0.0),
        ("2026-11-20", "DOWNLOAD"): (0.0, 3.0, 0.0, 0.0),
        ("2026-11-22", "PURCHASE"): (0.0, 0.0, 1.0, 1500.5),
    }
    assert rows[0]["segments"]["conversionAction"].startswith(f"customers/{DE}/conversionActions/")


def test_campaigns_without_segments_are_listed_even_without_delivery(client: Client) -> None:
    query = "SELECT campaign.id, metrics.clicks FROM campaign WHERE segments.date = '2026-11-20' ORDER BY campaign.id"
    rows = client.rows(DE, query)
    assert [(row["campaign"]["id"], row["metrics"]["clicks"]) for row in rows] == [("111", "80"), ("112", "0")]


def test_a_day_under_way_shows_its_elapsed_part_only_before_the_worlds_last_day(client: Client) -> None:
    query = (
        "SELECT segments.date, metrics.cost_micros FROM customer "
        "WHERE segments.date >= '2026-11-20' AND segments.date <= '2026-11-30'"
    )
    assert [row["metrics"]["costMicros"] for row in client.rows(DE, query)] == ["32350000", "1990000", "250000"]
    # Noon in Berlin on the first day: half of 12.34 and of 20.01, in whole cents.
    client.sandbox.control.set_clock(NOW - timedelta(days=2, hours=21))
    client.token = client.sandbox.control.issue_token(google_ads.SCOPE)
    assert [row["metrics"]["costMicros"] for row in client.rows(DE, query)] == ["16170000"]


def test_click_view_serves_one_day_with_the_gclid(client: Client) -> None:
    query = (
        "SELECT click_view.gclid, click_view.ad_group_ad, click_view.keyword_info.text, campaign.id, ad_group.id, "
        "click_view.location_of_presence.country, segments.date, segments.click_type, metrics.clicks FROM click_view "
        "WHERE segments.date = '2026-11-20' ORDER BY click_view.gclid"
    )
    search, pmax = client.rows(DE, query)
    assert search["clickView"] == {
        "resourceName": f"customers/{DE}/clickViews/2026-11-20~Cj0A",
        "gclid": "Cj0A",
        "adGroupAd": f"customers/{DE}/adGroupAds/1111~1112",
        "keywordInfo": {"text": "larkspur"},
        "locationOfPresence": {"country": "geoTargetConstants/2276"},
    }
    assert search["metrics"] == {"clicks": "1"}
    assert "adGroupAd" not in pmax["clickView"]
    assert "adGroup" not in pmax


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("segments.date BETWEEN '2026-11-19' AND '2026-11-20'", {"queryError": "DATE_RANGE_TOO_WIDE"}),
        ("segments.date = '2026-08-01'", {"dateRangeError": "INVALID_DATE"}),
        ("campaign.id = 111", {"queryError": "EXPECTED_FILTERS_ON_DATE_RANGE"}),
    ],
)
def test_click_view_refuses_more_than_a_day_and_more_than_90_days(
    client: Client, condition: str, expected: dict[str, str]
) -> None:
    reply = client.post(DE, f"SELECT click_view.gclid FROM click_view WHERE {condition}")
    assert reply.status_code == 400
    assert failure(reply)["errorCode"] == expected


def test_the_manager_lists_its_clients_with_the_cancelled_one(client: Client) -> None:
    rows = client.rows(
        MANAGER,
        "SELECT customer_client.id, customer_client.level, customer_client.manager, customer_client.status, "
        "customer_client.currency_code, customer_client.time_zone FROM customer_client",
    )
    found = [
        (c["id"], c["level"], c["manager"], c["status"], c["currencyCode"])
        for c in (row["customerClient"] for row in rows)
    ]
    assert found == [
        (MANAGER, "0", True, "ENABLED", "EUR"),
        (DE, "1", False, "ENABLED", "EUR"),
        (CH, "1", False, "ENABLED", "CHF"),
        ("2000000009", "1", False, "CANCELED", "EUR"),
        # A manager below the manager; its clients come a second time, by their longer path.
        ("1000000002", "1", True, "ENABLED", "EUR"),
        (DE, "2", False, "ENABLED", "EUR"),
        (CH, "2", False, "ENABLED", "CHF"),
    ]


@pytest.mark.parametrize(
    ("customer", "query", "status", "expected"),
    [
        (MANAGER, CAMPAIGN_DAY, 400, {"queryError": "REQUESTED_METRICS_FOR_MANAGER"}),
        ("2000000009", CAMPAIGN_DAY, 403, {"authorizationError": "CUSTOMER_NOT_ENABLED"}),
        ("2999999999", CAMPAIGN_DAY, 403, {"authorizationError": "USER_PERMISSION_DENIED"}),
        ("200-000-0001", CAMPAIGN_DAY, 400, {"requestError": "INVALID_CUSTOMER_ID"}),
        (DE, "SELECT metrics.foo FROM campaign", 400, {"queryError": "UNRECOGNIZED_FIELD"}),
        (DE, "SELECT campaign.id FROM nowhere", 400, {"queryError": "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"}),
        (DE, "SELECT campaign.id", 400, {"queryError": "UNEXPECTED_END_OF_QUERY"}),
        (DE, "SELECT segments.date FROM campaign", 400, {"queryError": "EXPECTED_FILTERS_ON_DATE_RANGE"}),
        (
            DE,
            "SELECT segments.date FROM campaign WHERE segments.date BETWEEN '2023-10-22' AND '2026-11-20'",
            400,
            {"dateRangeError": "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED"},
        ),
        (
            DE,
            "SELECT segments.conversion_action, metrics.cost_micros FROM campaign WHERE segments.date = '2026-11-20'",
            400,
            {"queryError": "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"},
        ),
    ],
)
def test_refusals_carry_the_vendors_code_in_an_array(
    client: Client, customer: str, query: str, status: int, expected: dict[str, str]
) -> None:
    reply = client.post(customer, query)
    assert reply.status_code == status
    assert isinstance(reply.json(), list)
    assert failure(reply)["errorCode"] == expected


def test_37_months_back_is_still_served(client: Client) -> None:
    query = (
        "SELECT segments.date, metrics.clicks FROM campaign WHERE segments.date BETWEEN '2023-10-23' AND '2026-11-20'"
    )
    assert [row["metrics"]["clicks"] for row in client.rows(DE, query)] == ["80"]


def test_access_goes_through_the_manager(client: Client) -> None:
    for headers in ({}, {"login-customer-id": DE}):
        client.headers = headers
        reply = client.post(DE, CAMPAIGN_DAY)
        assert reply.status_code == 403
        assert failure(reply)["errorCode"] == {"authorizationError": "USER_PERMISSION_DENIED"}
        assert "login-customer-id" in failure(reply)["message"]


def test_tokens_expire_and_unknown_ones_are_refused(client: Client) -> None:
    client.sandbox.control.advance(timedelta(hours=1))
    reply = client.post(DE, CAMPAIGN_DAY)
    assert reply.status_code == 401
    assert failure(reply)["errorCode"] == {"authenticationError": "OAUTH_TOKEN_EXPIRED"}
    client.token = "nobody"
    assert client.post(DE, CAMPAIGN_DAY, "search").status_code == 401
    client.token = client.sandbox.control.issue_token("https://www.googleapis.com/auth/analytics.readonly")
    assert client.post(DE, CAMPAIGN_DAY).status_code == 403


def test_other_versions_are_refused(client: Client) -> None:
    reply = client.post(DE, CAMPAIGN_DAY, version="v19")
    assert (reply.status_code, failure(reply)["errorCode"]) == (400, {"requestError": "UNSUPPORTED_VERSION"})


def test_search_answers_an_object_and_refuses_a_page_size(client: Client) -> None:
    reply = client.post(DE, CAMPAIGN_DAY, "search", searchSettings={"returnTotalResultsCount": True})
    page = reply.json()
    assert (len(page["results"]), page["totalResultsCount"]) == (4, "4")
    assert "nextPageToken" not in page
    reply = client.post(DE, CAMPAIGN_DAY, "search", pageSize=100)
    assert failure(reply)["errorCode"] == {"requestError": "PAGE_SIZE_NOT_SUPPORTED"}
    reply = client.post(DE, CAMPAIGN_DAY, "search", pageToken="bm9wZQ==")
    assert failure(reply)["errorCode"] == {"requestError": "INVALID_PAGE_TOKEN"}


def test_pages_and_chunks_cover_every_row_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_ads, "PAGE_ROWS", 3)
    monkeypatch.setattr(google_ads, "CHUNK_ROWS", 3)
    first = client.post(DE, CAMPAIGN_DAY, "search").json()
    second = client.post(DE, CAMPAIGN_DAY, "search", pageToken=first["nextPageToken"]).json()
    chunks = client.post(DE, CAMPAIGN_DAY).json()
    assert [len(chunk["results"]) for chunk in chunks] == [3, 1]
    assert first["results"] + second["results"] == chunks[0]["results"] + chunks[1]["results"]
    assert "nextPageToken" not in second


def test_an_empty_result_has_no_results_key(client: Client) -> None:
    query = CAMPAIGN_DAY.replace("2026-11-20", "2026-11-05").replace("2026-11-21", "2026-11-06")
    (chunk,) = client.post(DE, query).json()
    assert "results" not in chunk
    assert chunk["fieldMask"].startswith("segments.date,customer.id,campaign.id")


def test_conversion_actions_name_their_windows(client: Client) -> None:
    rows = client.rows(
        DE,
        "SELECT conversion_action.id, conversion_action.name, conversion_action.category, "
        "conversion_action.primary_for_goal, conversion_action.click_through_lookback_window_days "
        "FROM conversion_action",
    )
    found = [
        (a["category"], a["primaryForGoal"], a["clickThroughLookbackWindowDays"])
        for a in (row["conversionAction"] for row in rows)
    ]
    assert found == [("SUBMIT_LEAD_FORM", True, "30"), ("PURCHASE", True, "90"), ("DOWNLOAD", False, "30")]


def _types(value: Any, path: str = "") -> dict[str, type]:
    if isinstance(value, dict):
        return {k: t for key, inner in value.items() for k, t in _types(inner, f"{path}.{key}").items()}
    return {path: float if isinstance(value, float) else type(value)}


def test_names_and_types_are_those_of_the_vendors_protos(client: Client) -> None:
    contract = json.loads(fixture_file("google_ads/generated_from_v26_protos.json").read_text(encoding="utf-8"))
    chunk = contract["searchStream_chunk"]
    known = _types(chunk["results"][0]) | _types(contract["click_view_row"]) | _types(contract["conversion_action_row"])
    (mine,) = client.post(DE, CAMPAIGN_DAY).json()
    assert mine.keys() == chunk.keys()
    clicks = (
        "SELECT click_view.gclid, click_view.page_number, metrics.clicks, segments.date FROM click_view "
        "WHERE segments.date = '2026-11-20'"
    )
    actions = (
        "SELECT conversion_action.id, conversion_action.include_in_conversions_metric, "
        "conversion_action.value_settings.default_value, conversion_action.view_through_lookback_window_days "
        "FROM conversion_action"
    )
    seen = _types(mine["results"][0]) | _types(client.rows(DE, clicks)[0]) | _types(client.rows(DE, actions)[0])
    both = seen.keys() & known.keys()
    assert len(both) >= 20
    assert {path: seen[path] for path in both} == {path: known[path] for path in both}


WEEK = Window(date(2026, 11, 20), date(2026, 11, 22))


@pytest.mark.parametrize("report", (*DAILY, CLICK_VIEW, CONVERSION_ACTIONS, GEO_TARGETS), ids=lambda one: one.name)
def test_every_report_answers_with_the_fields_asked_for_in_their_types(client: Client, report: Report) -> None:
    """int64 and names as text, doubles as numbers, what was not asked for only as the name of a resource."""
    contract = json.loads(fixture_file("google_ads/generated_from_v26_protos.json").read_text(encoding="utf-8"))
    recorded = json.loads(fixture_file("google_ads/recorded_ad_rows.rewrapped.json").read_text(encoding="utf-8"))
    rows = [row for chunk in (contract["searchStream_chunk"], *recorded) for row in chunk["results"]]
    rows += [contract["click_view_row"], contract["conversion_action_row"]]
    known = {path: kind for row in rows for path, kind in _types(row).items()}
    window = Window(WEEK.start, WEEK.start) if report is CLICK_VIEW else WEEK
    rows = client.rows(DE, query(report, window))
    assert rows
    asked = {f".{google_ads_fields.camel(field)}": kind_of(field) for field in report.fields.values()}
    for row in rows:
        for path, kind in _types(row).items():
            if path.endswith(".resourceName"):
                assert path not in asked and kind is str
                continue
            wanted = {"double": (float,), "bool": (bool,)}.get(asked[path], (str, list))
            assert kind in wanted, path
            assert kind is known.get(path, kind), path


def test_errors_have_the_shape_of_the_vendors_protos() -> None:
    contract = json.loads(fixture_file("google_ads/generated_from_v26_protos.json").read_text(encoding="utf-8"))
    known = {
        path: kind
        for name in ("failure_quota", "failure_query")
        for error in contract[name]["errors"]
        for path, kind in _types(error).items()
        if not path.startswith(".errorCode")
    }
    for name, fault in FAULTS.items():
        if not name.startswith("google_ads.") or not isinstance(fault.body, dict):
            continue
        error = fault.body["error"]
        assert set(error) <= {"code", "message", "status", "details"}, name
        assert error["code"] == fault.status, name
        for detail in error.get("details", ()):
            assert detail.keys() == {"@type", "errors", "requestId"}, name
            for failure in detail["errors"]:
                ((kind, code),) = failure["errorCode"].items()
                assert (kind.endswith("Error"), code) == (True, code.upper()), name
                told = {path: kind for path, kind in _types(failure).items() if not path.startswith(".errorCode")}
                assert {path: known.get(path) for path in told} == told, name


def test_a_page_has_the_keys_of_the_vendors_protos(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = json.loads(fixture_file("google_ads/generated_from_v26_protos.json").read_text(encoding="utf-8"))
    monkeypatch.setattr(google_ads, "PAGE_ROWS", 3)
    page = client.post(DE, CAMPAIGN_DAY, "search", searchSettings={"returnTotalResultsCount": True}).json()
    assert page.keys() == contract["search_page"].keys() | {"results", "fieldMask"}
    assert all(isinstance(page[name], str) for name in contract["search_page"])
