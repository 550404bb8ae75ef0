from __future__ import annotations

import csv
import json
import stat
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

from ingestion.sandbox import ga4
from ingestion.sandbox.control import Control
from ingestion.sandbox.model import World
from ingestion.sandbox.profile import inbox_costs, sandbox_environment, write_inbox
from ingestion.sandbox.running import RunningSandbox, running_sandbox
from warehouse.errors import ConfigurationError


def test_an_injected_fault_strikes_as_often_as_asked(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.url}/oauth2/token"
    sandbox.inject("^/oauth2/", 2, 503, {"error": "busy"}, {"Retry-After": "7"}, skip=1)
    replies = [requests.post(url, timeout=30) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [400, 503, 503, 400]
    assert replies[1].json() == {"error": "busy"}
    assert replies[1].headers["Retry-After"] == "7"
    log = sandbox.state()["requests"]
    assert [(entry["status"], entry["is_fault"]) for entry in log] == [
        (400, False), (503, True), (503, True), (400, False)
    ]  # fmt: skip


def test_faults_may_be_pages_and_may_mind_the_verb(sandbox: RunningSandbox) -> None:
    sandbox.inject("/oauth2/", 1, 502, "<html>Bad gateway</html>", method="POST")
    assert requests.get(f"{sandbox.url}/oauth2/token", timeout=30).status_code == 404
    reply = requests.post(f"{sandbox.url}/oauth2/token", timeout=30)
    assert (reply.status_code, reply.text) == (502, "<html>Bad gateway</html>")
    assert reply.headers["content-type"].startswith("text/html")


def test_a_documented_failure_is_injected_by_its_name(sandbox: RunningSandbox) -> None:
    sandbox.inject_named("hubspot.daily")
    reply = requests.get(f"{sandbox.url}/crm/objects/2026-09/contacts", timeout=30)
    assert (reply.status_code, reply.json()["policyName"]) == (429, "DAILY")
    assert requests.get(f"{sandbox.url}/crm/objects/2026-09/contacts", timeout=30).status_code == 401
    sandbox.inject_named("google_ads.customer_not_enabled", "googleAds:searchStream$")
    url = f"{sandbox.url}/v26/customers/2000000001/googleAds:searchStream"
    assert requests.post(url, timeout=30).json()[0]["error"]["code"] == 403
    assert {"ga4.tokens_per_day", "meta.throttle_17", "any.503"} <= set(sandbox.faults())
    with pytest.raises(ValueError, match=r"no fault is named 'ga4\.nonsense'; GET /__admin/faults lists them"):
        sandbox.inject_named("ga4.nonsense")


def test_the_log_keeps_no_secret(sandbox: RunningSandbox) -> None:
    requests.get(f"{sandbox.url}/v26.0/me?access_token=EAASecret&limit=3", timeout=30)
    state = requests.get(f"{sandbox.url}/__admin/state", timeout=30)
    assert "EAASecret" not in state.text
    assert state.json()["requests"][-1]["query"] == {"limit": "3"}


def test_bad_levers_are_refused(sandbox: RunningSandbox) -> None:
    with pytest.raises(ValueError, match="time zone"):
        sandbox.set_clock("2026-11-23T08:00:00")
    with pytest.raises(ValueError, match="inject"):
        sandbox.inject("(")
    assert requests.post(f"{sandbox.url}/__admin/clock", data="{", timeout=30).status_code == 400


def test_reset_brings_everything_back_but_known_accounts(sandbox: RunningSandbox, credentials: dict[str, str]) -> None:
    sandbox.advance(days=30)
    sandbox.inject("/", 5)
    sandbox.set_condition("ga4/sampling_limit", 100)
    assert sandbox.state()["conditions"] == {"ga4/sampling_limit": 100}
    assert sandbox.state()["now"] == "2026-12-23T08:00:00+00:00"
    sandbox.reset()
    state = sandbox.state()
    assert state["now"] == "2026-11-23T08:00:00+00:00"
    assert (state["faults"], state["requests"], state["quota_used"], state["conditions"]) == ([], [], {}, {})
    assert state["service_accounts"] >= 1


def test_tokens_live_an_hour_of_virtual_time() -> None:
    control = Control()
    token = control.issue_token("a b")
    assert control.check_token(token) == control.check_token(token, "b") == "valid"
    assert control.check_token(token, "c") == "unknown"
    assert control.check_token("other") == control.check_token(None) == "unknown"
    control.advance(timedelta(minutes=59))
    assert control.check_token(token) == "valid"
    control.advance(timedelta(minutes=1))
    assert control.check_token(token) == "expired"


def test_the_environment_points_every_source_at_the_sandbox(sandbox: RunningSandbox, tmp_path: Path) -> None:
    environment = sandbox_environment(sandbox.url, tmp_path)
    from ingestion.catalog import discover

    for name, source in discover().items():
        prefix = f"SOURCES__{name.upper()}__"
        assert environment[f"{prefix}ENABLED"] == "true"
        for field in (*source.spec.required_settings, *source.spec.required_secrets):
            assert environment[f"{prefix}{field.upper()}"]
    key_file = tmp_path / "sandbox" / "service-account.json"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    # A second key of the same account does not put out the first.
    first = json.loads(environment["SOURCES__GA4__CREDENTIALS"])
    sandbox_environment(sandbox.url, tmp_path / "another")
    Credentials.from_service_account_info(first, scopes=[ga4.SCOPE]).refresh(Request())
    # The key is kept: a server that is started again is told the same one.
    assert sandbox_environment(sandbox.url, tmp_path) == environment


def test_no_sandbox_means_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"http://127\.0\.0\.1:9 does not answer .*kpi sandbox serve"):
        sandbox_environment("http://127.0.0.1:9", tmp_path)


def test_a_port_that_is_taken_means_one_clear_line(sandbox: RunningSandbox) -> None:
    port = int(sandbox.url.rsplit(":", 1)[1])
    with pytest.raises(ConfigurationError, match="Address already in use"), running_sandbox(port):
        pass


def test_the_inbox_holds_what_the_file_contract_asks_for(world: World, tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    written = {path.name: path for path in write_inbox(world, tmp_path / "inbox", now=now)}
    tables = {name: list(csv.DictReader(path.open(encoding="utf-8"))) for name, path in written.items()}
    assert set(tables) == {"costs.csv", "surveys.csv", "budgets.csv", "social_posts.csv", "social_followers.csv"}
    assert {row["network"] for row in tables["social_posts.csv"]} == {"LinkedIn", "Instagram", "YouTube"}
    # two posts and one a week, and a video on Fridays: 57 whole weeks
    assert 57 * 4 <= len(tables["social_posts.csv"]) <= 58 * 4
    assert len(tables["social_followers.csv"]) == 57 * 3
    costs = tables["costs.csv"]
    assert {row["currency"] for row in costs} == {"EUR", "CHF", "USD"}
    assert any(row["clicks"] for row in costs) and any(not row["clicks"] for row in costs)
    assert all("2025-10-20" <= row["date"] < "2026-11-23" for row in costs)
    keys = [(row["date"], row["channel"], row["campaign"]) for row in costs]
    assert len(keys) == len(set(keys))
    # January: 2,400.00 agency + 640.00 banner + 7,850.50 fair.
    assert inbox_costs(world, now)["2026-01", "EUR"] == Decimal("10890.50")
    assert all(0 <= int(row["score"]) <= 10 for row in tables["surveys.csv"])
    assert len(tables["surveys.csv"]) > 100
    assert len(tables["budgets.csv"]) == 14 * 3
