"""Every documented failure of Search Console: what it means, what a person reads, and what becomes of the data."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from ingestion.http import LoadStopped
from tests.ingestion.conftest import Trial
from warehouse.errors import ConfigurationError

QUERY, TOKEN = "/searchAnalytics/query", "^/oauth2/"
Class = Literal["retry", "wait", "stop", "fatal"]
# One organic visit, on the 18th.
BEFORE: list[Any] = []
AFTER: list[Any] = [("2026-11-18", 1.0, 92.0)]

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
    ("search_console.bad_regex", 1, "fatal", "Mend sources.search_console.brand_pattern"),
    ("search_console.not_found", 1, "fatal", "check sources.search_console.base_url and api_version"),
    ("oauth.account_not_found", 1, "fatal", "sources.search_console.credentials: the key was refused"),
)


def totals(trial: Trial) -> list[Any]:
    return trial.rows("select date::varchar, clicks, impressions from raw_search_console.totals_daily")


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case[0]} x{case[1]} {case[2]}")
def test_every_documented_failure(trial: Trial, case: tuple[str, int, Class, Any]) -> None:
    fault, times, happens, told = case
    trial.inject(fault, TOKEN if fault.startswith("oauth.") else QUERY, times)
    if happens in ("retry", "wait"):
        trial.load("search_console", "2026-11-16", "2026-11-20")
        assert trial.slept == told
        assert totals(trial) == AFTER
        return
    with pytest.raises(ConfigurationError) as caught:
        trial.load("search_console", "2026-11-16", "2026-11-20")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, LoadStopped) == (happens == "stop")
    assert totals(trial) == BEFORE
    if happens == "stop":
        trial.load("search_console", "2026-11-16", "2026-11-20")
        assert totals(trial) == AFTER
