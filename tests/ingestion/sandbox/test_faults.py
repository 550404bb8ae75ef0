from __future__ import annotations

import re

import pytest
import requests

from ingestion.sandbox.faults import FAULTS, default_path, named
from ingestion.sandbox.running import RunningSandbox


def test_names_say_the_vendor_and_bodies_its_code() -> None:
    assert all(
        re.fullmatch(r"(any|bigquery|ecb|ga4|google_ads|hubspot|meta|oauth|search_console)\.[a-z0-9_]+", name)
        for name in FAULTS
    )
    error = named("google_ads.resource_exhausted", streamed=False).body["error"]
    failure = error["details"][0]["errors"][0]
    assert failure["errorCode"] == {"quotaError": "RESOURCE_EXHAUSTED"}
    assert failure["details"]["quotaErrorDetails"]["retryDelay"] == "1234s"
    assert named("google_ads.resource_exhausted").body == [{"error": error}]
    throttled = named("meta.business_80000")
    assert (throttled.status, throttled.body["error"]["code"]) == (400, 80000)
    assert '"estimated_time_to_regain_access":1' in throttled.headers["x-business-use-case-usage"]
    assert named("hubspot.ten_secondly").headers == {}
    assert named("hubspot.ten_secondly_retry_after").headers == {"Retry-After": "10"}
    assert named("hubspot.daily").body["policyName"] == "DAILY"


def test_a_reply_of_one_kind_of_request_strikes_no_other() -> None:
    assert re.search(default_path("hubspot.batch_in_part"), "/crm/objects/2026-09/contacts/batch/read")
    # As the reply to a list it would be an empty page, and the last one.
    assert not re.search(default_path("hubspot.batch_in_part"), "/crm/objects/2026-09/contacts")
    assert not re.search(default_path("meta.run_failed"), "/v26.0/act_3000000001")


def test_a_named_fault_strikes_a_running_sandbox_as_the_vendor_would_answer(sandbox: RunningSandbox) -> None:
    fault = named("meta.throttle_17")
    sandbox.inject("/insights$", 1, fault.status, fault.body, fault.headers)
    reply = requests.get(f"{sandbox.url}/v26.0/act_3000000001/insights", timeout=60)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 17)
    cut = named("google_ads.cut_stream")
    sandbox.inject(":searchStream$", 1, cut.status, cut.body, cut.headers)
    reply = requests.post(f"{sandbox.url}/v26/customers/2000000001/googleAds:searchStream", json={}, timeout=60)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    with pytest.raises(requests.JSONDecodeError):
        reply.json()
