from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from ingestion.ga4 import SPEC
from ingestion.ga4.replies import classify, quota_warning
from ingestion.ga4.reports import FLAGS, REPORTS, flags, rows
from ingestion.http import Fatal, Outcome, RefreshToken, Retry, WaitUntil
from ingestion.sandbox.faults import named
from ingestion.spec import Window

WINDOW = Window(date(2026, 11, 1), date(2026, 11, 2))
DISCOVERY = Path(__file__).parents[2].parent / "shared" / "fixtures" / "ga4" / "discovery_analyticsdata.v1beta.json"


def reply(status: int, body: Any) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.url = "https://analyticsdata.example/v1beta/properties/1:runReport"
    response._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return response


def test_each_report_fills_its_table() -> None:
    for report in REPORTS:
        headers = {
            "dimensionHeaders": [{"name": name} for name in report.dimensions],
            "metricHeaders": [{"name": name} for name in report.metrics],
            "rows": [
                {
                    "dimensionValues": [{"value": "20261101"}, *[{"value": "x"}] * (len(report.dimensions) - 1)],
                    "metricValues": [{"value": "1"}] * len(report.metrics),
                }
            ],
        }
        assert set(next(rows(headers, "345"))) == set(SPEC.table(report.table).columns)


def test_rows_are_matched_with_the_headers_one_by_one() -> None:
    found = list(
        rows(
            {
                "dimensionHeaders": [{"name": "sessionSource"}, {"name": "date"}, {"name": "sessionMedium"}],
                "metricHeaders": [{"name": "keyEvents", "type": "TYPE_FLOAT"}, {"name": "purchaseRevenue"}],
                "rows": [
                    {
                        "dimensionValues": [{}, {"value": "20261101"}, {"value": "(none)"}],
                        "metricValues": [{"value": "4"}, {"value": "512.4"}],
                    },
                    {
                        "dimensionValues": [{"value": "google"}, {"value": "20261102"}, {"value": "cpc"}],
                        "metricValues": [{"value": "0.61788617886178865"}, {}],
                    },
                ],
                "rowCount": 2,
            },
            "345",
        )
    )
    assert found == [
        {
            "property_id": "345",
            "session_source": "",
            "date": "2026-11-01",
            "session_medium": "(none)",
            "key_events": "4",
            "purchase_revenue": "512.4",
        },
        {
            "property_id": "345",
            "session_source": "google",
            "date": "2026-11-02",
            "session_medium": "cpc",
            "key_events": "0.61788617886178865",
            "purchase_revenue": None,
        },
    ]


def test_an_empty_report_has_no_rows() -> None:
    assert list(rows({"dimensionHeaders": [{"name": "date"}], "kind": "analyticsData#runReport"}, "345")) == []


def test_the_request_is_ordered_by_every_dimension() -> None:
    body = REPORTS[1].body(WINDOW, offset=250_000, limit=250_000)
    assert body["dateRanges"] == [{"startDate": "2026-11-01", "endDate": "2026-11-02"}]
    assert body["dimensions"][0] == {"name": "date"}
    assert [order["dimension"]["dimensionName"] for order in body["orderBys"]] == list(REPORTS[1].dimensions)
    assert (body["offset"], body["limit"], body["returnPropertyQuota"]) == ("250000", "250000", True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ga4.concurrent_requests", 30.0),
        ("ga4.tokens_per_hour", 3600.0),
        ("ga4.thresholded", 1800.0),
        ("ga4.server_errors_quota", 3600.0),
    ],
)
def test_a_throttled_reply_waits_as_long_as_its_message_means(name: str, expected: float) -> None:
    outcome = classify(reply(429, named(name).body))
    assert isinstance(outcome, WaitUntil)
    assert outcome.seconds == expected


@pytest.mark.parametrize(
    ("status", "body", "kind", "hint"),
    [
        (429, named("ga4.tokens_per_day").body, Fatal, "midnight Pacific"),
        (403, named("ga4.permission_denied").body, Fatal, "as Viewer"),
        (403, {"error": {"message": "off", "details": [{"reason": "SERVICE_DISABLED"}]}}, Fatal, "switch it on"),
        (400, {"error": {"message": "Invalid property ID: abc. A numeric"}}, Fatal, "property_id is no property"),
        (404, "<html>404</html>", Fatal, "sources.ga4.base_url"),
        (400, {"error": {"message": "Field x is not a valid  metric."}}, Fatal, "Field x is not a valid metric."),
        (401, {"error": {"message": "no"}}, RefreshToken, "sources.ga4.credentials"),
    ],
)
def test_what_a_person_must_mend_says_how(status: int, body: Any, kind: type[Outcome], hint: str) -> None:
    outcome = classify(reply(status, body))
    assert isinstance(outcome, kind)
    assert isinstance(outcome, Fatal | RefreshToken)
    assert hint in outcome.hint


def test_server_errors_are_tried_twice_more_at_most() -> None:
    for status in (500, 503, 504):
        outcome = classify(reply(status, "oops"))
        assert isinstance(outcome, Retry)
        assert outcome.attempts == 3


def test_a_tenth_of_a_quota_is_left_to_others() -> None:
    quota = {
        "tokensPerDay": {"consumed": 1, "remaining": 20_001},
        "concurrentRequests": {"consumed": 9, "remaining": 1},
    }
    assert quota_warning(quota) is None
    assert quota_warning({**quota, "tokensPerDay": {"consumed": 1, "remaining": 20_000}}) == (
        "only 20000 of tokensPerDay are left"
    )
    assert quota_warning({"serverErrorsPerProjectPerHour": {"consumed": 0, "remaining": 1}}) is not None
    assert quota_warning({}) is None


def test_flags_are_those_that_are_set() -> None:
    assert list(flags({"dataLossFromOtherRow": True, "samplingMetadatas": [], "timeZone": "Europe/Berlin"})) == [
        "dataLossFromOtherRow"
    ]


def test_requests_and_replies_use_the_vendors_own_names() -> None:
    if not DISCOVERY.exists():
        pytest.skip(f"the vendor's discovery document is not at {DISCOVERY}")
    schemas = json.loads(DISCOVERY.read_text(encoding="utf-8"))["schemas"]
    assert set(REPORTS[0].body(WINDOW, offset=0, limit=1)) <= set(schemas["RunReportRequest"]["properties"])
    assert set(FLAGS) <= set(schemas["ResponseMetaData"]["properties"])
    for report in REPORTS:
        assert len(report.dimensions) <= 9
        assert len(report.metrics) <= 10
