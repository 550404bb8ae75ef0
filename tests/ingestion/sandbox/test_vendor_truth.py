"""The ad platforms, the CRM and the ECB over the real business: what their protocols say adds up to the truth."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

from ingestion.sandbox import google_ads
from ingestion.sandbox.control import HUBSPOT_TOKEN, META_TOKEN
from ingestion.sandbox.model import World
from ingestion.sandbox.running import RunningSandbox

HISTORY = ("2025-10-20", "2026-11-22")


@pytest.fixture(scope="module")
def truth(running: RunningSandbox) -> dict[str, Any]:
    running.reset()
    return running.truth()


def monthly(pairs: Iterator[tuple[str, Decimal]]) -> dict[str, str]:
    sums: Counter[str] = Counter()
    for day, amount in pairs:
        sums[day[:7]] += amount  # type: ignore[assignment]
    return {month: f"{amount:.2f}" for month, amount in sorted(sums.items())}


def test_google_spend_is_the_truth_to_the_cent(
    sandbox: RunningSandbox, credentials: dict[str, str], truth: dict[str, Any]
) -> None:
    signer = Credentials.from_service_account_info(credentials, scopes=[google_ads.SCOPE])
    signer.refresh(Request())
    query = (
        "SELECT segments.date, segments.device, campaign.id, metrics.cost_micros, metrics.conversions FROM campaign "
        f"WHERE segments.date BETWEEN '{HISTORY[0]}' AND '{HISTORY[1]}'"
    )
    claims = 0.0
    for account, spend in truth["spend"]["google_ads"].items():
        reply = requests.post(
            f"{sandbox.url}/v26/customers/{account}/googleAds:searchStream",
            json={"query": query},
            headers={"Authorization": f"Bearer {signer.token}", "login-customer-id": "1000000001"},
            timeout=30,
        )
        assert reply.elapsed.total_seconds() < 2
        chunks = reply.json()
        assert len(chunks) > 1
        rows = [row for chunk in chunks for row in chunk["results"]]
        micros = ((row["segments"]["date"], Decimal(row["metrics"]["costMicros"]) / 1_000_000) for row in rows)
        assert monthly(micros) == spend
        claims += sum(row["metrics"]["conversions"] for row in rows)
    told = truth["platform_claims"]["google_ads"]
    # The few claims of the day under way are not in the window.
    assert 0 <= told["lead"] + told["purchase"] - claims < 20


def test_meta_spend_is_the_truth_to_the_cent(sandbox: RunningSandbox, truth: dict[str, Any]) -> None:
    (account, spend), *_ = truth["spend"]["meta_ads"].items()
    params: dict[str, Any] = {
        "level": "campaign",
        "fields": "campaign_id,spend",
        "time_range": json.dumps({"since": HISTORY[0], "until": HISTORY[1]}),
        "time_increment": 1,
        "limit": 500,
    }
    rows: list[dict[str, Any]] = []
    while True:
        headers = {"Authorization": f"Bearer {META_TOKEN}"}
        page = requests.get(f"{sandbox.url}/v26.0/act_{account}/insights", params=params, headers=headers, timeout=30)
        rows += page.json()["data"]
        if "next" not in page.json()["paging"]:
            break
        params["after"] = page.json()["paging"]["cursors"]["after"]
    assert len(rows) > 1000
    assert monthly((row["date_start"], Decimal(row["spend"])) for row in rows) == spend


def listed(sandbox: RunningSandbox, kind: str, **params: str) -> Iterator[dict[str, Any]]:
    after: dict[str, str] = {}
    while True:
        reply = requests.get(
            f"{sandbox.url}/crm/objects/2026-09/{kind}",
            params={"limit": "100", **params, **after},
            headers={"Authorization": f"Bearer {HUBSPOT_TOKEN}"},
            timeout=30,
        ).json()
        yield from reply["results"]
        if "paging" not in reply:
            return
        after = {"after": reply["paging"]["next"]["after"]}


def test_the_crm_has_the_leads_and_the_won_deals_of_the_truth(sandbox: RunningSandbox, truth: dict[str, Any]) -> None:
    contacts = list(listed(sandbox, "contacts", properties="hs_merged_object_ids"))
    merged = [
        c["properties"]["hs_merged_object_ids"].split(";") for c in contacts if c["properties"]["hs_merged_object_ids"]
    ]
    assert len(contacts) == len({contact["id"] for contact in contacts}) == truth["contacts"]
    assert sum(map(len, merged)) == truth["merged_contacts"]
    properties = "amount,deal_currency_code,hs_is_closed_won"
    deals = list(listed(sandbox, "deals", properties=properties, associations="contacts"))
    won = [deal for deal in deals if deal["properties"]["hs_is_closed_won"] == "true"]
    assert len(won) == sum(truth["won_deals"].values())
    assert len({deal["associations"]["contacts"]["results"][0]["id"] for deal in won}) == truth["customers"]
    euros = sum(Decimal(d["properties"]["amount"]) for d in won if d["properties"]["deal_currency_code"] == "EUR")
    assert euros == sum(Decimal(month.get("EUR", "0")) for month in truth["revenue"].values())
    assert list(listed(sandbox, "contacts", archived="true"))


def test_the_ecb_publishes_the_worlds_rates(sandbox: RunningSandbox, world: World) -> None:
    reply = requests.get(
        f"{sandbox.url}/service/data/EXR/D.USD+CHF.EUR.SP00.A",
        params={"startPeriod": HISTORY[0], "endPeriod": HISTORY[1], "format": "csvdata"},
        timeout=30,
    )
    found = {(row["TIME_PERIOD"], row["CURRENCY"]): row["OBS_VALUE"] for row in csv.DictReader(io.StringIO(reply.text))}
    expected = {
        (day.isoformat(), currency): str(rate)
        for (day, currency), rate in world.fx_rates.items()
        if currency in {"USD", "CHF"} and HISTORY[0] <= day.isoformat() <= HISTORY[1]
    }
    assert found == expected
