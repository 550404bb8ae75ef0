from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion.ga4 import SPEC
from ingestion.ga4.quota import Budget, begins_again, seconds_to_midnight
from ingestion.ga4.reports import FLAGS, REPORTS, rows
from ingestion.spec import Window

WINDOW = Window(date(2026, 11, 1), date(2026, 11, 2))
DISCOVERY = Path(__file__).parents[2].parent / "shared" / "fixtures" / "ga4" / "discovery_analyticsdata.v1beta.json"


REPORT = {report.table: report for report in REPORTS}


def test_each_report_fills_its_table() -> None:
    for report in REPORTS:
        period = {"day": "20261101", "week": "202645", "month": "202611"}[report.grain]
        headers = {
            "metadata": {"timeZone": "Europe/Berlin", "currencyCode": "EUR"},
            "dimensionHeaders": [{"name": name} for name in report.dimensions],
            "metricHeaders": [{"name": name} for name in report.metrics],
            "rows": [
                {
                    "dimensionValues": [{"value": period}, *[{"value": "x"}] * (len(report.dimensions) - 1)],
                    "metricValues": [{"value": "1"}] * len(report.metrics),
                }
            ],
        }
        assert set(next(rows(headers, "345"))) == set(SPEC.table(report.table).columns)


def test_rows_are_matched_with_the_headers_one_by_one() -> None:
    found = list(
        rows(
            {
                "metadata": {"currencyCode": "EUR", "timeZone": "Europe/Berlin"},
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
            "time_zone": "Europe/Berlin",
            "currency_code": "EUR",
            "session_source": "",
            "date": "2026-11-01",
            "session_medium": "(none)",
            "key_events": "4",
            "purchase_revenue": "512.4",
        },
        {
            "property_id": "345",
            "time_zone": "Europe/Berlin",
            "currency_code": "EUR",
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
    body = REPORT["traffic_daily"].body(WINDOW, offset=250_000, limit=250_000)
    assert body["dateRanges"] == [{"startDate": "2026-11-01", "endDate": "2026-11-02"}]
    assert body["dimensions"][0] == {"name": "date"}
    assert [order["dimension"]["dimensionName"] for order in body["orderBys"]] == list(
        REPORT["traffic_daily"].dimensions
    )
    assert (body["offset"], body["limit"], body["returnPropertyQuota"]) == ("250000", "250000", True)


def test_weeks_begin_on_mondays_and_months_on_their_first() -> None:
    def one(dimension: str, value: str) -> dict[str, str | None]:
        return next(
            rows({"dimensionHeaders": [{"name": dimension}], "rows": [{"dimensionValues": [{"value": value}]}]}, "1")
        )

    assert one("isoYearIsoWeek", "202601")["week_start"] == "2025-12-29"
    assert one("yearMonth", "202602")["month_start"] == "2026-02-01"


def test_whole_weeks_and_months_are_asked_for() -> None:
    days = Window(date(2026, 11, 18), date(2026, 11, 24))  # Wednesday to Tuesday
    assert list(REPORT["week_totals"].parts(days)) == [
        (Window(date(2026, 11, 16), date(2026, 11, 24)), Window(date(2026, 11, 16), date(2026, 11, 22)))
    ]
    assert list(REPORT["week_totals"].parts(Window(date(2026, 11, 16), date(2026, 11, 21)))) == [
        (Window(date(2026, 11, 16), date(2026, 11, 21)), None)
    ]
    assert list(REPORT["month_totals"].parts(Window(date(2026, 10, 31), date(2026, 11, 24)))) == [
        (Window(date(2026, 10, 1), date(2026, 10, 31)), Window(date(2026, 10, 1), date(2026, 10, 31))),
        (Window(date(2026, 11, 1), date(2026, 11, 24)), None),
    ]
    year = Window(date(2025, 11, 24), date(2026, 11, 22))
    for report in REPORTS:
        parts = list(report.parts(year))
        days_read = [day for covered, _ in parts for day in covered.days()]
        assert days_read == sorted(set(days_read)), report.table
        assert set(year.days()) <= set(days_read), report.table
        assert all(asked is None or set(asked.days()) <= set(covered.days()) for covered, asked in parts)


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_tenth_of_a_quota_is_left_to_others() -> None:
    budget = Budget()
    quota = {
        "tokensPerDay": {"consumed": 1, "remaining": 20_001},
        "concurrentRequests": {"consumed": 9, "remaining": 1},
    }
    budget.read(quota, NOON)
    assert budget.low is None
    budget.read({**quota, "tokensPerDay": {"consumed": 1, "remaining": 20_000}}, NOON)
    assert budget.low == "only 20000 of 200000 tokensPerDay are left; go on after 2026-11-24 08:00 UTC"
    budget.read({"serverErrorsPerProjectPerHour": {"consumed": 0, "remaining": 1}}, NOON)
    assert budget.low == "only 1 of 10 serverErrorsPerProjectPerHour are left; go on after 2026-11-23 13:00 UTC"
    budget.read({}, NOON)
    assert budget.low is None


def test_a_larger_property_is_known_by_what_it_has_left() -> None:
    budget = Budget()
    budget.read({"tokensPerHour": {"consumed": 1, "remaining": 40_001}}, NOON)
    assert budget.low is None
    budget.read({"tokensPerHour": {"consumed": 1, "remaining": 40_000}}, NOON)
    assert budget.low == "only 40000 of 400000 tokensPerHour are left; go on after 2026-11-23 13:00 UTC"


def test_the_days_quota_begins_again_at_midnight_pacific() -> None:
    # In summer the Pacific coast is seven hours behind.
    assert begins_again("tokensPerDay", datetime(2026, 7, 1, 6, 30, tzinfo=UTC)) == datetime(2026, 7, 1, 7, tzinfo=UTC)
    assert seconds_to_midnight(NOON) == 20 * 3600


def test_requests_and_replies_use_the_vendors_own_names() -> None:
    if not DISCOVERY.exists():
        pytest.skip(f"the vendor's discovery document is not at {DISCOVERY}")
    schemas = json.loads(DISCOVERY.read_text(encoding="utf-8"))["schemas"]
    assert set(REPORTS[0].body(WINDOW, offset=0, limit=1)) <= set(schemas["RunReportRequest"]["properties"])
    assert set(REPORTS[0].fields()) <= set(schemas["CheckCompatibilityRequest"]["properties"])
    assert set(FLAGS) <= set(schemas["ResponseMetaData"]["properties"])
    for report in REPORTS:
        assert len(report.dimensions) <= 9
        assert len(report.metrics) <= 10
