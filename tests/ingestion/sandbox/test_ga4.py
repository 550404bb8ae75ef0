from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
import requests

from ingestion.sandbox import ga4_facts
from ingestion.sandbox.events import events_for
from ingestion.sandbox.faults import FAULTS
from ingestion.sandbox.ga4 import cost, number_text
from ingestion.sandbox.ga4_request import read_request
from ingestion.sandbox.model import World
from ingestion.sandbox.running import RunningSandbox
from tests.ingestion.sandbox.conftest import new_token

PATH = "/v1beta/properties/345678901:runReport"
DAY = "2026-11-10"
ADS = "sessionGoogleAdsCampaignName"
TRAFFIC = [
    "date", "sessionDefaultChannelGroup", "sessionSource", "sessionMedium", "sessionCampaignName",
]  # fmt: skip
TOTALS = [
    "sessions", "engagedSessions", "totalUsers", "newUsers", "screenPageViews", "eventCount", "keyEvents",
    "userEngagementDuration", "purchaseRevenue",
]  # fmt: skip

STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip

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


def test_recent_days_only_ever_grow_and_are_final_after_two_days(
    ask: Ask, sandbox: RunningSandbox, google: requests.Session, credentials: dict[str, str]
) -> None:
    def events(day: str) -> int:
        rows = ask(body(["eventCount"], [], day, day)).json().get("rows")
        return int(rows[0]["metricValues"][0]["value"]) if rows else 0

    days = ("2026-11-23", "2026-11-22", "2026-11-21", "2026-11-20")
    seen = [[events(day) for day in days]]
    assert events("today") == seen[0][0]
    for hour in ("08:20", "08:40", "08:59"):
        sandbox.set_clock(f"2026-11-23T{hour}:00+00:00")
        seen.append([events(day) for day in days])
    for earlier, later in pairwise(seen):
        assert all(one <= other for one, other in zip(earlier, later, strict=True))
    assert seen[0][0] < seen[-1][0] and seen[0][1] < seen[-1][1]
    # All but what phones send days later is there after 48 hours.
    assert seen[0][3] == seen[-1][3]
    sandbox.set_clock("2026-11-26T07:59:00+00:00")
    assert ask(body(["eventCount"], [], "2026-11-22", "2026-11-22")).status_code == 401  # the token is days old
    google.headers["Authorization"] = f"Bearer {new_token(credentials)}"
    assert events("2026-11-22") > seen[-1][1] * 1.3


@pytest.mark.parametrize(("chance", "hours"), [(0.0, 0.0), (0.5, 15.83), (1.0, 48.0)])
def test_half_of_the_sessions_are_shown_within_sixteen_hours(
    monkeypatch: pytest.MonkeyPatch, chance: float, hours: float
) -> None:
    monkeypatch.setattr(ga4_facts, "chance_of", lambda user, purpose: chance)
    assert ga4_facts.processing_lag("1.2", 3).total_seconds() / 3600 == pytest.approx(hours, abs=0.01)


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


def test_a_larger_property_has_larger_quotas(ask: Ask, sandbox: RunningSandbox) -> None:
    sandbox.set_condition("ga4/is_360", True)
    quota = ask(body(["sessions"], ["date"], returnPropertyQuota=True)).json()["propertyQuota"]
    assert quota["tokensPerDay"] == {"consumed": 1, "remaining": 1_999_999}
    assert quota["serverErrorsPerProjectPerHour"] == {"consumed": 0, "remaining": 50}


def test_server_errors_count_down_and_lock_out(ask: Ask, sandbox: RunningSandbox) -> None:
    request = body(["sessions"], ["date"], returnPropertyQuota=True)
    sandbox.inject_named("ga4.server_error", times=9)
    assert [ask(request).status_code for _ in range(9)] == [500] * 9
    assert ask(request).json()["propertyQuota"]["serverErrorsPerProjectPerHour"] == {"consumed": 0, "remaining": 1}
    sandbox.inject_named("ga4.unavailable")
    ask(request)
    locked = ask(request)
    assert (locked.status_code, locked.json()["error"]["message"]) == (429, "Exhausted server errors quota.")
    sandbox.set_clock("2026-11-23T09:00:00+00:00")
    assert ask(request).status_code == 401  # an hour later the token has expired, not the quota


def test_small_groups_of_people_are_withheld(ask: Ask, sandbox: RunningSandbox) -> None:
    ages = ask(body(["totalUsers"], ["userAgeBracket"], returnPropertyQuota=True)).json()
    assert ages["metadata"]["subjectToThresholding"] is True
    users = [int(row["metricValues"][0]["value"]) for row in ages["rows"]]
    assert min(users) >= 10
    total = ask(body(["totalUsers"], [])).json()
    assert sum(users) < int(total["rows"][0]["metricValues"][0]["value"])
    assert "subjectToThresholding" not in total["metadata"]
    assert ages["propertyQuota"]["potentiallyThresholdedRequestsPerHour"] == {"consumed": 1, "remaining": 119}
    sandbox.set_condition("ga4/google_signals", True)
    assert ask(body(["totalUsers"], TRAFFIC)).json()["metadata"]["subjectToThresholding"] is True
    assert "subjectToThresholding" not in ask(body(["totalUsers"], ["date"])).json()["metadata"]


def test_a_large_query_is_answered_from_a_sample(ask: Ask, sandbox: RunningSandbox) -> None:
    request = body(["eventCount", "engagementRate"], [], "2026-10-01", "2026-10-31")
    whole = ask(request).json()
    (row,) = whole["rows"]
    events = int(row["metricValues"][0]["value"])
    assert "samplingMetadatas" not in whole["metadata"]
    sandbox.set_condition("ga4/sampling_limit", 5000)
    sampled = ask(request).json()
    (told,) = sampled["metadata"]["samplingMetadatas"]
    assert told["samplingSpaceSize"] == str(events)
    assert 4000 < int(told["samplesReadCount"]) < 6000
    (row,) = sampled["rows"]
    assert int(row["metricValues"][0]["value"]) == events  # the count of events is what the sample is scaled by
    assert 0.4 < float(row["metricValues"][1]["value"]) < 0.8
    request["dateRanges"].append({"startDate": "2026-09-01", "endDate": "2026-09-30"})
    assert len(ask(request).json()["metadata"]["samplingMetadatas"]) == 2


def test_days_that_are_missing_have_their_reason(ask: Ask, sandbox: RunningSandbox) -> None:
    sandbox.set_condition("ga4/data_begins", "2026-11-03")
    reply = ask(body(["sessions"], ["date"], "2026-11-01", "2026-11-04")).json()
    assert sorted(row["dimensionValues"][0]["value"] for row in reply["rows"]) == ["20261103", "20261104"]
    (reason,) = reply["metadata"]["dataTruncationReasons"]
    assert (reason["dataTruncationType"], reason["dataTruncationDate"]) == (
        "DATA_TRUNCATION_TYPE_PROPERTY",
        "2026-11-03",
    )
    reply = ask(body(["sessions"], ["sessionGoogleAdsCampaignName"], "2023-11-22", "2026-11-04")).json()
    types = [reason["dataTruncationType"] for reason in reply["metadata"]["dataTruncationReasons"]]
    assert types == ["DATA_TRUNCATION_TYPE_PROPERTY", "DATA_TRUNCATION_TYPE_GOOGLE_ADS"]


def test_what_goes_together_can_be_asked_beforehand(ask: Ask) -> None:
    path = PATH.replace("runReport", "checkCompatibility")
    reply = ask({"dimensions": [{"name": "date"}], "metrics": [{"name": "sessions"}]}, path).json()
    dimensions = {
        one["dimensionMetadata"]["apiName"]: one["compatibility"] for one in reply["dimensionCompatibilities"]
    }
    assert (dimensions["sessionSource"], dimensions["itemName"]) == ("COMPATIBLE", "INCOMPATIBLE")
    clash = {"metrics": [{"name": "sessions"}], "compatibilityFilter": "INCOMPATIBLE"}
    reply = ask(clash, path).json()
    assert [one["dimensionMetadata"]["apiName"] for one in reply["dimensionCompatibilities"]] == ["itemName"]
    assert "metricCompatibilities" not in reply
    refused = ask({"dimensions": [{"name": "itemName"}], "metrics": [{"name": "sessions"}]}, path)
    assert refused.json()["error"]["message"].startswith("Please remove itemName to make the request compatible. ")
    assert ask({"dateRanges": []}, path).status_code == 400


def test_events_and_items_are_counted_each(ask: Ask, world: World) -> None:
    identified = [event for event in events_for(world, date(2026, 11, 10)) if event["user_pseudo_id"]]
    reply = ask(body(["eventCount", "keyEvents"], ["eventName"])).json()
    counted = {row["dimensionValues"][0]["value"]: row["metricValues"] for row in reply["rows"]}
    names = Counter(event["event_name"] for event in identified)
    assert {name: int(values[0]["value"]) for name, values in counted.items()} == dict(names)
    assert {name for name, values in counted.items() if values[1]["value"] != "0"} == {"generate_lead"}
    items = ask(body(["itemsViewed"], ["itemName"])).json()
    assert sum(int(row["metricValues"][0]["value"]) for row in items["rows"]) == names["view_item"]


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
        (
            {"dimensions": [{"name": "itemName"}]},
            "Please remove itemName to make the request compatible. The request's",
        ),
        ({"dateRanges": [{"startDate": "2015-08-13", "endDate": DAY}]}, "startDate 2015-08-13 is out of range"),
        (
            {"dateRanges": [{"startDate": "3000-01-01", "endDate": "3000-01-01"}]},
            "startDate 3000-01-01 is out of range",
        ),
        (
            {"dateRanges": [{"startDate": DAY, "endDate": "2026-11-09"}]},
            f"start_date must be less than or equal to end_date. start_date = {DAY} and end_date = 2026-11-09",
        ),
        (
            {"dateRanges": [{"startDate": DAY, "endDate": DAY}] * 5},
            "Requests are limited to 4 dateRanges.\n  This request contains 5 dateRanges.",
        ),
        (
            {"dateRanges": [{"startDay": DAY}]},
            "Invalid JSON payload received. Unknown name \"startDay\" at 'date_ranges[0]'",
        ),
        ({"offset": "-7"}, "offset must be positive. The API received offset = -7"),
        ({"dimensions": [{"name": "date"}] * 2}, "Found duplicate dimensions: date"),
        (
            {"metrics": [{"name": "sessions"}] * 2},
            "Duplicate metrics are not allowed. Found duplicate metrics: sessions",
        ),
        (
            {"orderBys": [{"metric": {"metricName": "keyEvents"}}]},
            "Field keyEvents exists in OrderBy but is not defined in input Dimensions/Metrics list",
        ),
        ({"metricAggregations": ["COUNT"]}, "Metric aggregation Count is not supported in ReportRequest."),
        ({"metricAggregations": ["SUM"]}, "Invalid value at 'metric_aggregations[0]' (type.googleapis.com/google."),
        ({"dimensionFilter": {"filter": {"fieldName": "datum"}}}, "Field datum is not a valid dimension. For a list"),
        # What is wrong first in Google's order is told: the field, the limit, the range, and then how many there are.
        ({"dimensions": [{"name": "date"}] * 10, "dateRanges": []}, "A dateRange is required."),
        ({"metrics": [{"name": "sesions"}], "limit": -1}, "Field sesions is not a valid metric."),
        ({"limit": -1, "dateRanges": []}, "limit must be positive."),
        # What is not simulated is refused and never ignored; cohorts have no date ranges.
        ({"cohortSpec": {"cohorts": [{"name": "c"}]}, "dateRanges": []}, "The sandbox does not simulate cohortSpec."),
        ({"comparisons": [{"name": "c", "comparison": "comparisons/1"}]}, "The sandbox does not simulate comparisons."),
    ],
)
def test_bad_requests_are_refused_as_google_refuses_them(ask: Ask, change: dict[str, Any], message: str) -> None:
    reply = ask({**body(["sessions"], ["date"]), **change})
    error = reply.json()["error"]
    assert (reply.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["message"].startswith(message)


def test_a_body_that_is_no_message_is_refused(sandbox: RunningSandbox, google: requests.Session) -> None:
    def told(content: bytes) -> str:
        return str(google.post(f"{sandbox.url}{PATH}", data=content, timeout=30).json()["error"]["message"])

    assert told(b"") == "A dateRange is required."
    assert told(b"[]") == 'Invalid JSON payload received. Unknown name "": Root element must be a message.'
    assert told(b"{broken").startswith("Invalid JSON payload received.")
    unknown = google.post(f"{sandbox.url}{PATH}", json={"x": 1, "y": 2}, timeout=30).json()["error"]
    assert [one["description"] for one in unknown["details"][0]["fieldViolations"]] == unknown["message"].split("\n")
    assert len(unknown["message"].split("\n")) == 2


def test_filters_may_name_fields_that_the_report_has_not(ask: Ask) -> None:
    def sessions(report: dict[str, Any]) -> int:
        return sum(int(row["metricValues"][0]["value"]) for row in ask(report).json().get("rows", []))

    def only(**test: Any) -> dict[str, Any]:
        return {"filter": {"fieldName": "deviceCategory", **test}}

    by_device = {
        row["dimensionValues"][0]["value"]: int(row["metricValues"][0]["value"])
        for row in ask(body(["sessions"], ["deviceCategory"])).json()["rows"]
    }
    mobile, desktop = by_device["mobile"], by_device["desktop"]
    whole = sum(by_device.values())
    exact = only(stringFilter={"matchType": "EXACT", "value": "Mobile"})
    for expression, expected in (
        (exact, mobile),
        (only(stringFilter={"value": "Mobile", "caseSensitive": True}), 0),
        (only(stringFilter={"matchType": "BEGINS_WITH", "value": "desk"}), desktop),
        (only(stringFilter={"matchType": "FULL_REGEXP", "value": "mob.*|desktop"}), mobile + desktop),
        (only(inListFilter={"values": ["mobile", "desktop"]}), mobile + desktop),
        (only(emptyFilter={}), 0),
        ({"notExpression": exact}, whole - mobile),
        ({"orGroup": {"expressions": [exact, only(stringFilter={"value": "desktop"})]}}, mobile + desktop),
        ({"andGroup": {"expressions": [exact, only(stringFilter={"value": "desktop"})]}}, 0),
    ):
        assert sessions(body(["sessions"], ["date"], dimensionFilter=expression)) == expected, expression
    few = {
        "filter": {
            "fieldName": "sessions",
            "numericFilter": {"operation": "LESS_THAN", "value": {"int64Value": str(mobile)}},
        }
    }
    rows = ask(body(["totalUsers"], ["deviceCategory"], metricFilter=few)).json()["rows"]
    assert {row["dimensionValues"][0]["value"] for row in rows} == {
        name for name, number in by_device.items() if number < mobile
    }
    # A visit with two of the events is one visit.
    seen = {"filter": {"fieldName": "eventName", "inListFilter": {"values": ["session_start", "page_view"]}}}
    whole_day = ask(body(["sessions", "newUsers"], [])).json()["rows"]
    assert ask(body(["sessions", "newUsers"], [], dimensionFilter=seen)).json()["rows"] == whole_day


def test_aggregates_are_told_beside_the_rows(ask: Ask) -> None:
    kinds = ["TOTAL", "MINIMUM", "MAXIMUM"]
    reply = ask(
        body(["sessions", "totalUsers"], ["date", "country"], "2026-11-09", DAY, metricAggregations=kinds)
    ).json()
    numbers = [int(row["metricValues"][0]["value"]) for row in reply["rows"]]
    (both_days,) = ask(body(["sessions", "totalUsers"], [], "2026-11-09", DAY)).json()["rows"]
    (total,), (least,), (most,) = (reply[name] for name in ("totals", "minimums", "maximums"))
    assert total["dimensionValues"] == [{"value": "RESERVED_TOTAL"}] * 2
    # Users, and the visit that lasts past midnight, are counted once: the total is no sum of the rows.
    assert total["metricValues"] == both_days["metricValues"]
    assert int(total["metricValues"][0]["value"]) < sum(numbers)
    assert (least["dimensionValues"][0]["value"], least["metricValues"][0]["value"]) == (
        "RESERVED_MIN",
        str(min(numbers)),
    )
    assert (most["dimensionValues"][0]["value"], most["metricValues"][0]["value"]) == (
        "RESERVED_MAX",
        str(max(numbers)),
    )
    empty = ask(body(["sessions"], ["date"], "2026-03-17", "2026-03-17", metricAggregations=["TOTAL"])).json()
    assert empty["totals"] == [{}]


@pytest.mark.parametrize(
    ("dimensions", "metrics", "start", "tokens"),
    [(1, 1, DAY, 1), (1, 10, DAY, 2), (9, 10, DAY, 4), (1, 1, "2025-11-11", 7)],
)
def test_a_request_costs_by_its_width_and_days(dimensions: int, metrics: int, start: str, tokens: int) -> None:
    fields = [*TRAFFIC, "deviceCategory", "country", "dayOfWeek", "yearMonth"][:dimensions]
    counted = [*TOTALS, "activeUsers"][:metrics]
    assert cost(read_request(body(counted, fields, start, DAY), date(2026, 11, 23))) == tokens


def test_periods_are_written_as_google_writes_them(ask: Ask) -> None:
    # Sunday, 1 November 2026, is the first day of a week of Google's.
    fields = ["date", "year", "month", "week", "isoYearIsoWeek", "yearMonth", "dayOfWeek"]
    (row,) = ask(body([], fields, "2026-11-01", "2026-11-01")).json()["rows"]
    assert [one["value"] for one in row["dimensionValues"]] == ["20261101", "2026", "11", "45", "202644", "202611", "0"]
    assert "metricValues" not in row


def test_a_limit_of_nothing_is_the_default_and_one_too_large_is_cut(ask: Ask) -> None:
    whole = ask(body(["sessions"], TRAFFIC)).json()["rows"]
    for limit in (0, "0", 1_000_000, "250000"):
        assert ask(body(["sessions"], TRAFFIC, limit=limit)).json()["rows"] == whole
    assert read_request(body(["sessions"], [], limit=0), date(2026, 11, 23)).limit == 10_000
    assert read_request(body(["sessions"], [], limit="1000000"), date(2026, 11, 23)).limit == 250_000


def test_deprecated_names_come_back_as_they_were_asked_for(ask: Ask) -> None:
    reply = ask(body(["conversions"], ["sessionDefaultChannelGrouping"], currencyCode="USD")).json()
    assert reply["metricHeaders"] == [{"name": "conversions", "type": "TYPE_FLOAT"}]
    assert reply["dimensionHeaders"] == [{"name": "sessionDefaultChannelGrouping"}]
    assert reply["metadata"]["currencyCode"] == "USD"


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
    (found,) = [one for one in reply["metrics"] if one["apiName"] == "keyEvents"]
    assert found == {
        "apiName": "keyEvents",
        "uiName": "Key events",
        "category": "Event",
        "type": "TYPE_FLOAT",
        "deprecatedApiNames": ["conversions"],
    }
    assert google.get(f"{sandbox.url}/v1beta/properties/0/metadata", timeout=30).status_code == 200
    assert requests.get(f"{sandbox.url}/v1beta/properties/0/metadata", timeout=30).status_code == 401


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
    everything = {
        "metricAggregations": ["TOTAL", "MINIMUM", "MAXIMUM"],
        "dimensionFilter": {"filter": {"fieldName": "country", "inListFilter": {"values": ["Germany", "Austria"]}}},
        "metricFilter": {
            "filter": {
                "fieldName": "sessions",
                "betweenFilter": {"fromValue": {"int64Value": "1"}, "toValue": {"doubleValue": 1e6}},
            }
        },
        "orderBys": [{"metric": {"metricName": "sessions"}, "desc": True}],
        "keepEmptyRows": True,
        "currencyCode": "EUR",
    }
    fields = {"dimensions": request["dimensions"], "metrics": request["metrics"], "compatibilityFilter": "COMPATIBLE"}
    for schema, instance in (
        ("RunReportRequest", request),
        ("RunReportRequest", body(TOTALS, TRAFFIC, **everything)),
        ("RunReportResponse", ask(request).json()),
        ("RunReportResponse", ask(empty).json()),
        ("RunReportResponse", ask(body(["totalUsers"], ["userAgeBracket"])).json()),
        ("RunReportResponse", ask(body(TOTALS, TRAFFIC, "2026-09-13", "2026-09-15", **everything)).json()),
        ("RunReportResponse", ask(body([], ["date"])).json()),
        ("RunReportResponse", ask(body(["sessions"], [ADS], "2023-01-01", "2026-11-04")).json()),
        ("BatchRunReportsResponse", batch),
        ("CheckCompatibilityRequest", fields),
        ("CheckCompatibilityResponse", ask(fields, PATH.replace("runReport", "checkCompatibility")).json()),
        ("Metadata", metadata),
    ):
        discovery("ga4/discovery_analyticsdata.v1beta.json", schema, instance)


def test_refusals_have_the_shape_of_googles_status(
    sandbox: RunningSandbox, google: requests.Session, ask: Ask, discovery: Callable[[str, str, Any], None]
) -> None:
    def check(reply: requests.Response) -> None:
        error = dict(reply.json()["error"])
        # The envelope spells the code of the RPC as `status`, and puts the HTTP status in its place.
        assert error.pop("status") == STATUS[reply.status_code]
        assert error["code"] == reply.status_code
        discovery("ga4/discovery_analyticsdata.v1beta.json", "Status", error)

    url, report = f"{sandbox.url}{PATH}", body(["sessions"], ["date"])
    check(requests.post(url, json=report, timeout=30))
    check(requests.post(url, json=report, headers={"Authorization": "Bearer nonsense"}, timeout=30))
    check(google.post(url.replace("345678901", "1"), json=report, timeout=30))
    check(google.post(url.replace("345678901", "abc"), json=report, timeout=30))
    check(ask({"x": 1}))
    check(ask(body(["sessions"], ["itemName"])))
    for name in (name for name, one in FAULTS.items() if name.startswith("ga4.") and isinstance(one.body, dict)):
        sandbox.inject_named(name)
        check(ask(report))
