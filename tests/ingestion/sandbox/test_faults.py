from __future__ import annotations

import re

from ingestion.sandbox.faults import FAULTS, named


def test_names_say_the_vendor_and_bodies_its_code() -> None:
    assert all(re.fullmatch(r"(any|ga4|google_ads|hubspot|meta)\.[a-z0-9_]+", name) for name in FAULTS)
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
