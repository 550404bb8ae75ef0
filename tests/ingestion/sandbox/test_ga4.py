from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import requests

from ingestion.sandbox.events import events_for
from ingestion.sandbox.ga4 import number_text
from ingestion.sandbox.model import World
from ingestion.sandbox.running import RunningSandbox

PATH = "/v1beta/properties/345678901:runReport"
DAY = "2026-11-10"
TRAFFIC = [
    "date", "sessionDefaultChannelGroup", "sessionSource", "sessionMedium", "sessionCampaignName",
]  # fmt: skip
TOTALS = [
    "sessions", "engagedSessions", "totalUsers", "newUsers", "screenPageViews", "eventCount", "keyEvents",
    "userEngagementDuration", "purchaseRevenue",
]  # fmt: skip

Ask = Callable[..., requests.Response]


def body(metrics: list[str], dimensions: list[str], start: str = DAY, end: str = DAY, **more: Any) -> dict[str, Any]:
    return {
        "dateRanges": [{"startDate": start, "endDate": end}],
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in metrics],
        **more,
    }


@pytest.fixture
def ask(sandbox: RunningSandbox, google: requests.Session) -> Ask:
    def post(content: Any, path: str = PATH) -> requests.Response:
        return google.post(f"{sandbox.url}{path}", json=content, timeout=60)

    return post


def test_reports_agree_with_the_export(ask: Ask, world: World) -> None:
    reply = ask(body(TOTALS, ["date"], returnPropertyQuota=True)).json()
    identified = [event for event in events_for(world, date(2026, 11, 10)) if event["user_pseudo_id"]]
    counted = dict(zip(TOTALS, (one["value"] for one in reply["rows"][0]["metricValues"]), strict=True))
    names = [event["event_name"] for event in identified]
    # One of them began the evening before: GA4 counts a session on every day on which it is seen.
    sessions = {(event["user_pseudo_id"], event["event_params"][0]["value"]["int_value"]) for event in identified}
    assert counted["sessions"] == str(len(sessions)) == str(names.count("session_start") + 1)
    assert counted["newUsers"] == str(names.count("first_visit"))
    assert counted["screenPageViews"] == str(names.count("page_view"))
    assert counted["keyEvents"] == str(names.count("generate_lead"))
    assert counted["eventCount"] == str(len(identified))
    assert counted["totalUsers"] == str(len({event["user_pseudo_id"] for event in identified}))
    assert counted["purchaseRevenue"] == "0"
    assert int(counted["engagedSessions"]) < int(counted["sessions"])
    assert [one["type"] for one in reply["metricHeaders"]][6:] == ["TYPE_FLOAT", "TYPE_SECONDS", "TYPE_CURRENCY"]
    assert reply["metadata"] == {"currencyCode": "EUR", "timeZone": "Europe/Berlin"}


def test_rows_of_traffic_add_up_to_the_day(ask: Ask) -> None:
    traffic = ask(body(["sessions"], TRAFFIC)).json()
    total = ask(body(["sessions"], ["date"])).json()
    values = [int(row["metricValues"][0]["value"]) for row in traffic["rows"]]
    assert sum(values) == int(total["rows"][0]["metricValues"][0]["value"])
    assert values == sorted(values, reverse=True)
    assert traffic["rowCount"] == len(values)


def test_not_set_and_other_occur(ask: Ask) -> None:
    reply = ask(body(["sessions"], TRAFFIC, "2026-09-13", "2026-09-15")).json()
    sources = {row["dimensionValues"][2]["value"] for row in reply["rows"]}
    assert {"(not set)", "(other)", "(direct)"} <= sources
    assert reply["metadata"]["dataLossFromOtherRow"] is True


def test_an_empty_report_has_neither_rows_nor_a_count(ask: Ask) -> None:
    reply = ask(body(["sessions"], ["date"], "2026-03-17", "2026-03-17")).json()
    assert "rows" not in reply and "rowCount" not in reply


def test_pages_make_the_whole(ask: Ask) -> None:
    whole = ask(body(["sessions"], TRAFFIC, "2026-11-01", "2026-11-10")).json()
    paged: list[Any] = []
    while len(paged) < whole["rowCount"]:
        page = ask(body(["sessions"], TRAFFIC, "2026-11-01", "2026-11-10", limit="50", offset=str(len(paged)))).json()
        assert page["rowCount"] == whole["rowCount"]
        paged += page["rows"]
    assert paged == whole["rows"]


def test_order_and_several_ranges(ask: Ask) -> None:
    request = body(["sessions"], ["date"], "2026-11-01", "2026-11-05")
    request["orderBys"] = [{"dimension": {"dimensionName": "date"}, "desc": True}]
    days = [row["dimensionValues"][0]["value"] for row in ask(request).json()["rows"]]
    assert days == ["20261105", "20261104", "20261103", "20261102", "20261101"]
    request = body(["sessions"], [])
    request["dateRanges"].append({"startDate": "2026-11-11", "endDate": "2026-11-11", "name": "next"})
    reply = ask(request).json()
    assert reply["dimensionHeaders"] == [{"name": "dateRange"}]
    assert {row["dimensionValues"][0]["value"] for row in reply["rows"]} == {"date_range_0", "next"}


def test_today_and_the_days_before_it_still_grow(ask: Ask, sandbox: RunningSandbox) -> None:
    def events(day: str) -> int:
        return int(ask(body(["eventCount"], [], day, day)).json()["rows"][0]["metricValues"][0]["value"])

    today, yesterday = events("2026-11-23"), events("yesterday")
    sandbox.set_clock("2026-11-23T08:59:00+00:00")
    assert events("today") > today
    sandbox.set_clock("2026-11-26T07:59:00+00:00")
    response = ask(body(["eventCount"], [], "2026-11-22", "2026-11-22"))
    assert response.status_code == 401  # the token was issued three virtual days ago
    sandbox.set_clock("2026-11-23T08:30:00+00:00")
    assert events("2026-11-22") == yesterday


def test_the_quota_counts_down_and_runs_out(ask: Ask, sandbox: RunningSandbox) -> None:
    first, second = (
        ask(body(["sessions"], ["date"], returnPropertyQuota=True)).json()["propertyQuota"] for _ in range(2)
    )
    assert first["tokensPerDay"] == {"consumed": 1, "remaining": 199_999}
    assert second["tokensPerDay"] == {"consumed": 1, "remaining": 199_998}
    assert first["concurrentRequests"] == {"consumed": 0, "remaining": 10}
    bucket = next(name for name in sandbox.state()["quota_used"] if "tokensPerProjectPerHour" in name)
    sandbox.set_quota(bucket, 14_000)
    reply = ask(body(["sessions"], ["date"]))
    assert reply.status_code == 429
    assert reply.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert reply.json()["error"]["message"].startswith("Exhausted property tokens for a project per hour.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"foo": 1}, 'Invalid JSON payload received. Unknown name "foo": Cannot find field.'),
        ({"metrics": [{"name": "sesions"}]}, "Field sesions is not a valid metric.  For a list"),
        ({"dimensions": [{"name": "datum"}]}, "Field datum is not a valid dimension. For a list"),
        ({"limit": -1}, "limit must be positive. The API received limit = -1"),
        ({"dateRanges": []}, "A dateRange is required."),
        ({"dateRanges": [{"startDate": "10.11.2026", "endDate": DAY}]}, "Invalid startDate"),
        ({"dimensions": [{"name": "date"}] * 10}, "Requests are limited to 9 dimensions within a nested request."),
        ({"metrics": [{"name": "sessions"}] * 11}, "Requests are limited to 10 metrics within a nested request."),
        ({"metrics": [], "dimensions": []}, "Requests must contain dimensions and/or metrics."),
    ],
)
def test_bad_requests_are_refused_as_google_refuses_them(ask: Ask, change: dict[str, Any], message: str) -> None:
    reply = ask({**body(["sessions"], ["date"]), **change})
    error = reply.json()["error"]
    assert (reply.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["message"].startswith(message)


def test_who_may_not_read_is_told_so(sandbox: RunningSandbox, google: requests.Session) -> None:
    url, content = f"{sandbox.url}{PATH}", body(["sessions"], ["date"])
    nobody = requests.post(url, json=content, timeout=30)
    assert nobody.status_code == 401
    assert nobody.json()["error"]["details"][0]["reason"] == "CREDENTIALS_MISSING"
    wrong = requests.post(url, json=content, headers={"Authorization": "Bearer nonsense"}, timeout=30)
    assert wrong.status_code == 401
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    assert google.post(url.replace("345678901", "1"), json=content, timeout=30).status_code == 403
    letters = google.post(url.replace("345678901", "abc"), json=content, timeout=30)
    assert letters.json()["error"]["message"].startswith("Invalid property ID: abc. A numeric Property ID is required.")
    sandbox.advance(hours=1)
    assert google.post(url, json=content, timeout=30).status_code == 401


def test_an_unknown_path_or_verb_is_a_page(sandbox: RunningSandbox, google: requests.Session) -> None:
    for reply in (
        google.get(f"{sandbox.url}{PATH}", timeout=30),
        google.post(f"{sandbox.url}/v1beta/properties/345678901:runMagic", json={}, timeout=30),
        google.get(f"{sandbox.url}/nowhere", timeout=30),
    ):
        assert reply.status_code == 404
        assert reply.headers["content-type"].startswith("text/html")


def test_a_batch_holds_at_most_five(ask: Ask) -> None:
    path = PATH.replace("runReport", "batchRunReports")
    one = body(["sessions"], ["date"])
    reply = ask({"requests": [one, one]}, path).json()
    assert [report["rowCount"] for report in reply["reports"]] == [1, 1]
    assert ask({"requests": [one] * 6}, path).status_code == 400


def test_metadata_names_what_can_be_asked(sandbox: RunningSandbox, google: requests.Session) -> None:
    reply = google.get(f"{sandbox.url}/v1beta/properties/345678901/metadata", timeout=30).json()
    assert {"apiName": "keyEvents", "uiName": "keyEvents", "type": "TYPE_FLOAT"} in reply["metrics"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(4.0, "4"), (0, "0"), (512.4, "512.4"), (0.1 + 0.2, "0.30000000000000004"), (2 / 3, "0.66666666666666663")],
)
def test_numbers_are_printed_as_google_prints_them(value: float, text: str) -> None:
    assert number_text(value) == text


def test_replies_are_as_google_describes_them(
    sandbox: RunningSandbox, google: requests.Session, ask: Ask, discovery: Callable[[str, str, Any], None]
) -> None:
    request = body(TOTALS, ["date"], returnPropertyQuota=True, limit="10", offset="0")
    empty = body(["sessions"], ["date"], "2026-03-17", "2026-03-17")
    batch = ask({"requests": [request, empty]}, PATH.replace("runReport", "batchRunReports")).json()
    metadata = google.get(f"{sandbox.url}/v1beta/properties/345678901/metadata", timeout=30).json()
    for schema, instance in (
        ("RunReportRequest", request),
        ("RunReportResponse", ask(request).json()),
        ("RunReportResponse", ask(empty).json()),
        ("BatchRunReportsResponse", batch),
        ("Metadata", metadata),
    ):
        discovery("ga4/discovery_analyticsdata.v1beta.json", schema, instance)
