from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from ingestion.sandbox import meta
from ingestion.sandbox.control import META_TOKEN
from tests.ingestion.sandbox.tiny import META, NOW, Served, fixture_file, served, tiny_world

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
    return requests.get(f"{sandbox.url}/{path}", params=params, headers=headers, timeout=10)


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
    ads = insights(sandbox, level="ad", fields="ad_id,spend")
    assert sum(Decimal(row["spend"]) for row in ads) == Decimal("64.99")
    assert ads[0]["ad_id"] == "3112"


def test_pages_chain_by_next_on_the_sandboxs_host_without_the_header_token(sandbox: Served) -> None:
    params = {"level": "campaign", "fields": "spend", "time_range": DAYS, "time_increment": 1, "limit": 2}
    first = get(sandbox, f"v26.0/act_{META}/insights", **params).json()
    assert first["paging"]["next"].startswith(f"{sandbox.url}/v26.0/act_{META}/insights?")
    assert META_TOKEN not in first["paging"]["next"]
    headers = {"Authorization": f"Bearer {META_TOKEN}"}
    second = requests.get(first["paging"]["next"], headers=headers, timeout=10).json()
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
        (f"v26.0/act_{META}/insights", {"breakdowns": "country"}, 100, None),
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


def test_rows_keep_to_the_vendors_field_types(sandbox: Served) -> None:
    contract = json.loads(fixture_file("meta/sdk_v26_adsinsights_contract.json").read_text(encoding="utf-8"))
    types = contract["field_types"]
    rows = insights(sandbox, level="ad", fields=f"{FIELDS},ad_id,adset_id,cpc,cpm,ctr,cost_per_action_type")
    for row in rows:
        for name, value in row.items():
            if types[name] == "string":
                assert isinstance(value, str), name
            else:
                assert types[name] == "list<AdsActionStats>", name
                assert all(isinstance(v, str) for entry in value for v in entry.values()), name
