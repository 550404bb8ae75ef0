from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from tests.ingestion.conftest import Trial
from tests.ingestion.sandbox.tiny import META
from warehouse.errors import ConfigurationError

INSIGHTS = f"act_{META}/insights"
SPEND = [
    ("2026-11-20", "311", "63.39", "5000", "45"),
    ("2026-11-20", "312", "1.50", "500", "2"),
    ("2026-11-21", "311", "0.10", "100", "1"),
]


def _spend(trial: Trial) -> list[tuple[str, ...]]:
    return trial.rows(
        "select date_start::varchar, campaign_id, spend, impressions, clicks "
        "from raw_meta_ads.campaign_daily order by all"
    )


def _windows(trial: Trial, table: str) -> list[tuple[str, str]]:
    return trial.rows(
        "select window_start::varchar, window_end::varchar from ops.requests "
        f"where table_name = '{table}' order by requested_at"
    )


def test_reads_campaigns_and_account_totals_as_received(trial: Trial) -> None:
    report = trial.load("meta_ads", "2026-11-19", "2026-11-25")
    assert _spend(trial) == SPEND
    assert report.newest_data_day == date(2026, 11, 22)  # Read to the end; a day on which no ad ran is not old.
    assert report.requests == 3
    assert trial.rows("select * exclude (_dlt_load_id, _loaded_at) from raw_meta_ads.accounts") == [
        (META, "Larkspur Social", "USD", "America/New_York", 1)
    ]
    assert trial.rows("select date_start::varchar, spend, clicks from raw_meta_ads.account_daily order by 1") == [
        ("2026-11-20", "64.89", "47"),
        ("2026-11-21", "0.10", "1"),
    ]
    (row,) = trial.rows(
        "select account_currency, attribution_setting, actions, action_values from raw_meta_ads.campaign_daily "
        "where campaign_id = '311' and date_start = '2026-11-20'"
    )
    assert row[:2] == ("USD", "7d_click_1d_view")
    purchases = [entry for entry in json.loads(row[3]) if entry["action_type"] == "purchase"]
    # The purchase 15 days after the click is not known yet.
    assert purchases == [
        {"action_type": "purchase", "value": "149.7", "1d_click": "149.7", "7d_click": "149.7", "28d_click": "149.7"}
    ]
    assert trial.rows("select action_values from raw_meta_ads.campaign_daily where campaign_id = '312'") == [(None,)]


def test_the_token_travels_in_the_header_only(trial: Trial) -> None:
    trial.load("meta_ads", "2026-11-19", "2026-11-22")
    queries = [request.query for request in trial.asked("act_")]
    assert len(queries) == 3
    assert not any("access_token" in query for query in queries)
    assert json.loads(queries[1]["action_attribution_windows"]) == ["1d_click", "7d_click", "28d_click", "1d_view"]


def test_the_last_complete_day_is_that_of_the_account(trial: Trial) -> None:
    # 03:00 UTC on the 22nd is still the 21st in New York.
    trial.control.advance(timedelta(days=-1, hours=-5))
    trial.load("meta_ads", "2026-11-20", "2026-11-22")
    assert trial.rows("select max(date_day)::varchar from ops.coverage where source = 'meta_ads'") == [("2026-11-20",)]
    assert {row[0] for row in _spend(trial)} == {"2026-11-20"}


def test_a_restated_day_is_replaced(trial: Trial) -> None:
    def late() -> str:
        ((values,),) = trial.rows(
            "select action_values from raw_meta_ads.campaign_daily "
            "where campaign_id = '311' and date_start = '2026-11-20'"
        )
        return next(entry["28d_click"] for entry in json.loads(values) if entry["action_type"] == "purchase")

    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert late() == "149.7"
    trial.control.advance(timedelta(days=14))
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert late() == "249.7"
    assert _spend(trial) == SPEND


def test_pages_are_followed_by_cursor(trial: Trial) -> None:
    trial.overrides["meta_ads"] = {"page_rows": "2"}
    trial.load("meta_ads", "2026-11-19", "2026-11-22")
    assert _spend(trial) == SPEND
    pages = trial.rows("select rows from ops.requests where table_name = 'campaign_daily' order by requested_at")
    assert pages == [(2,), (1,)]


def test_long_windows_are_read_in_pieces(trial: Trial) -> None:
    trial.load("meta_ads", "2026-09-01", "2026-11-22")
    assert _windows(trial, "campaign_daily") == [
        ("2026-09-01", "2026-09-30"),
        ("2026-10-01", "2026-10-30"),
        ("2026-10-31", "2026-11-22"),
    ]
    assert _spend(trial) == SPEND


def test_history_begins_37_months_ago(trial: Trial) -> None:
    trial.load("meta_ads", "2023-01-01", "2023-10-26")
    assert _windows(trial, "account_daily") == [("2023-10-24", "2023-10-26")]


@pytest.mark.parametrize("fault", ["meta.reduce_data", "meta.too_much_data"])
def test_too_much_data_is_asked_for_in_smaller_pages_and_then_fewer_days(trial: Trial, fault: str) -> None:
    trial.inject(fault, INSIGHTS, times=3)
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert trial.slept == []
    asked = [(request.query["limit"], json.loads(request.query["time_range"])) for request in trial.asked(INSIGHTS)]
    whole, first, second = (
        {"since": "2026-11-20", "until": "2026-11-21"},
        {"since": "2026-11-20", "until": "2026-11-20"},
        {"since": "2026-11-21", "until": "2026-11-21"},
    )
    assert asked[:5] == [("500", whole), ("250", whole), ("125", whole), ("125", first), ("125", second)]
    assert _spend(trial) == SPEND


def test_a_single_day_that_is_too_much_is_one_line_and_keeps_raw(trial: Trial) -> None:
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    trial.inject("meta.too_much_data", INSIGHTS, times=99)
    with pytest.raises(ConfigurationError, match=rf"^meta_ads: account {META}: too much data for one reply$"):
        trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert _spend(trial) == SPEND


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        ("meta.throttle_17", [60]),
        ("meta.throttle_4", [60]),
        ("meta.throttle_613", [60]),
        ("meta.business_80000", [60]),
        ("meta.unknown_1", [1]),
        ("meta.temporary_2", [1]),
        ("any.502", [1]),
    ],
)
def test_throttles_and_passing_failures_are_waited_out(trial: Trial, fault: str, waits: list[int]) -> None:
    trial.inject(fault, INSIGHTS)
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert trial.slept == waits
    assert _spend(trial) == SPEND


def test_a_block_of_many_minutes_says_when_to_try_again(trial: Trial) -> None:
    usage = {META: [{"type": "ads_insights", "call_count": 100, "estimated_time_to_regain_access": 41}]}
    body = {"error": {"message": "(#80000) Too many calls", "type": "OAuthException", "code": 80000}}
    trial.control.inject(INSIGHTS, 1, 400, body, {"x-business-use-case-usage": json.dumps(usage)})
    with pytest.raises(ConfigurationError, match=r"rate limit \(code 80000\): must wait 2460 s, .* try again after"):
        trial.load("meta_ads", "2026-11-20", "2026-11-21")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("meta.token_expired", "the token has expired; make a new token"),
        ("meta.token_invalid", "the token is invalid; make a new token"),
        ("meta.permission_200", r"no permission \(code 200\); give the system user ads_read"),
        ("meta.permission_10", r"no permission \(code 10\); give the system user ads_read"),
        ("meta.deprecated_version", r"the API version has ended; raise sources\.meta_ads\.api_version"),
    ],
)
def test_what_a_person_must_mend_is_one_line(trial: Trial, fault: str, message: str) -> None:
    trial.inject(fault, f"act_{META}")
    with pytest.raises(ConfigurationError, match=rf"^meta_ads: account {META}: {message}") as told:
        trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert "\n" not in str(told.value)
    assert trial.slept == []


def test_wrong_settings_are_one_line(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    for ids, message in [
        ("42", r"account 42: no such ad account, or the token may not see it; check sources\.meta_ads\.account_ids"),
        ("my account", r"sources\.meta_ads\.account_ids = 'my account': is no ad account"),
        (" , ", r"sources\.meta_ads\.account_ids = ' , ': is no ad account"),
        ("", r"sources\.meta_ads\.account_ids is missing"),
    ]:
        trial.overrides["meta_ads"] = {"account_ids": ids}
        with pytest.raises(ConfigurationError, match=message):
            trial.load("meta_ads", "2026-11-20", "2026-11-21")
    trial.overrides.clear()
    monkeypatch.setenv("SOURCES__META_ADS__ACCESS_TOKEN", "EAAwrong")
    with pytest.raises(ConfigurationError, match="the access token was refused; make a new token") as refused:
        trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert "EAAwrong" not in str(refused.value)
    monkeypatch.delenv("SOURCES__META_ADS__ACCESS_TOKEN")
    with pytest.raises(ConfigurationError, match=r"\.dlt/secrets\.toml: sources\.meta_ads\.access_token is missing"):
        trial.load("meta_ads", "2026-11-20", "2026-11-21")


def test_probe_tells_of_every_account(trial: Trial) -> None:
    trial.overrides["meta_ads"] = {"account_ids": f"{META},42"}
    good, bad = trial.probe("meta_ads")
    assert (good.ok, good.subject, good.message) == (
        True, f"account {META}", "Larkspur Social: USD, America/New_York",
    )  # fmt: skip
    assert (bad.ok, bad.subject) == (False, "account 42")
    assert "no such ad account" in bad.message
