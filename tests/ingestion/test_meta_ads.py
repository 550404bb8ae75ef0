from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
import yaml

from ingestion.meta_ads import SPEC
from ingestion.meta_ads.reports import ACTION_FIELDS, ATTRIBUTION_WINDOWS, GOALS, REPORTS, goal_numbers
from tests.ingestion.conftest import Trial
from tests.ingestion.sandbox.tiny import META, NOW, fixture_file
from transform.build import dbt_vars
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT

INSIGHTS = f"act_{META}/insights"
SPEND = [
    ("2026-11-20", "311", "63.39", "5000", "45"),
    ("2026-11-20", "312", "1.50", "500", "2"),
    ("2026-11-21", "311", "0.10", "100", "1"),
]


@pytest.fixture
def trial(trial: Trial) -> Trial:
    trial.overrides["meta_ads"] = {"poll_seconds": "0.001"}
    return trial


def _waits(trial: Trial) -> list[float]:
    """What was waited besides the pauses between two looks at a run, and the second in which a run was not ready."""
    waits = [seconds for seconds in trial.slept if seconds >= 1]
    assert waits.pop() == 1
    return waits


def _spend(trial: Trial) -> list[tuple[str, ...]]:
    return trial.rows(
        "select date_start::varchar, campaign_id, spend, impressions, clicks "
        "from raw_meta_ads.campaign_daily order by all"
    )


def _windows(trial: Trial, table: str) -> list[tuple[str, str]]:
    return trial.rows(
        "select window_start::varchar, window_end::varchar from ops.requests "
        f"where table_name = '{table}' order by window_start, requested_at"
    )


def test_reads_campaigns_and_account_totals_as_received(trial: Trial) -> None:
    report = trial.load("meta_ads", "2026-11-19", "2026-11-25")
    assert _spend(trial) == SPEND
    assert report.newest_data_day == date(2026, 11, 22)  # Read to the end; a day on which no ad ran is not old.
    assert report.tables == {
        "accounts": 1, "campaigns": 2, "ad_sets": 4, "ads": 6, "creatives": 6, "campaign_daily": 3,
        "account_daily": 2, "account_weekly": 1, "account_monthly": 1,
        "ad_daily": 8, "ad_actions_daily": 66, "ad_placement_daily": 32,
        "campaign_conversions_daily": 18,
        "ad_country_daily": 40, "ad_age_gender_daily": 48, "account_placement_daily": 8, "account_country_daily": 10,
        "account_age_gender_daily": 12,
    }  # fmt: skip
    assert report.warnings == ()
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
    queries = [request.query for request in trial.asked("/v26.0/")]
    assert len(queries) > 30
    assert not any("access_token" in query for query in queries)
    asked = next(query["action_attribution_windows"] for query in queries if query.get("level") == "campaign")
    assert json.loads(asked) == ["1d_click", "7d_click", "28d_click", "1d_view"]


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

    # On the 22nd at 05:00 in New York nobody has left an address yet.
    trial.control.advance(timedelta(days=-1, hours=2))
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert late() == "149.7"
    trial.control.advance(timedelta(days=15))
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert late() == "249.7"
    assert _spend(trial) == SPEND
    # The purchase of 100 came 15 days after its click: not in the ad set's own setting.
    assert trial.rows("select date_day::varchar, measure, old_value, new_value from ops.restatements") == [
        ("2026-11-20", "leads", 0, 1)
    ]


def test_a_goal_is_one_action_type_of_the_list_or_of_the_settings() -> None:
    row = {
        "actions": [
            {"action_type": "purchase", "value": "3", "7d_click": "3"},
            {"action_type": "offsite_conversion.fb_pixel_purchase", "value": "3"},
            {"action_type": "onsite_web_lead", "value": "7"},
        ],
        "action_values": [{"action_type": "purchase", "value": "149.7"}],
    }
    nothing = {"leads": None, "purchases": None, "purchase_value": None}
    assert goal_numbers(row, GOALS["lead"], GOALS["purchase"]) == nothing | {
        "purchases": "3",
        "purchase_value": "149.7",
    }
    assert goal_numbers(row, ("onsite_web_lead",), ("omni_purchase",)) == nothing | {"leads": "7"}
    assert goal_numbers({}, GOALS["lead"], GOALS["purchase"]) == nothing


def test_the_goals_of_the_loads_are_those_of_the_models() -> None:
    variables = yaml.safe_load((PROJECT_ROOT / "transform" / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    assert {goal: tuple(variables[f"meta_{goal}_actions"]) for goal in GOALS} == GOALS


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
    assert _waits(trial) == []
    queries = [request.query for request in trial.asked(INSIGHTS) if request.method == "GET"]
    asked = [(query["limit"], json.loads(query["time_range"])) for query in queries]
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


def test_what_an_account_holds_is_read_with_what_is_deleted_and_the_parameters_of_its_links(trial: Trial) -> None:
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert trial.rows(
        "select campaign_id, name, effective_status, objective from raw_meta_ads.campaigns order by 1"
    ) == [
        ("311", "Prospecting", "ACTIVE", "OUTCOME_LEADS"),
        ("312", "Retargeting", "ACTIVE", "OUTCOME_LEADS"),
    ]
    ((budget, spec, created),) = trial.rows(
        "select daily_budget, attribution_spec, created_time at time zone 'UTC' from raw_meta_ads.ad_sets "
        "where adset_id = '3111'"
    )
    assert budget == "5000"
    assert json.loads(spec)[0] == {"event_type": "CLICK_THROUGH", "window_days": 7}
    # 09:00 in New York, on summer time on the world's first day.
    assert str(created) == "2026-11-01 14:00:00"
    assert trial.rows(
        "select ad_id, adset_id, effective_status, creative_id from raw_meta_ads.ads "
        "where campaign_id = '311' order by 1"
    ) == [
        ("3112", "3111", "ACTIVE", "3116"),
        ("3114", "3111", "ACTIVE", "3117"),
        ("3115", "3113", "DELETED", "3118"),
    ]
    in_the_field, in_the_link = trial.rows(
        "select url_tags is not null, link_url, utm_source, utm_medium, utm_campaign, utm_content, utm_term "
        "from raw_meta_ads.creatives where creative_id in ('3116', '3117') order by creative_id"
    )
    assert in_the_field == (
        True, "https://www.larkspur-office.example/desks", "x", "cpc", "{{campaign.name}}", "{{ad.name}}", None,
    )  # fmt: skip
    assert in_the_link[0] is False
    assert in_the_link[2:] == ("x", "cpc", "{{campaign.name}}", None, None)


def test_ads_are_read_by_day_and_by_every_breakdown_and_add_up_to_the_account(trial: Trial) -> None:
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert trial.rows(
        "select ad_id, adset_id, ad_name, spend, impressions from raw_meta_ads.ad_daily "
        "where date_start = '2026-11-20' and campaign_id = '311' order by 1"
    ) == [
        ("3112", "3111", "Prospecting ad", "31.69", "2500"),
        ("3114", "3111", "Prospecting Chair video", "19.02", "1500"),
        ("3115", "3113", "Prospecting Showroom", "12.68", "1000"),
    ]
    tables = [report.table for report in REPORTS if report.columns != ACTION_FIELDS and report.every == "day"]
    assert len(tables) == 9
    for table in tables:
        assert trial.rows(
            "select date_start::varchar, sum(spend::decimal(18, 2))::varchar, sum(impressions::int)::int, "
            f"sum(clicks::int)::int from raw_meta_ads.{table} group by 1 order by 1"
        ) == [("2026-11-20", "64.89", 5500, 47), ("2026-11-21", "0.10", 100, 1)]
    assert trial.rows(
        "select publisher_platform, platform_position, impressions from raw_meta_ads.ad_placement_daily "
        "where ad_id = '3112' and date_start = '2026-11-20' order by 1, 2"
    ) == [
        ("audience_network", "an_classic", "250"),
        ("facebook", "feed", "1125"),
        ("instagram", "feed", "750"),
        ("instagram", "instagram_stories", "375"),
    ]


def test_purchases_are_read_by_the_day_of_the_conversion_too(trial: Trial) -> None:
    trial.load("meta_ads", "2026-11-20", "2026-11-22")
    # Clicked on the 20th: the purchase came a day later, the lead after two. What is no goal is left out.
    assert trial.rows(
        "select date_start::varchar, campaign_id, action_type, attribution_window, value, action_value "
        "from raw_meta_ads.campaign_conversions_daily where action_type in ('lead', 'omni_purchase') order by all"
    ) == [
        ("2026-11-21", "311", "omni_purchase", "1d_click", "1", "149.7"),
        ("2026-11-21", "311", "omni_purchase", "28d_click", "1", "149.7"),
        ("2026-11-21", "311", "omni_purchase", "7d_click", "1", "149.7"),
        ("2026-11-21", "311", "omni_purchase", "default", "1", "149.7"),
        ("2026-11-22", "311", "lead", "28d_click", "1", None),
        ("2026-11-22", "311", "lead", "7d_click", "1", None),
        ("2026-11-22", "311", "lead", "default", "1", None),
    ]
    assert trial.rows("select distinct action_type from raw_meta_ads.campaign_conversions_daily order by 1") == [
        ("lead",), ("offsite_conversion.fb_pixel_lead",), ("offsite_conversion.fb_pixel_purchase",), ("omni_purchase",),
        ("purchase",),
    ]  # fmt: skip
    asked = [request.query for request in trial.asked("/insights") if "action_report_time" in request.query]
    assert {query["action_report_time"] for query in asked} == {"conversion"}


def test_actions_are_rows_of_which_one_type_and_window_counts_nothing_twice(trial: Trial) -> None:
    trial.load("meta_ads", "2026-11-20", "2026-11-21")
    assert trial.rows(
        "select action_type, attribution_window, value, action_value from raw_meta_ads.ad_actions_daily "
        "where action_type in ('lead', 'purchase') order by 1, 2"
    ) == [
        # The lead came two days after the click, the purchase one day after it.
        ("lead", "28d_click", "1", None),
        ("lead", "7d_click", "1", None),
        ("lead", "default", "1", None),
        ("purchase", "1d_click", "1", "149.7"),
        ("purchase", "28d_click", "1", "149.7"),
        ("purchase", "7d_click", "1", "149.7"),
        ("purchase", "default", "1", "149.7"),
    ]
    overlapping = trial.rows(
        "select count(*) from raw_meta_ads.ad_actions_daily "
        "where attribution_window = 'default' and action_type like '%purchase'"
    )
    assert overlapping == [(3,)]


def test_ads_that_do_not_add_up_to_the_account_are_told_with_the_numbers(trial: Trial) -> None:
    body = {"data": [{"account_currency": "USD", "date_start": "2026-11-20", "impressions": "6000", "spend": "70.00"}]}
    trial.control.inject(rf"{INSIGHTS}$", 1, 200, body, skip=1)
    report = trial.load("meta_ads", "2026-11-20", "2026-11-20")
    of_campaigns, of_ads = report.warnings
    assert of_campaigns.startswith(
        f"account {META}: campaigns add up to 64.89 of 70.00 USD and 5500 of 6000 impressions"
    )
    assert of_ads.startswith(
        f"account {META}: ads add up to 64.89 of 70.00 USD and 5500 of 6000 impressions of the account on 1 days "
        "(2026-11-20 64.89 of 70.00); "
    )
    assert json.loads(trial.rows("select warnings from ops.loads")[0][0]) == list(report.warnings)


def test_conversions_that_campaigns_have_lost_are_told_with_the_numbers(trial: Trial) -> None:
    # As Meta has done since July 2025: the purchase stands at the ad, and not at its campaign.
    row = {"account_currency": "USD", "date_start": "2026-11-20", "campaign_id": "311", "impressions": "5500"}
    lead = {"action_type": "lead", "value": "1"}
    trial.control.inject(rf"{INSIGHTS}$", 1, 200, {"data": [row | {"spend": "64.89", "actions": [lead]}]})
    report = trial.load("meta_ads", "2026-11-20", "2026-11-20")
    assert report.warnings == (
        f"account {META}: Meta tells of 0 'purchase' of the campaigns and of 1 of their ads on 1 days "
        "(2026-11-20 0 and 1); KPIs rest on the campaigns, raw_meta_ads.ad_actions_daily has the ads'",
    )
    trial.overrides["meta_ads"] |= {"purchase_action": "omni_purchase", "lead_action": "link_click"}
    assert trial.load("meta_ads", "2026-11-20", "2026-11-20").warnings == ()
    trial.control.inject(rf"{INSIGHTS}$", 1, 200, {"data": [row | {"spend": "64.89"}]})
    told = trial.load("meta_ads", "2026-11-20", "2026-11-20").warnings
    assert ["omni_purchase" in told[0], "of 0 'link_click' of the campaigns and of" in told[1]] == [True, True]


def _ads(trial: Trial) -> list[Any]:
    return [
        trial.rows(f"select * exclude (_dlt_load_id, _loaded_at) from raw_meta_ads.{table} order by all")
        for table in ("ad_daily", "ad_actions_daily", "ad_placement_daily", "ad_country_daily", "ad_age_gender_daily")
    ]


def test_a_report_that_is_too_large_is_split_and_loses_nothing(trial: Trial) -> None:
    trial.load("meta_ads", "2026-11-15", "2026-11-22")
    undisturbed = _ads(trial)
    trial.execute("delete from raw_meta_ads.ad_daily; delete from raw_meta_ads.ad_country_daily")
    trial.control.log.clear()
    # An ad has at most 6 rows on a day and 12 in all, by age and gender: some reports are split down to an ad's days.
    trial.control.conditions["meta/rows_of_a_run"] = 6
    trial.load("meta_ads", "2026-11-15", "2026-11-22")
    assert _ads(trial) == undisturbed
    wanted = [
        json.loads(request.query["filtering"]) for request in trial.asked(INSIGHTS) if "filtering" in request.query
    ]
    assert {condition["field"] for conditions in wanted for condition in conditions} >= {"campaign.id"}
    trial.control.conditions["meta/rows_of_a_run"] = 2
    # Four placements of one ad on one day are too many, however they are split.
    with pytest.raises(ConfigurationError, match=r"ad_placement_daily: one day of one field of ad 3112 is too much"):
        trial.load("meta_ads", "2026-11-15", "2026-11-22")
    assert _ads(trial) == undisturbed


def test_requests_keep_to_the_vendors_contract() -> None:
    contract = json.loads(fixture_file("meta/sdk_v26_adsinsights_contract.json").read_text(encoding="utf-8"))
    assert set(ATTRIBUTION_WINDOWS) <= set(contract["action_attribution_windows"])
    # The contract still lists what is no longer answered.
    assert not {"7d_view", "28d_view"} & set(ATTRIBUTION_WINDOWS)
    for report in REPORTS:
        params = report.params(report.columns)
        assert params["level"] in contract["level"]
        assert set(params["fields"].split(",")) <= set(contract["field_types"]), report.table
        assert params.get("action_report_time", "impression") in contract["action_report_time"]
        assert set(report.breakdowns) <= set(contract["breakdowns"]) - {"dma"}
        # How long a row's period is goes by a number of days, or by Meta's own word for months.
        assert params["time_increment"] in (1, 7, "monthly")
        # With breakdowns, people are counted for 13 months only.
        assert not (report.breakdowns and {"reach", "frequency"} & set(report.columns))
        # What is broken down by is in the key, or rows would replace each other.
        key = {"account_id", *report.grain} - {"adset_id"} - ({"campaign_id"} if report.level == "ad" else set())
        assert set(SPEC.table(report.table).primary_key) >= key, report.table


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


def test_probe_tells_of_a_wrong_token_once_with_its_mend(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    trial.overrides["meta_ads"] = {"account_ids": f"{META},42"}
    monkeypatch.setenv("SOURCES__META_ADS__ACCESS_TOKEN", "EAAwrong")
    (verdict,) = trial.probe("meta_ads")
    assert (verdict.ok, verdict.subject) == (False, "access token")
    assert "; make a new token for the system user in Business settings" in verdict.message


def test_the_action_of_a_goal_is_a_setting(trial: Trial) -> None:
    assert "meta_lead_actions" not in dbt_vars(trial.settings(), NOW)
    trial.overrides["meta_ads"] = {"lead_action": "offsite_conversion.custom.42"}
    assert dbt_vars(trial.settings(), NOW)["meta_lead_actions"] == ["offsite_conversion.custom.42"]
    trial.overrides["meta_ads"] = {"purchase_action": "it's mine"}
    with pytest.raises(
        ConfigurationError, match=r"meta_ads\.purchase_action = \"it's mine\": is no action type of Meta"
    ):
        dbt_vars(trial.settings(), NOW)
