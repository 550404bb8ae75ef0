"""Every documented failure of the GA4 Data API and of Google's tokens: what it means, what is said, what it does."""

from __future__ import annotations

import shutil
from typing import Any, Literal

import pytest

from ingestion.http import LoadStopped
from ingestion.sandbox.faults import FAULTS as KNOWN
from tests.ingestion.conftest import KnownLoads, Trial, content
from warehouse.errors import ConfigurationError

REPORT, TOKEN = ":runReport", "^/oauth2/"
Class = Literal["retry", "wait", "stop", "fatal"]

# fault, how often, what happens, and: the seconds that are waited, or a part of the line that a person reads
FAULTS: tuple[tuple[str, int, Class, Any], ...] = (
    # A server error counts against ten an hour: two more tries, then no more.
    ("ga4.server_error", 2, "retry", [1.0, 2.0]),
    ("ga4.unavailable", 1, "retry", [1.0]),
    ("ga4.deadline_exceeded", 2, "retry", [1.0, 2.0]),
    ("ga4.server_error", 3, "fatal", "gave up after 3 tries: Google answers HTTP 500; try again later"),
    ("any.502", 3, "fatal", "gave up after 3 tries: Google answers HTTP 502; try again later"),
    ("ga4.unauthenticated", 1, "retry", []),
    ("ga4.unauthenticated", 2, "fatal", "Google refused the token; check sources.ga4.credentials, or make a new key"),
    ("ga4.concurrent_requests", 2, "wait", [30.0, 30.0]),
    ("ga4.concurrent_requests", 5, "stop", "must wait 30 s, more than is left of the budget of 120 s; try again after"),
    (
        "ga4.tokens_per_hour",
        1,
        "stop",
        "a project per hour. These quota tokens will return in under an hour.: must wait",
    ),
    ("ga4.property_tokens_per_hour", 1, "stop", "must wait 3600 s, more than is left of the budget of 120 s"),
    ("ga4.tokens_per_day", 1, "stop", "The quota begins again at midnight Pacific time: must wait"),
    ("ga4.thresholded", 1, "stop", "Exhausted potentially thresholded requests quota.: must wait 1800 s"),
    ("ga4.server_errors_quota", 1, "stop", "Exhausted server errors quota.: must wait 3600 s"),
    ("ga4.permission_denied", 1, "fatal", "add its e-mail address as Viewer under Admin > Property access management"),
    ("ga4.service_disabled", 1, "fatal", "is off in the service account's Cloud project; switch it on there"),
    ("ga4.scope_insufficient", 1, "fatal", "check token_uri in sources.ga4.credentials"),
    ("ga4.invalid_property", 1, "fatal", "sources.ga4.property_id is no property; write its digits"),
    ("ga4.unknown_dimension", 1, "fatal", "Field datum is not a valid dimension."),
    ("ga4.unknown_metric", 1, "fatal", "Mend the report in ingestion/ga4/reports.py"),
    ("ga4.incompatible", 1, "fatal", "Please remove itemName to make the request compatible."),
    ("ga4.too_many_dimensions", 1, "fatal", "limited to 9 dimensions within a nested request. Mend the report in"),
    ("ga4.unknown_name", 1, "fatal", 'HTTP 400: Invalid JSON payload received. Unknown name "x": Cannot find field.'),
    ("ga4.cut_reply", 2, "retry", [1.0, 2.0]),
    ("ga4.cut_reply", 3, "fatal", "gave up after 3 tries: the reply broke off; try again later"),
    ("ga4.not_found", 1, "fatal", "HTTP 404: no such address; check sources.ga4.base_url and api_version"),
    ("oauth.invalid_signature", 1, "fatal", "sources.ga4.credentials: the key was refused (invalid_grant); check that"),
    ("oauth.account_not_found", 1, "fatal", "has not been deleted or disabled in the Google Cloud console"),
    ("oauth.clock_skew", 1, "fatal", "this machine's clock is right, or make a new key"),
    ("oauth.invalid_scope", 1, "fatal", "sources.ga4.credentials: the key was refused (invalid_scope)"),
    # Google's own library tries its token endpoint again by itself.
    ("oauth.unavailable", 1, "retry", []),
    ("oauth.unavailable", 9, "fatal", "gives no token just now; try again later"),
    ("oauth.no_access_token", 1, "fatal", "sources.ga4.credentials: the key was refused"),
)


def test_every_fault_of_the_sandbox_is_in_the_table() -> None:
    assert {fault for fault, *_ in FAULTS} >= {name for name in KNOWN if name.startswith(("ga4.", "oauth."))}


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case[0]} x{case[1]} {case[2]}")
def test_every_documented_failure(trial: Trial, known: KnownLoads, case: tuple[str, int, Class, Any]) -> None:
    fault, times, happens, told = case
    loads = known(trial, "ga4", "2026-11-18")
    before, after = loads.before, loads.after
    assert before != after
    trial.home = trial.home / "home"
    shutil.copytree(loads.home, trial.home)
    # The second request: the property's zone is known by then, and no row has been read.
    trial.inject(
        fault, TOKEN if fault.startswith("oauth.") else REPORT, times, skip=int(not fault.startswith("oauth."))
    )
    if happens in ("retry", "wait"):
        report = trial.load("ga4", "2026-11-18", "2026-11-22")
        assert (trial.slept, report.waits) == (told, len(told))
        assert content(trial, "ga4") == after
        return
    with pytest.raises(ConfigurationError) as caught:
        trial.load("ga4", "2026-11-18", "2026-11-22")
    line = str(caught.value)
    assert told in line
    assert "\n" not in line
    assert isinstance(caught.value, LoadStopped) == (happens == "stop")
    assert content(trial, "ga4") == before
    if happens == "stop":
        # When the quota is back, the same load brings everything.
        trial.load("ga4", "2026-11-18", "2026-11-22")
        assert content(trial, "ga4") == after


def test_the_errors_that_a_load_makes_never_lock_the_property_out(trial: Trial) -> None:
    trial.inject("ga4.server_error", REPORT, times=100)
    for _ in range(3):
        with pytest.raises(ConfigurationError):
            trial.load("ga4", "2026-11-18", "2026-11-22")
    # Ten an hour are the limit: three loads that all fail stay below it.
    assert len([request for request in trial.asked(REPORT) if request.status == 500]) == 9


def test_requests_that_fail_together_make_few_errors(trial: Trial) -> None:
    # Three at a time, all of which fail from the second request on: each once, then two more tries of one or the other.
    trial.inject("ga4.server_error", REPORT, times=100, skip=1)
    with pytest.raises(ConfigurationError, match="Google answers HTTP 500; try again later"):
        trial.load("ga4", "2026-07-01", "2026-11-22")
    assert 3 <= len([request for request in trial.asked(REPORT) if request.status == 500]) <= 7


def test_days_that_were_read_before_a_stop_are_kept_and_not_read_again(trial: Trial) -> None:
    trial.inject("ga4.tokens_per_day", REPORT, times=1, skip=2)
    with pytest.raises(LoadStopped, match="the next load goes on after the 2 rows that were read and kept"):
        trial.load("ga4", "2026-11-18", "2026-11-22")
    assert trial.rows("select count(*) from raw_ga4.day_totals") == [(2,)]
    assert trial.rows("select count(*) from raw_ga4.traffic_daily") == [(0,)]
    asked = len(trial.asked(REPORT))
    trial.load("ga4", "2026-11-18", "2026-11-22")
    assert trial.rows("select count(*) from raw_ga4.traffic_daily") == [(2,)]
    # The zone, and the four reports but the month's that were not read to their end.
    assert len(trial.asked(REPORT)) - asked == 1 + 3
