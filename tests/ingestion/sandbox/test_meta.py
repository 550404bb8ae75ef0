from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from ingestion.sandbox import meta
from ingestion.sandbox.control import META_TOKEN
from ingestion.sandbox.meta_faults import META_FAULTS
from ingestion.sandbox.meta_insights import FIELDS as FIELDS_OF_INSIGHTS
from tests.ingestion.sandbox.tiny import META, NOW, Served, fixture_file, served, tiny_world, utc

FIELDS = (
    "account_id,account_currency,campaign_id,campaign_name,objective,impressions,clicks,inline_link_clicks,spend,reach,"
    "frequency,attribution_setting,actions,action_values,purchase_roas"
)
DAYS = {"since": "2026-11-20", "until": "2026-11-22"}


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    with served(meta.routes, tiny_world()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Served) -> Served:
    running.control.reset()
    return running


def get(sandbox: Served, path: str, token: str | None = META_TOKEN, **params: Any) -> requests.Response:
    params = {name: json.dumps(v) if isinstance(v, dict | list) else v for name, v in params.items()}
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{sandbox.url}/{path}", params=params, headers=headers, timeout=60)


def insights(sandbox: Served, **params: Any) -> list[dict[str, Any]]:
    asked = {"level": "campaign", "fields": FIELDS, "time_range": DAYS, "time_increment": 1} | params
    reply = get(sandbox, f"v26.0/act_{META}/insights", **asked)
    assert reply.status_code == 200, reply.text
    rows: list[dict[str, Any]] = reply.json()["data"]
    return rows


def actions(row: dict[str, Any], kind: str, array: str = "actions") -> dict[str, str]:
    return {k: v for entry in row.get(array, []) if entry["action_type"] == kind for k, v in entry.items()}


def test_accounts_name_currency_and_zone(sandbox: Served) -> None:
    fields = "account_id,name,currency,timezone_name,account_status"
    node = {
        "account_id": META,
        "name": "Larkspur Social",
        "currency": "USD",
        "timezone_name": "America/New_York",
        "account_status": 1,
        "id": f"act_{META}",
    }
    page = get(sandbox, "v26.0/me/adaccounts", fields=fields).json()
    assert page["data"] == [node]
    assert "next" not in page["paging"]
    assert get(sandbox, f"v26.0/act_{META}", fields=fields).json() == node
    offset = get(sandbox, f"v26.0/act_{META}", fields="timezone_offset_hours_utc").json()
    assert offset["timezone_offset_hours_utc"] == -5.0


def test_a_campaign_day_as_the_wire_carries_it(sandbox: Served) -> None:
    rows = insights(sandbox, action_attribution_windows=["1d_click", "7d_click", "28d_click", "7d_view"])
    assert [(row["campaign_id"], row["date_start"], row["spend"]) for row in rows] == [
        ("311", "2026-11-20", "63.39"),
        ("312", "2026-11-20", "1.50"),
        ("311", "2026-11-21", "0.10"),
    ]
    first = rows[0]
    assert {key: value for key, value in first.items() if key not in {"actions", "action_values"}} == {
        "account_id": META,
        "account_currency": "USD",
        "campaign_id": "311",
        "campaign_name": "Prospecting",
        "objective": "OUTCOME_LEADS",
        "impressions": "5000",
        "clicks": "45",
        # 85 % of 40 and of 5, each rounded down.
        "inline_link_clicks": "38",
        "spend": "63.39",
        "reach": "3800",
        "frequency": "1.315789",
        "attribution_setting": "7d_click_1d_view",
        # 149.70 / 63.39
        "purchase_roas": [{"action_type": "omni_purchase", "value": "2.361571"}],
        "date_start": "2026-11-20",
        "date_stop": "2026-11-20",
    }
    # The lead came two days after the click, the purchase one day after it.
    assert actions(first, "lead") == {"action_type": "lead", "value": "1", "7d_click": "1", "28d_click": "1"}
    for kind in ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase"):
        purchase = {"action_type": kind, "value": "1", "1d_click": "1", "7d_click": "1", "28d_click": "1"}
        assert actions(first, kind) == purchase
        assert actions(first, kind, "action_values")["value"] == "149.7"
    costs = insights(sandbox, fields="cost_per_action_type", action_attribution_windows=["7d_click", "1d_view"])
    # 63.39 for one lead, which came within seven days of a click.
    assert actions(costs[0], "lead", "cost_per_action_type") == {
        "action_type": "lead", "value": "63.390000", "7d_click": "63.390000",
    }  # fmt: skip
    assert "actions" not in rows[2]
    assert "action_values" not in rows[1]


def test_a_day_is_restated_until_28_days_later(sandbox: Served) -> None:
    windows = ["7d_click", "28d_click"]
    seen = []
    for days in (-2, 0, 20):
        sandbox.control.set_clock(NOW + timedelta(days=days))
        row = insights(sandbox, action_attribution_windows=windows)[0]
        purchase = actions(row, "purchase", "action_values")
        seen.append((actions(row, "lead").get("value"), purchase.get("7d_click"), purchase.get("28d_click")))
    assert seen == [(None, None, None), ("1", "149.7", "149.7"), ("1", "149.7", "249.7")]


def test_levels_agree_on_the_sum_and_reach_does_not_add_up(sandbox: Served) -> None:
    (total,) = insights(sandbox, level="account", time_increment="all_days")
    assert (total["spend"], total["impressions"], total["date_start"], total["date_stop"]) == (
        "64.99", "5600", "2026-11-20", "2026-11-22",
    )  # fmt: skip
    assert "campaign_id" not in total
    # 3800, and 60 % of 400 and 90.
    assert total["reach"] == "4094"


def test_ads_share_their_campaigns_day_and_deleted_ones_are_left_out_unless_asked_for(sandbox: Served) -> None:
    asked = {"level": "ad", "fields": "ad_id,adset_id,impressions,clicks,spend"}
    there = insights(sandbox, **asked)
    # 50 and 30 of 100 parts of 5,000 impressions; the third ad, deleted since, had the other 20.
    assert [(row["ad_id"], row["adset_id"], row["impressions"], row["spend"]) for row in there[:2]] == [
        ("3112", "3111", "2500", "31.69"),
        ("3114", "3111", "1500", "19.02"),
    ]
    everything = [{"field": "ad.effective_status", "operator": "IN", "value": ["ACTIVE", "DELETED"]}]
    ads = insights(sandbox, filtering=everything, **asked)
    assert ("3115", "3113", "1000", "12.68") in [
        (row["ad_id"], row["adset_id"], row["impressions"], row["spend"]) for row in ads
    ]
    assert sum(Decimal(row["spend"]) for row in ads) == Decimal("64.99")
    assert sum(int(row["clicks"]) for row in ads) == 48
    # On the day of its deletion it delivers nothing any more.
    assert {row["ad_id"] for row in ads if row["date_start"] == "2026-11-21"} == {"3112", "3114"}
    one = [{"field": "campaign.id", "operator": "IN", "value": ["312"]}, *everything]
    assert {row["ad_id"] for row in insights(sandbox, filtering=one, **asked)} == {"3122", "3124", "3125"}


def test_breakdowns_are_columns_of_the_row_and_add_up(sandbox: Served) -> None:
    rows = insights(
        sandbox, level="ad", fields="ad_id,spend,impressions,actions", breakdowns="publisher_platform,platform_position"
    )
    first = [row for row in rows if (row["ad_id"], row["date_start"]) == ("3112", "2026-11-20")]
    assert [(row["publisher_platform"], row["platform_position"], row["impressions"]) for row in first] == [
        ("audience_network", "an_classic", "250"),
        ("facebook", "feed", "1125"),
        ("instagram", "feed", "750"),
        ("instagram", "instagram_stories", "375"),
    ]
    assert sum(Decimal(row["spend"]) for row in first) == Decimal("31.69")
    countries = insights(sandbox, level="account", fields="spend", breakdowns="country")
    assert sum(Decimal(row["spend"]) for row in countries) == Decimal("64.99")


def test_every_level_tells_of_the_same_conversions(sandbox: Served) -> None:
    everything = [{"field": "ad.effective_status", "operator": "IN", "value": ["ACTIVE", "DELETED"]}]
    counts = [
        sum(int(actions(row, "lead").get("value", 0)) for row in insights(sandbox, level=level, filtering=everything))
        for level in ("account", "campaign", "adset", "ad")
    ]
    assert counts == [1, 1, 1, 1]


def test_edges_hold_campaigns_ad_sets_ads_and_creatives(sandbox: Served) -> None:
    def edge(name: str, **params: Any) -> list[dict[str, Any]]:
        page = get(sandbox, f"v26.0/act_{META}/{name}", **params)
        assert page.status_code == 200, page.text
        nodes: list[dict[str, Any]] = page.json()["data"]
        return nodes

    assert edge("campaigns", fields="name,objective") == [
        {"id": "311", "name": "Prospecting", "objective": "OUTCOME_LEADS"},
        {"id": "312", "name": "Retargeting", "objective": "OUTCOME_LEADS"},
    ]
    assert [node["id"] for node in edge("adsets")] == ["3111", "3113", "3121", "3123"]
    assert [node["id"] for node in edge("ads")] == ["3112", "3114", "3122", "3124"]
    deleted = edge("ads", fields="effective_status,creative,campaign_id", effective_status=["DELETED"])
    assert deleted[0] == {
        "id": "3115",
        "effective_status": "DELETED",
        "creative": {"id": "3118"},
        "campaign_id": "311",
    }
    first, second, _ = edge("adcreatives", fields="url_tags,object_story_spec")[:3]
    assert "utm_medium=cpc" in first["url_tags"]
    assert "utm_campaign={{campaign.name}}" in first["url_tags"]
    assert "url_tags" not in second
    assert "utm_source=x" in second["object_story_spec"]["video_data"]["call_to_action"]["value"]["link"]
    paged = get(sandbox, f"v26.0/act_{META}/ads", limit=3).json()
    assert "next" in paged["paging"]
    assert get(sandbox, f"v26.0/act_{META}/ads", fields="shoe_size").json()["error"]["code"] == 100
    assert get(sandbox, f"v26.0/act_{META}/nonsense").json()["error"]["code"] == 2500


def start(sandbox: Served, **params: Any) -> str:
    asked = {"level": "ad", "fields": "ad_id,spend", "time_range": DAYS, "time_increment": 1} | params
    headers = {"Authorization": f"Bearer {META_TOKEN}"}
    reply = requests.post(f"{sandbox.url}/v26.0/act_{META}/insights", json=asked, headers=headers, timeout=60)
    return str(reply.json()["report_run_id"])


def test_a_report_run_passes_through_its_states_and_is_not_ready_at_once(sandbox: Served) -> None:
    run = start(sandbox)
    early = get(sandbox, f"v26.0/{run}/insights")
    assert (early.status_code, early.json()["error"]["code"], early.json()["error"]["error_subcode"]) == (
        400, 2637, 1815107,
    )  # fmt: skip
    looks = [get(sandbox, f"v26.0/{run}").json() for _ in range(5)]
    assert [(look["async_status"], look["async_percent_completion"]) for look in looks] == [
        ("Job Not Started", 0),
        ("Job Started", 0),
        ("Job Running", 42),
        ("Job Completed", 100),
        ("Job Completed", 100),
    ]
    assert looks[0]["id"] == run
    page = get(sandbox, f"v26.0/{run}/insights", limit=2).json()
    assert [row["ad_id"] for row in page["data"]] == ["3112", "3114"]
    assert page["paging"]["next"].startswith(f"{sandbox.url}/v26.0/{run}/insights?")
    # A completed run that nobody has read yet may say once that it is not ready.
    sandbox.control.reset()
    run = start(sandbox)
    for _ in range(4):
        get(sandbox, f"v26.0/{run}")
    asked = [get(sandbox, f"v26.0/{run}/insights").status_code for _ in range(2)]
    assert asked == [400, 200]


def test_a_run_of_too_many_rows_fails_and_says_so(sandbox: Served) -> None:
    sandbox.control.conditions["meta/rows_of_a_run"] = 3
    run = start(sandbox)
    looks = [get(sandbox, f"v26.0/{run}").json() for _ in range(3)]
    assert looks[2]["async_status"] == "Job Failed"
    assert (looks[2]["error_code"], looks[2]["error_subcode"]) == (100, 1487534)
    assert get(sandbox, f"v26.0/{run}/insights").status_code == 400
    small = start(sandbox, filtering=[{"field": "campaign.id", "operator": "IN", "value": ["312"]}])
    assert [get(sandbox, f"v26.0/{small}").json()["async_status"] for _ in range(4)][-1] == "Job Completed"
    sandbox.control.conditions["meta/rows_at_once"] = 3
    at_once = get(sandbox, f"v26.0/act_{META}/insights", level="ad", fields="ad_id", time_range=DAYS, time_increment=1)
    assert (at_once.status_code, at_once.json()["error"]["code"]) == (500, 1)
    assert "reduce the amount of data" in at_once.json()["error"]["message"]


def test_calls_above_the_limit_are_throttled_until_the_block_is_over(sandbox: Served) -> None:
    sandbox.control.quota_used["meta"] = meta.CALLS_PER_BLOCK
    reply = get(sandbox, "v26.0/me/adaccounts")
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 80000)
    usage = json.loads(reply.headers["x-business-use-case-usage"])[META][0]
    assert (usage["call_count"], usage["estimated_time_to_regain_access"]) == (100, 5)
    sandbox.control.advance(timedelta(minutes=5))
    assert get(sandbox, "v26.0/me/adaccounts").status_code == 200


def test_unique_counts_with_breakdowns_are_kept_for_13_months(sandbox: Served) -> None:
    old = {"since": "2025-10-01", "until": "2025-10-02"}
    for params, status in (
        ({"fields": "reach", "breakdowns": "country"}, 400),
        ({"fields": "spend", "breakdowns": "country"}, 200),
        ({"fields": "reach"}, 200),
    ):
        reply = get(sandbox, f"v26.0/act_{META}/insights", time_range=old, **params)
        assert reply.status_code == status, reply.text


def test_pages_chain_by_next_on_the_sandboxs_host_without_the_header_token(sandbox: Served) -> None:
    params = {"level": "campaign", "fields": "spend", "time_range": DAYS, "time_increment": 1, "limit": 2}
    first = get(sandbox, f"v26.0/act_{META}/insights", **params).json()
    assert first["paging"]["next"].startswith(f"{sandbox.url}/v26.0/act_{META}/insights?")
    assert META_TOKEN not in first["paging"]["next"]
    headers = {"Authorization": f"Bearer {META_TOKEN}"}
    second = requests.get(first["paging"]["next"], headers=headers, timeout=60).json()
    assert [row["spend"] for row in first["data"] + second["data"]] == ["63.39", "1.50", "0.10"]
    assert "cursors" in second["paging"]
    assert "next" not in second["paging"]
    leaky = get(sandbox, f"v26.0/act_{META}/insights", None, access_token=META_TOKEN, **params).json()
    assert META_TOKEN in leaky["paging"]["next"]


def test_a_day_without_delivery_has_no_row(sandbox: Served) -> None:
    reply = get(sandbox, f"v26.0/act_{META}/insights", time_range={"since": "2026-11-15", "until": "2026-11-15"})
    assert reply.json() == {"data": []}


@pytest.mark.parametrize(
    ("path", "params", "code", "subcode"),
    [
        (f"v26.0/act_{META}/insights", {"fields": "spend,nonsense"}, 100, None),
        (f"v26.0/act_{META}/insights", {"time_range": {"since": "2023-10-22", "until": "2023-10-23"}}, 3018, 1487930),
        (f"v26.0/act_{META}/insights", {"time_range": {"since": "2026-11-02", "until": "2026-11-01"}}, 100, 1487930),
        (f"v26.0/act_{META}/insights", {"action_attribution_windows": ["3d_click"]}, 100, None),
        (f"v26.0/act_{META}/insights", {"breakdowns": "dma"}, 100, None),
        (f"v26.0/act_{META}/insights", {"breakdowns": "country,age"}, 100, None),
        (f"v25.0/act_{META}/insights", {}, 2635, None),
        ("v26.0/act_99/insights", {}, 100, 33),
        (f"v26.0/act_{META}", {"fields": "shoe_size"}, 100, None),
    ],
)
def test_refusals_are_http_400_with_the_code(
    sandbox: Served, path: str, params: dict[str, Any], code: int, subcode: int | None
) -> None:
    reply = get(sandbox, path, **params)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error.get("error_subcode")) == (400, code, subcode)
    assert error["fbtrace_id"]


def test_a_bad_token_is_190_and_usage_headers_come_with_errors_too(sandbox: Served) -> None:
    reply = get(sandbox, "v26.0/me/adaccounts", "EAAwrong")
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 190)
    for answer in (reply, get(sandbox, "v26.0/me/adaccounts")):
        assert answer.headers["facebook-api-version"] == "v26.0"
        usage = json.loads(answer.headers["x-business-use-case-usage"])[META][0]
        assert usage["type"] == "ads_insights"
        assert {"x-app-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle"} <= set(answer.headers)


def test_a_day_is_one_of_the_accounts_zone(sandbox: Served) -> None:
    # 04:00 UTC on the 21st is 23:00 on the 20th in New York.
    sandbox.control.set_clock(utc("2026-11-21T04:00:00"))
    today = get(sandbox, f"v26.0/act_{META}/insights", date_preset="today", fields="spend", time_increment=1).json()
    assert [row["date_start"] for row in today["data"]] == ["2026-11-20"]
    sandbox.control.set_clock(utc("2026-11-21T05:00:00"))
    past = get(sandbox, f"v26.0/act_{META}/insights", date_preset="yesterday", fields="spend", time_increment=1).json()
    assert [row["date_start"] for row in past["data"]] == ["2026-11-20"]


def test_what_meta_learns_after_28_days_is_never_told() -> None:
    world = tiny_world()
    known = next(claim for claim in world.ad_conversions if claim.account_id == META and claim.action == "lead")
    # Noon in New York of the 28th day after the click, and of the one after it.
    late = [replace(known, reported_at=utc(f"2026-12-{day}T17:00:00")) for day in (18, 19)]
    with served(meta.routes, replace(world, ad_conversions=(known, *late))) as sandbox:
        sandbox.control.set_clock(NOW + timedelta(days=60))
        assert actions(insights(sandbox)[0], "lead")["value"] == "2"


def test_a_run_takes_its_parameters_from_a_form_too(sandbox: Served) -> None:
    asked = {"level": "ad", "fields": "ad_id", "time_range": json.dumps(DAYS), "time_increment": "1"}
    url, headers = f"{sandbox.url}/v26.0/act_{META}/insights", {"Authorization": f"Bearer {META_TOKEN}"}
    run = requests.post(url, data=asked, headers=headers, timeout=60).json()["report_run_id"]
    looks = [get(sandbox, f"v26.0/{run}").json()["async_status"] for _ in range(4)]
    assert looks[-1] == "Job Completed"
    rows = [get(sandbox, f"v26.0/{run}/insights", limit=500).json() for _ in range(2)][-1]["data"]
    assert [row["ad_id"] for row in rows] == [row["ad_id"] for row in insights(sandbox, level="ad", fields="ad_id")]


ALL_LEVELS = [("account", ""), ("campaign", ""), ("adset", ""), ("ad", "")] + [
    (level, breakdowns)
    for level in ("account", "ad")
    for breakdowns in ("publisher_platform,platform_position", "country", "age,gender")
]


@pytest.mark.parametrize(("level", "breakdowns"), ALL_LEVELS)
def test_rows_keep_to_the_vendors_field_types(sandbox: Served, level: str, breakdowns: str) -> None:
    contract = json.loads(fixture_file("meta/sdk_v26_adsinsights_contract.json").read_text(encoding="utf-8"))
    types = contract["field_types"]
    assert level in contract["level"]
    windows = ["1d_click", "7d_click", "28d_click", "1d_view"]
    assert set(windows) < set(contract["action_attribution_windows"])
    further = "ad_id,adset_id,cpc,cpm,ctr,cost_per_action_type"
    params = {"breakdowns": breakdowns} if breakdowns else {}
    rows = insights(
        sandbox, level=level, fields=f"{FIELDS},{further}", action_attribution_windows=windows, **params
    )  # fmt: skip
    assert rows
    for row in rows:
        for name, value in row.items():
            if name in breakdowns.split(","):
                assert name in contract["breakdowns"]
                assert isinstance(value, str), name
            elif types[name] == "string":
                assert isinstance(value, str), name
            else:
                assert types[name] == "list<AdsActionStats>", name
                assert all(isinstance(v, str) for entry in value for v in entry.values()), name


def test_rows_and_pages_have_the_shape_of_a_recorded_reply(sandbox: Served) -> None:
    recorded = json.loads(fixture_file("meta/insights_action_product_id.excerpt.json").read_text(encoding="utf-8"))
    fields = ",".join(sorted(FIELDS_OF_INSIGHTS & recorded["data"][0].keys()))
    windows = ["1d_click", "7d_click", "28d_click"]
    reply = get(
        sandbox, f"v26.0/act_{META}/insights", level="ad", fields=fields, time_range=DAYS, time_increment=1,
        action_attribution_windows=windows, limit=1,
    ).json()  # fmt: skip
    ours, theirs = reply["data"][0], recorded["data"][0]
    assert len(ours) > 15
    assert {name: _shape(value) for name, value in ours.items()} == {name: _shape(theirs[name]) for name in ours}
    # A recorded last page has cursors and no link, as ours has.
    last = get(sandbox, f"v26.0/act_{META}/insights", level="account", time_range=DAYS).json()
    assert last["paging"].keys() == recorded["paging"].keys()
    assert last["paging"]["cursors"].keys() == recorded["paging"]["cursors"].keys()


def _shape(value: Any) -> Any:
    """The type of a value; of an action, its members."""
    return sorted(value[0]) if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("name", sorted(META_FAULTS))
def test_injected_errors_have_the_documented_envelope(name: str) -> None:
    fault = META_FAULTS[name]
    if fault.status == 200:
        return
    error = fault.body["error"]
    assert set(error) <= {
        "message", "type", "code", "error_subcode", "is_transient", "error_user_title", "error_user_msg", "fbtrace_id",
    }  # fmt: skip
    assert {"message", "type", "code", "fbtrace_id"} <= set(error)
    assert (type(error["code"]), type(error["is_transient"])) == (int, bool)
    assert fault.status in (400, 403, 500)
    for header, value in fault.headers.items():
        assert header.startswith("x-")
        assert isinstance(json.loads(value), dict)
