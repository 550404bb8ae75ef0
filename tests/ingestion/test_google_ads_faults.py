"""Every documented failure of the Google Ads API: what it means, what is said, and what becomes of the data."""

from __future__ import annotations

import shutil
from typing import Any, Literal

import orjson
import pytest
import requests

from ingestion.google_ads.errors import classify
from ingestion.http import Accept, LoadStopped
from ingestion.sandbox.faults import FAULTS as KNOWN
from ingestion.sandbox.faults import named
from tests.ingestion.conftest import KnownLoads, Rows, Trial, content
from tests.ingestion.sandbox.tiny import CH, DE
from warehouse.errors import ConfigurationError

STREAM, TOKEN = "googleAds:searchStream", "^/oauth2/"
SOURCE = "google_ads"
WHOLE = ("2026-11-20", "2026-11-22")
Class = Literal["retry", "reduce", "stop", "skip", "fatal"]
CONSOLE = "https://console.cloud.google.com/google/ads-apis/overview"

# fault, how often, what happens, and: the seconds that are waited, or a part of the line that a person reads
FAULTS: tuple[tuple[str, int, Class, Any], ...] = (
    ("google_ads.resource_exhausted", 1, "stop", "operations for explorer access is used up: must wait 1234 s"),
    ("google_ads.resource_temporarily_exhausted", 2, "retry", [5.0, 5.0]),
    ("google_ads.resource_temporarily_exhausted", 25, "fatal", "still throttled after 15 tries: Requests per"),
    ("google_ads.exhausted_without_delay", 2, "retry", [1.0, 2.0]),
    # Cheaper queries after a pause: the window in halves, and where that is not enough again.
    ("google_ads.short_term_consumption", 1, "reduce", [1.0]),
    ("google_ads.long_term_consumption", 2, "reduce", [1.0, 1.0]),
    ("google_ads.deadline_exceeded", 1, "reduce", [1.0]),
    ("google_ads.deadline_exceeded", 99, "fatal", f"account {DE}: the query takes too long; try again later"),
    ("google_ads.transient_error", 2, "retry", [1.0, 2.0]),
    ("google_ads.transient_error", 5, "fatal", "gave up after 5 tries: Google answers TRANSIENT_ERROR; try"),
    ("google_ads.internal_error", 1, "retry", [1.0]),
    ("any.500", 1, "retry", [1.0]),
    ("google_ads.unavailable", 1, "retry", [1.0]),
    ("google_ads.unavailable", 5, "fatal", "gave up after 5 tries: Google answers HTTP 503; try again later"),
    ("google_ads.gateway_timeout", 1, "retry", [1.0]),
    ("google_ads.gateway_timeout", 3, "reduce", [1.0, 2.0, 1.0]),
    ("google_ads.cut_stream", 1, "reduce", [1.0]),
    ("google_ads.cut_between_chunks", 1, "reduce", [1.0]),
    ("google_ads.cut_stream", 99, "fatal", "the stream broke off; try again later"),
    ("google_ads.cut_connection", 1, "retry", [1.0]),
    ("google_ads.cut_connection", 3, "reduce", [1.0, 2.0, 1.0]),
    ("google_ads.error_after_rows", 1, "retry", [1.0]),
    ("google_ads.token_expired", 1, "retry", []),
    ("google_ads.token_expired", 2, "fatal", "make a new service-account key and put it in .dlt/secrets.toml"),
    ("oauth.invalid_signature", 1, "fatal", "sources.google_ads.credentials: the key was refused (invalid_grant)"),
    ("google_ads.customer_not_found", 1, "fatal", "no such account; check sources.google_ads.login_customer_id"),
    ("google_ads.not_ads_user", 1, "fatal", "the service account is no user of this Google Ads account; add it under"),
    ("google_ads.two_step_verification", 1, "fatal", "needs two-step verification; use a service account"),
    ("google_ads.user_permission_denied", 1, "fatal", f"account {DE}: no access; add the service account to the"),
    ("google_ads.wrong_login_customer", 1, "fatal", "is not below the manager in sources.google_ads.login_customer_id"),
    ("google_ads.customer_not_enabled", 99, "skip", "the account is not enabled (closed, or never set up)"),
    ("google_ads.account_suspended", 99, "skip", "the account is suspended"),
    ("google_ads.project_not_approved", 1, "fatal", f"may only read test accounts; ask for access at {CONSOLE}"),
    ("google_ads.missing_terms", 1, "fatal", f"the terms of the API are not accepted; accept them at {CONSOLE}"),
    ("google_ads.project_disabled", 1, "fatal", f"enable the Google Ads API at {CONSOLE}"),
    ("google_ads.metric_access_denied", 1, "fatal", f"see what the project may read at {CONSOLE}"),
    ("google_ads.metrics_for_manager", 1, "fatal", "a manager has no metrics"),
    ("google_ads.too_long_ago", 1, "fatal", "days before the last 37 months are not kept; start later"),
    (
        "google_ads.unrecognized_field",
        1,
        "fatal",
        "UNRECOGNIZED_FIELD: Unrecognized field in the query: 'metrics.foo'; check sources.google_ads.api_version",
    ),
    ("google_ads.unsupported_version", 1, "fatal", "the API version has ended; raise sources.google_ads.api_version"),
    ("google_ads.expired_page_token", 1, "retry", [1.0]),
    ("google_ads.invalid_page_token", 1, "retry", [1.0]),
    ("google_ads.html_404", 1, "fatal", "HTTP 404; check sources.google_ads.base_url and api_version"),
)  # fmt: skip


def of_account(rows: Rows, account: str) -> Rows:
    return {name: [row for row in found if account in row] for name, found in rows.items() if name != "customers"}


def test_every_fault_of_the_sandbox_is_in_the_table() -> None:
    assert {fault for fault, *_ in FAULTS} >= {name for name in KNOWN if name.startswith("google_ads.")}


@pytest.mark.parametrize(
    "name", [name for name, fault in KNOWN.items() if name.startswith("google_ads.") and isinstance(fault.body, dict)]
)
def test_an_error_means_the_same_inside_an_array_and_by_itself(name: str) -> None:
    def outcome(*, streamed: bool) -> Any:
        fault = named(name, streamed=streamed)
        reply = requests.Response()
        reply.status_code, reply._content = fault.status, orjson.dumps(fault.body)
        return classify(reply)

    assert outcome(streamed=True) == outcome(streamed=False)
    assert not isinstance(outcome(streamed=True), Accept)


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case[0]} x{case[1]} {case[2]}")
def test_every_documented_failure(trial: Trial, known: KnownLoads, case: tuple[str, int, Class, Any]) -> None:
    fault, times, happens, told = case
    loads = known(trial, SOURCE, WHOLE[0])
    before, after = loads.before, loads.after
    assert before != after
    trial.home = trial.home / "home"
    shutil.copytree(loads.home, trial.home)
    is_token = fault.startswith("oauth.")
    # The account's second request: its conversion actions are known by then, and no row of a day has been read.
    trial.inject(fault, TOKEN if is_token else f"{DE}/{STREAM}", times, skip=int(not is_token))
    if happens in ("retry", "reduce", "skip"):
        report = trial.load("google_ads", *WHOLE)
        found = content(trial, SOURCE)
        if happens == "skip":
            assert f"account {DE} was skipped, its earlier rows are kept: {told}" in report.warnings
            assert (of_account(found, DE), of_account(found, CH)) == (of_account(before, DE), of_account(after, CH))
            assert trial.slept == []
            return
        assert trial.slept == told
        assert found == after
        windows = trial.rows(
            "select count(*) from ops.requests where table_name = 'campaign_daily' "
            f"and account_id = '{DE}' and load_id = '{report.load_id}'"
        )
        assert (windows[0][0] > 1) == (happens == "reduce")
        return
    with pytest.raises(ConfigurationError) as caught:
        trial.load("google_ads", *WHOLE)
    line = str(caught.value)
    assert told in line
    assert "\n" not in line
    assert isinstance(caught.value, LoadStopped) == (happens == "stop")
    if happens == "fatal":
        assert content(trial, SOURCE) == before
        return
    # What was read before the stop is kept; when the quota is back, the same load brings the rest.
    trial.control.faults.clear()
    trial.load("google_ads", *WHOLE)
    assert content(trial, SOURCE) == after
