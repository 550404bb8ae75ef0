from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from ingestion.sandbox.google_ads_entities import DISABLED_ACCOUNT
from tests.ingestion.conftest import Trial
from tests.ingestion.sandbox.tiny import CH, DE
from warehouse.errors import ConfigurationError

STREAM = "googleAds:searchStream"
BY_DAY = (
    "ad_daily", "ad_group_daily", "asset_group_daily", "campaign_daily", "click_view", "conversions_daily",
    "geo_daily", "keyword_daily",
)  # fmt: skip


def _cost(trial: Trial) -> list[tuple[str, str, str, str, str]]:
    return trial.rows(
        "select customer_id, date::varchar, campaign_id, device, cost_micros "
        "from raw_google_ads.campaign_daily order by all"
    )


COST = [
    (DE, "2026-11-20", "111", "DESKTOP", "20010000"),
    (DE, "2026-11-20", "111", "MOBILE", "12340000"),
    (DE, "2026-11-21", "111", "MOBILE", "1000000"),
    (DE, "2026-11-21", "112", "DESKTOP", "990000"),
    (CH, "2026-11-20", "211", "MOBILE", "7770000"),
]


def test_reads_every_client_account_below_the_manager(trial: Trial) -> None:
    report = trial.load("google_ads", "2026-11-19", "2026-11-25")
    assert _cost(trial) == COST  # The 23rd is under way, so it is not read.
    assert report.newest_data_day == date(2026, 11, 22)  # Read to the end; a day on which no ad ran is not old.
    assert [warning.split(":")[0] for warning in report.warnings] == [
        f"account {DISABLED_ACCOUNT.account_id} was skipped, its earlier rows are kept"
    ]
    assert trial.rows(
        "select customer_id, currency_code, time_zone, is_manager from raw_google_ads.customers order by level, 1"
    ) == [
        ("1000000001", "EUR", "Europe/Berlin", True),
        ("1000000002", "EUR", "Europe/Berlin", True),
        (DE, "EUR", "Europe/Berlin", False),
        (CH, "CHF", "Europe/Zurich", False),
        (DISABLED_ACCOUNT.account_id, "EUR", "Europe/Berlin", False),
    ]
    assert trial.rows(
        "select conversion_action_name, conversions, conversions_value, conversions_by_conversion_date "
        f"from raw_google_ads.conversions_daily where customer_id = '{DE}' and date = '2026-11-20' "
        "and conversion_action_category = 'PURCHASE'"
    ) == [("Closed deal", 1.0, 1500.5, 0.0)]
    assert trial.rows(
        f"select gclid, campaign_id, ad_id, keyword_text, country, clicks from raw_google_ads.click_view "
        f"where customer_id = '{DE}' and date = '2026-11-20' order by gclid"
    )[0] == ("Cj0A", "111", "1112", "larkspur", "geoTargetConstants/2276", "1")
    assert trial.rows("select distinct customer_id from raw_google_ads.conversion_actions order by 1") == [(DE,), (CH,)]


def test_whole_windows_are_one_request_and_clicks_one_a_day(trial: Trial) -> None:
    report = trial.load("google_ads", "2026-11-01", "2026-11-22")
    # Hierarchy, countries, conversion actions of three accounts, and for two accounts: 7 reports, 22 days of clicks.
    assert len(trial.asked(STREAM)) == 1 + 1 + 3 + 2 * (7 + 22)
    assert report.requests == len(trial.asked(STREAM))
    notes = trial.rows(
        "select table_name, account_id, window_start::varchar, window_end::varchar, api_version, rows, metadata "
        f"from ops.requests where table_name = 'campaign_daily' and account_id = '{CH}'"
    )
    assert [note[:6] for note in notes] == [("campaign_daily", CH, "2026-11-01", "2026-11-22", "v26", 1)]
    assert json.loads(notes[0][6])["time_zone"] == "Europe/Zurich"


def test_clicks_are_asked_for_at_most_90_days_back(trial: Trial) -> None:
    trial.load("google_ads", "2026-08-01", "2026-11-22")
    days = trial.rows(
        f"select min(date_day)::varchar, max(date_day)::varchar, count(*) from ops.coverage "
        f"where table_name = 'click_view' and account_id = '{DE}'"
    )
    assert days == [("2026-08-26", "2026-11-22", 89)]


def test_clicks_that_no_longer_change_are_not_asked_for_again(trial: Trial) -> None:
    trial.load("google_ads", "2026-11-01", "2026-11-22")
    clicks = trial.rows("select * exclude (_dlt_load_id, _loaded_at) from raw_google_ads.click_view order by all")
    first = trial.asked(STREAM)
    trial.control.advance(timedelta(hours=1))
    trial.load("google_ads", "2026-11-01", "2026-11-22")
    # Read on the 23rd, the days up to the 16th were 7 days old: 6 days stay for each of two accounts.
    assert len(trial.asked(STREAM)) - len(first) == 1 + 1 + 3 + 2 * (7 + 6)
    assert (
        trial.rows("select * exclude (_dlt_load_id, _loaded_at) from raw_google_ads.click_view order by all") == clicks
    )


def test_history_begins_37_months_ago(trial: Trial) -> None:
    trial.load("google_ads", "2023-01-01", "2023-10-26")
    assert trial.rows("select distinct date_day::varchar from ops.coverage order by 1") == [
        ("2023-10-24",), ("2023-10-25",), ("2023-10-26",),
    ]  # fmt: skip


def test_a_restated_day_is_replaced(trial: Trial) -> None:
    purchases = (
        "select sum(conversions), sum(conversions_value) from raw_google_ads.campaign_daily where date = '2026-11-20'"
    )
    trial.control.advance(timedelta(days=-1))
    trial.load("google_ads", "2026-11-20", "2026-11-21")
    before = trial.rows(purchases)
    trial.control.advance(timedelta(days=2))
    trial.load("google_ads", "2026-11-20", "2026-11-21")
    trial.load("google_ads", "2026-11-20", "2026-11-21")
    (after,) = trial.rows(purchases)
    assert before[0][1] == 0.0
    assert after[1] == 1500.5
    assert _cost(trial) == COST


def test_a_disabled_account_keeps_its_rows(trial: Trial) -> None:
    trial.load("google_ads", "2026-11-19", "2026-11-22")
    trial.inject("google_ads.customer_not_enabled", f"{CH}/{STREAM}", times=9)
    report = trial.load("google_ads", "2026-11-19", "2026-11-22")
    assert _cost(trial) == COST
    assert (
        f"account {CH} was skipped, its earlier rows are kept: the account is not enabled (closed, or never set up)"
        in report.warnings
    )
    assert trial.rows("select count(distinct customer_id) from raw_google_ads.conversion_actions") == [(2,)]


def test_an_account_that_comes_back_is_read_from_its_first_missing_day_on(trial: Trial) -> None:
    trial.inject("google_ads.customer_not_enabled", f"{CH}/{STREAM}")
    trial.load("google_ads", "2026-11-19", "2026-11-20")
    assert {row[0] for row in _cost(trial)} == {DE}
    trial.load("google_ads", "2026-11-21", "2026-11-22")
    assert _cost(trial) == COST
    assert trial.rows(
        "select table_name, account_id, min(date_day)::varchar from ops.coverage group by all order by all"
    ) == [(table, account, "2026-11-19") for table in BY_DAY for account in (DE, CH)]


@pytest.mark.parametrize("fault", ["google_ads.cut_stream", "google_ads.deadline_exceeded"])
def test_what_is_too_much_is_asked_for_in_halves(trial: Trial, fault: str) -> None:
    # The second request for this account: after its conversion actions comes its first window.
    trial.inject(fault, f"{DE}/{STREAM}", skip=1)
    trial.load("google_ads", "2026-11-19", "2026-11-22")
    assert _cost(trial) == COST
    windows = trial.rows(
        "select window_start::varchar, window_end::varchar from ops.requests "
        f"where table_name = 'campaign_daily' and account_id = '{DE}' order by requested_at"
    )
    assert windows == [("2026-11-19", "2026-11-20"), ("2026-11-21", "2026-11-22")]


def test_an_account_that_closes_between_two_halves_keeps_the_days_that_were_not_read(trial: Trial) -> None:
    trial.load("google_ads", "2026-11-19", "2026-11-22")
    trial.inject("google_ads.cut_stream", f"{DE}/{STREAM}", skip=1)
    trial.inject("google_ads.customer_not_enabled", f"{DE}/{STREAM}", skip=2, times=9)
    report = trial.load("google_ads", "2026-11-19", "2026-11-22")
    assert any(f"account {DE} was skipped" in warning for warning in report.warnings)
    assert _cost(trial) == COST


def test_a_day_that_never_comes_whole_stops_the_load_and_keeps_raw(trial: Trial) -> None:
    trial.load("google_ads", "2026-11-19", "2026-11-22")
    trial.inject("google_ads.cut_stream", f"{DE}/{STREAM}", skip=1, times=99)
    with pytest.raises(ConfigurationError, match=rf"^google_ads: account {DE}: the stream broke off; try again later$"):
        trial.load("google_ads", "2026-11-19", "2026-11-22")
    assert trial.slept == [1, 1, 1, 2]  # Before each half, and twice for the day.
    assert _cost(trial) == COST


def test_an_expired_token_is_renewed_once(trial: Trial) -> None:
    trial.inject("google_ads.token_expired", STREAM, skip=3)
    trial.load("google_ads", "2026-11-20", "2026-11-21")
    assert _cost(trial) == COST
    assert len(trial.asked("/oauth2/token")) == 2


def test_passing_failures_are_tried_again(trial: Trial) -> None:
    trial.inject("google_ads.transient_error", STREAM)
    trial.inject("any.503", STREAM)
    trial.inject("google_ads.resource_temporarily_exhausted", STREAM)
    report = trial.load("google_ads", "2026-11-20", "2026-11-21")
    assert trial.slept == [1, 2, 5]
    assert (report.waits, report.wait_seconds) == (3, 8)
    assert _cost(trial) == COST


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("google_ads.resource_exhausted", "Number of operations for explorer access is used up: must wait 1234 s"),
        ("google_ads.user_permission_denied", "no access; add the service account to the manager account"),
        ("google_ads.project_not_approved", "the key's Cloud project may only read test accounts"),
    ],
)
def test_what_a_person_must_mend_is_one_line(trial: Trial, fault: str, message: str) -> None:
    trial.inject(fault, STREAM)
    with pytest.raises(ConfigurationError, match=f"^google_ads: account 1000000001: {message}") as told:
        trial.load("google_ads", "2026-11-20", "2026-11-21")
    assert "\n" not in str(told.value)


def test_an_unknown_manager_and_an_ended_version_are_one_line(trial: Trial) -> None:
    trial.overrides["google_ads"] = {"login_customer_id": "9999999999"}
    with pytest.raises(ConfigurationError, match=r"account 9999999999: no access; .*login_customer_id"):
        trial.load("google_ads", "2026-11-20", "2026-11-21")
    trial.overrides["google_ads"] = {"api_version": "v19"}
    with pytest.raises(ConfigurationError, match=r"the API version has ended; raise sources\.google_ads\.api_version"):
        trial.load("google_ads", "2026-11-20", "2026-11-21")
    trial.overrides["google_ads"] = {"login_customer_id": ""}
    with pytest.raises(ConfigurationError, match=r"sources\.google_ads\.login_customer_id is missing"):
        trial.load("google_ads", "2026-11-20", "2026-11-21")


def test_a_key_that_is_refused_is_one_line_without_the_key(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong, message in [
        ({"client_email": "else@larkspur.example"}, r"the key was refused \(invalid_grant\)"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nnone\n"}, "private_key is no valid PEM key"),
        ({"private_key": ""}, "private_key is missing; paste the whole JSON key"),
        ({"token_uri": "http://127.0.0.1:1/token"}, "127.0.0.1:1 cannot be reached"),
    ]:
        key = trial.vendors.key | wrong
        monkeypatch.setenv("SOURCES__GOOGLE_ADS__CREDENTIALS", json.dumps(key))
        with pytest.raises(ConfigurationError, match=message) as refused:
            trial.load("google_ads", "2026-11-20", "2026-11-21")
        assert "\n" not in str(refused.value)
        assert "larkspur.example" not in str(refused.value)
        assert "PRIVATE" not in str(refused.value)


def test_a_developer_token_is_sent_only_where_there_is_one(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingestion import pipeline
    from ingestion.catalog import get
    from ingestion.google_ads.client import Client

    def headers() -> dict[str, str]:
        context = pipeline.open_context(get("google_ads"), settings=trial.settings(), as_of=trial.control.now)
        return dict(Client(context)._http.headers)

    assert headers() == {"login-customer-id": "1000000001"}
    monkeypatch.setenv("SOURCES__GOOGLE_ADS__DEVELOPER_TOKEN", "dev")
    assert headers() == {"login-customer-id": "1000000001", "developer-token": "dev"}


def test_probe_tells_of_every_account(trial: Trial) -> None:
    assert [(verdict.ok, verdict.subject, verdict.message) for verdict in trial.probe("google_ads")] == [
        (True, "manager 1000000001", "3 client accounts"),
        (True, f"account {DE}", "EUR, Europe/Berlin"),
        (True, f"account {CH}", "CHF, Europe/Zurich"),
        (
            True,
            f"account {DISABLED_ACCOUNT.account_id}",
            "will be skipped: the account is not enabled (closed, or never set up)",
        ),
    ]
    trial.overrides["google_ads"] = {"login_customer_id": "9999999999"}
    (verdict,) = trial.probe("google_ads")
    assert not verdict.ok
    assert "account 9999999999: no access" in verdict.message
