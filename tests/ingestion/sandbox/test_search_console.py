from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests

from ingestion.sandbox.faults import FAULTS
from ingestion.sandbox.model import World
from ingestion.sandbox.running import RunningSandbox
from ingestion.sandbox.world_catalog import ORGANIC
from ingestion.sandbox.world_search import BRAND_PATTERN, SITE_URL, searches
from ingestion.sandbox.world_time import midnight
from tests.ingestion.sandbox.conftest import new_token

SITE = f"/webmasters/v3/sites/{quote(SITE_URL, safe='')}"
BRAND = [{"filters": [{"dimension": "query", "operator": "includingRegex", "expression": BRAND_PATTERN}]}]

Ask = Callable[..., requests.Response]


@pytest.fixture
def ask(sandbox: RunningSandbox, google: requests.Session) -> Ask:
    def post(start: str, end: str, *dimensions: str, **more: Any) -> requests.Response:
        content = {"startDate": start, "endDate": end, "dimensions": list(dimensions), **more}
        return google.post(f"{sandbox.url}{SITE}/searchAnalytics/query", json=content, timeout=60)

    return post


def test_every_organic_visit_from_google_was_a_click(world: World) -> None:
    day = date(2026, 11, 10)
    opens, closes = (midnight(one, "America/Los_Angeles").timestamp() for one in (day, day + timedelta(days=1)))
    visits = [
        session
        for sessions in world.sessions.values()
        for session in sessions
        if session.touch == ORGANIC and opens <= session.started_at < closes
    ]
    clicks = sum(one.clicks for one in searches(world, day))
    assert len(visits) > 20
    assert len(visits) <= clicks <= len(visits) * 1.3
    assert searches(world, day) == searches.__wrapped__(world, day)
    assert all(one.impressions >= one.clicks and one.position >= 1 for one in searches(world, day))


def test_totals_hold_more_than_the_queries_that_are_told(ask: Ask) -> None:
    (total,) = ask("2026-11-10", "2026-11-10", "date").json()["rows"]
    queries = ask("2026-11-10", "2026-11-10", "query").json()["rows"]
    assert 0.4 < sum(row["clicks"] for row in queries) / total["clicks"] < 0.9
    assert total["keys"] == ["2026-11-10"]
    assert total["ctr"] == total["clicks"] / total["impressions"]
    assert [row["clicks"] for row in queries] == sorted((row["clicks"] for row in queries), reverse=True)


def test_a_pattern_finds_the_brand(ask: Ask) -> None:
    rows = ask("2026-11-01", "2026-11-15", "query", dimensionFilterGroups=BRAND).json()["rows"]
    assert {row["keys"][0] for row in rows} >= {"larkspur office", "larkspr office", "lark spur büro"}
    assert all(re.search(BRAND_PATTERN, row["keys"][0]) for row in rows)
    # A filter of queries lets nothing through that is kept secret, with the dimension or without.
    (by_filter,) = ask("2026-11-01", "2026-11-15", dimensionFilterGroups=BRAND).json()["rows"]
    assert by_filter["clicks"] == sum(row["clicks"] for row in rows)
    assert "keys" not in by_filter


def test_pages_end_with_one_without_rows(ask: Ask) -> None:
    whole = ask("2026-11-01", "2026-11-03", "date", "query", rowLimit=25000).json()["rows"]
    paged: list[Any] = []
    while True:
        page = ask("2026-11-01", "2026-11-03", "date", "query", rowLimit=10, startRow=len(paged)).json()
        if "rows" not in page:
            break
        paged += page["rows"]
    assert paged == whole
    assert len(ask("2025-11-01", "2026-11-03", "date", "query").json()["rows"]) == 1000


def test_a_day_is_final_two_days_after_its_end_in_pacific_time(
    ask: Ask, sandbox: RunningSandbox, google: requests.Session, credentials: dict[str, str]
) -> None:
    def days(state: str) -> dict[str, float]:
        rows = ask("2026-11-19", "2026-11-23", "date", dataState=state).json().get("rows", [])
        return {row["keys"][0]: row["clicks"] for row in rows}

    # 08:00 UTC is midnight at the Pacific: the 20th ended 48 hours ago.
    assert list(days("final")) == ["2026-11-19", "2026-11-20"]
    fresh = ask("2026-11-19", "2026-11-23", "date", dataState="all").json()
    assert fresh["metadata"] == {"firstIncompleteDate": "2026-11-21"}
    early = days("all")
    assert list(early) == ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"]
    sandbox.set_clock("2026-11-24T08:00:00+00:00")
    google.headers["Authorization"] = f"Bearer {new_token(credentials)}"
    assert list(days("final")) == ["2026-11-19", "2026-11-20", "2026-11-21"]
    later = days("all")
    assert all(early[day] <= later[day] for day in early)
    assert early["2026-11-21"] < later["2026-11-21"]


def test_older_days_than_sixteen_months_are_gone(ask: Ask, sandbox: RunningSandbox, google: requests.Session,
                                                 credentials: dict[str, str]) -> None:  # fmt: skip
    sandbox.set_clock("2027-04-24T08:00:00+00:00")
    google.headers["Authorization"] = f"Bearer {new_token(credentials)}"
    rows = ask("2025-12-20", "2025-12-26", "date").json()["rows"]
    assert rows[0]["keys"] == ["2025-12-24"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"rowLimit": 25001}, "rowLimit must be between 1 and 25000"),
        ({"startDate": "1.11.2026"}, "Invalid value at 'startDate'"),
        ({"endDate": "2026-10-01"}, "Start date cannot be after end date."),
        ({"foo": 1}, 'Invalid JSON payload received. Unknown name "foo"'),
        (
            {"dimensionFilterGroups": [{"filters": [{"operator": "includingRegex", "expression": "("}]}]},
            "Invalid regular expression",
        ),
        (
            {"dimensionFilterGroups": [{"filters": [{"operator": "includingRegex", "expression": "lark(?!spur)"}]}]},
            "Invalid regular expression: lark(?!spur)",
        ),
        ({"rowLimit": 0}, "rowLimit must be between 1 and 25000"),
        ({"startRow": -1}, "rowLimit must be between 1 and 25000, and startRow not negative."),
    ],
)
def test_bad_requests_are_refused(ask: Ask, more: dict[str, Any], message: str) -> None:
    reply = ask("2026-11-01", "2026-11-02", **more)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"].startswith(message)


def test_only_the_sites_of_the_account_are_shown(sandbox: RunningSandbox, google: requests.Session) -> None:
    other = google.get(f"{sandbox.url}/webmasters/v3/sites/https%3A%2F%2Fwww.other.example%2F", timeout=30)
    assert (other.status_code, other.json()["error"]["errors"][0]["reason"]) == (403, "forbidden")
    assert requests.get(f"{sandbox.url}{SITE}", timeout=30).status_code == 401
    assert google.get(f"{sandbox.url}{SITE}", timeout=30).json()["siteUrl"] == SITE_URL


def test_replies_are_as_google_describes_them(
    sandbox: RunningSandbox, google: requests.Session, ask: Ask, discovery: Callable[[str, str, Any], None]
) -> None:
    def upper(text: str) -> str:
        # The discovery document spells in capitals what the v3 address has in camel case.
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).upper()

    fresh = ask("2026-11-19", "2026-11-23", "date", dataState="all").json()
    fresh["responseAggregationType"] = upper(fresh["responseAggregationType"])
    none = ask("2026-11-23", "2026-11-23", "query").json()
    none["responseAggregationType"] = upper(none["responseAggregationType"])
    sites = google.get(f"{sandbox.url}/webmasters/v3/sites", timeout=30).json()
    for entry in sites["siteEntry"]:
        entry["permissionLevel"] = upper(entry["permissionLevel"])
    for schema, instance in (
        ("SearchAnalyticsQueryResponse", fresh),
        ("SearchAnalyticsQueryResponse", none),
        ("SitesListResponse", sites),
    ):
        discovery("search_console/discovery_searchconsole.v1.json", schema, instance)


def test_refusals_name_their_reason_in_either_envelope(sandbox: RunningSandbox, ask: Ask) -> None:
    for name in (name for name, one in FAULTS.items() if name.startswith("search_console.") and one.status >= 400):
        if isinstance(FAULTS[name].body, str):
            continue
        sandbox.inject_named(name)
        reply = ask("2026-11-19", "2026-11-19", "date")
        error = reply.json()["error"]
        assert error["code"] == reply.status_code
        assert error.keys() - {"code", "message"} in ({"errors"}, {"status", "details"}, {"status"})
        assert error["message"]
        assert all(entry.keys() == {"message", "domain", "reason"} for entry in error.get("errors", ()))
