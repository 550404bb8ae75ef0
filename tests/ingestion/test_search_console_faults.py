"""Every documented failure of Search Console: what it means, what a person reads, and what becomes of the data."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from ingestion.http import LoadStopped
from ingestion.sandbox.faults import FAULTS as KNOWN
from tests.ingestion.conftest import Trial
from warehouse.errors import ConfigurationError

QUERY, TOKEN = "/searchAnalytics/query", "^/oauth2/"
Class = Literal["retry", "wait", "stop", "fatal"]
# One organic visit, on the 18th; before, it was known otherwise.
OLD: list[Any] = [("2026-11-18", 7.0, 92.0), ("larkspur", 7.0, 1.0)]
AFTER: list[Any] = [("2026-11-18", 1.0, 92.0), ("larkspur", 0.0, 1.0)]

# fault, how often, what happens, and: the seconds that are waited, or a part of the line that a person reads
FAULTS: tuple[tuple[str, int, Class, Any], ...] = (
    ("search_console.server_error", 2, "retry", [1.0, 2.0]),
    ("search_console.unavailable", 4, "retry", [1.0, 2.0, 4.0, 8.0]),
    ("search_console.server_error", 5, "fatal", "gave up after 5 tries: Google answers HTTP 500; try again later"),
    ("search_console.unauthenticated", 1, "retry", []),
    ("search_console.unauthenticated", 2, "fatal", "check sources.search_console.credentials, or make a new key"),
    ("search_console.qpm", 1, "wait", [60.0]),
    ("search_console.load_quota", 1, "stop", "load quota exceeded. Learn about usage limits"),
    ("search_console.qpd", 1, "stop", "limit 'Queries per day'"),
    ("search_console.forbidden", 1, "fatal", "add its e-mail address under Settings > Users and permissions"),
    ("search_console.service_disabled", 1, "fatal", "is off in the service account's Cloud project"),
    ("search_console.cut_reply", 2, "retry", [1.0, 2.0]),
    ("search_console.cut_reply", 3, "fatal", "gave up after 3 tries: the reply broke off; try again later"),
    ("any.502", 1, "retry", [1.0]),
    ("search_console.rate_limit", 1, "wait", [60.0]),
    ("search_console.qpm", 3, "stop", "must wait 60 s, more than is left of the budget of 120 s; try again after"),
    ("search_console.scope_insufficient", 1, "fatal", "check token_uri in sources.search_console.credentials"),
    ("search_console.invalid", 1, "fatal", "HTTP 400: Request contains an invalid argument: start date cannot be"),
    ("oauth.no_access_token", 1, "fatal", "sources.search_console.credentials: the key was refused"),
    ("search_console.bad_regex", 1, "fatal", "Mend sources.search_console.brand_pattern"),
    ("search_console.not_found", 1, "fatal", "check sources.search_console.base_url and api_version"),
    ("oauth.account_not_found", 1, "fatal", "sources.search_console.credentials: the key was refused"),
)


def content(trial: Trial) -> list[Any]:
    tables = "raw_search_console.totals_daily", "raw_search_console.brand_queries_daily where query = 'larkspur'"
    return [
        *trial.rows(f"select date::varchar, clicks, impressions from {tables[0]}"),
        *trial.rows(f"select query, clicks, impressions from {tables[1]}"),
    ]


def test_every_fault_of_the_sandbox_is_in_the_table() -> None:
    assert {fault for fault, *_ in FAULTS} >= {name for name in KNOWN if name.startswith("search_console.")}


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case[0]} x{case[1]} {case[2]}")
def test_every_documented_failure(trial: Trial, case: tuple[str, int, Class, Any]) -> None:
    fault, times, happens, told = case
    trial.load("search_console", "2026-11-18", "2026-11-18")
    trial.execute("update raw_search_console.totals_daily set clicks = 7")
    trial.execute("update raw_search_console.brand_queries_daily set clicks = 7")
    assert content(trial) == OLD
    trial.inject(fault, TOKEN if fault.startswith("oauth.") else QUERY, times)
    if happens in ("retry", "wait"):
        trial.load("search_console", "2026-11-16", "2026-11-20")
        assert trial.slept == told
        assert content(trial) == AFTER
        return
    with pytest.raises(ConfigurationError) as caught:
        trial.load("search_console", "2026-11-16", "2026-11-20")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, LoadStopped) == (happens == "stop")
    assert content(trial) == OLD
    trial.control.faults.clear()
    trial.load("search_console", "2026-11-16", "2026-11-20")
    assert content(trial) == AFTER
