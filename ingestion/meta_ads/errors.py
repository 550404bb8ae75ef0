"""What a Meta reply means: by `code` and `error_subcode`; the HTTP status is 400 for nearly everything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson
import requests

from ingestion.http import Accept, Fatal, Outcome, Reduce, Retry, SkipEntity, WaitUntil
from ingestion.privacy import strike_emails

_TOKEN = "{} make a new token for the system user in Business settings and put it in .dlt/secrets.toml"  # noqa: S105
_TOKEN_SUBCODES = {463: "the token has expired;", 460: "the password was changed;", 467: "the token is invalid;"}
_RATE_LIMITS = {4, 17, 32, 341, 368, 613}
_BUSINESS_LIMITS = {80000, 80001, 80002, 80003, 80004, 80005, 80006, 80008, 80009, 80014}
_PASSING = {1, 2, 2637}
_PASSING_SUBCODES = {99, 1815107}
_TOO_MUCH_DATA = 1487534
_UNKNOWN_OBJECT = 33
_TOO_OLD = 3018
_BLOCK_SECONDS = 60.0
_NAMED_FIELD = re.compile(r"\bfield \((\w+)\)")
_REFUSED = "field {} is refused"
_REFUSED_FIELD = re.compile(r"^field (\w+) is refused")


def classify(response: requests.Response) -> Outcome:
    """The meaning of a reply of the Graph API."""
    error = _error_of(response)
    if error is not None:
        return _meaning(error, response)
    if response.status_code < 400:
        return Accept()
    if response.status_code == 429 or response.status_code >= 500:
        return Retry(f"HTTP {response.status_code}")
    return Fatal(f"HTTP {response.status_code}; check sources.meta_ads.base_url and api_version")


def classify_run(response: requests.Response) -> Outcome:
    """The meaning of a reply about a report run: also where it says, with status 200, that the run has failed.

    A run that failed for a passing reason is accepted: it has to be started again.
    """
    error = _error_of(response)
    if error and (int(error.get("code") or 0), int(error.get("error_subcode") or 0)) == (100, _UNKNOWN_OBJECT):
        return Retry("the report run cannot be seen yet")
    outcome = classify(response)
    if not isinstance(outcome, Accept):
        return outcome
    failed = run_error(orjson.loads(response.content))
    meaning = _meaning(failed, response) if failed else outcome
    return meaning if isinstance(meaning, Reduce | Fatal | SkipEntity) else outcome


def run_error(run: dict[str, Any]) -> dict[str, Any] | None:
    """The error that a failed run tells of, as replies hold it; None where it tells of none."""
    if run.get("async_status") != "Job Failed" or not run.get("error_code"):
        return None
    message = " ".join(strike_emails(str(run.get("error_message") or "")).split())
    codes = {"code": run.get("error_code"), "error_subcode": run.get("error_subcode")}
    return codes | {"message": message, "error_user_msg": run.get("error_user_msg")}


def refused_field(reason: str) -> str | None:
    """The field that an EntitySkipped's reason says may not be read; None where the whole object may not be."""
    found = _REFUSED_FIELD.match(reason)
    return found[1] if found else None


def usage(response: requests.Response) -> dict[str, Any]:
    """The usage headers of a reply, by name: percentages, and times until access is regained."""
    names = ("x-business-use-case-usage", "x-ad-account-usage", "x-app-usage", "x-fb-ads-insights-throttle")
    return {name: json.loads(response.headers[name]) for name in names if _is_json(response.headers.get(name))}


def _meaning(error: dict[str, Any], response: requests.Response) -> Outcome:
    code, subcode = int(error.get("code") or 0), int(error.get("error_subcode") or 0)
    message = str(error.get("message") or "")
    if "reduce the amount of data" in f"{message} {error.get('error_user_msg')}".lower() or subcode == _TOO_MUCH_DATA:
        return Reduce("too much data for one reply")
    if code in _RATE_LIMITS or code in _BUSINESS_LIMITS:
        return WaitUntil(_regain_seconds(response), f"rate limit (code {code})")
    if code in (102, 104, 190):
        return Fatal(_TOKEN.format(_TOKEN_SUBCODES.get(subcode, "the access token was refused;")))
    if code in _PASSING or subcode in _PASSING_SUBCODES or error.get("is_transient"):
        return Retry(f"a passing failure (code {code})")
    if code == 2635:
        return Fatal("the API version has ended; raise sources.meta_ads.api_version")
    is_permission = code in (3, 10) or 200 <= code <= 299
    field = _NAMED_FIELD.search(message)
    if field and (is_permission or code == 100):
        return SkipEntity(f"{_REFUSED.format(field[1])} (code {code}); take it out of ingestion/meta_ads")
    if is_permission:
        return SkipEntity(f"no permission (code {code}); give the system user ads_read on this ad account")
    if code == 100 and subcode == _UNKNOWN_OBJECT:
        return Fatal("no such ad account, or the token may not see it; check sources.meta_ads.account_ids")
    if _TOO_OLD in (code, subcode):
        return Fatal("days before the last 37 months are not kept; start later")
    return Fatal(f"code {code}, subcode {subcode}: {message}")


def _error_of(response: requests.Response) -> dict[str, Any] | None:
    try:
        body = orjson.loads(response.content)
    except ValueError:
        # A reply that ends in the middle: the rest may come the next time.
        return {"is_transient": True, "code": 2} if response.status_code < 400 else None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None


def _regain_seconds(response: requests.Response) -> float:
    """How long the headers say that access stays blocked; a minute where they say nothing."""
    return max([_BLOCK_SECONDS, *_blocks(usage(response))])


def _blocks(headers: dict[str, Any]) -> Iterator[float]:
    for limits in headers.get("x-business-use-case-usage", {}).values():
        for limit in limits:
            yield 60.0 * float(limit.get("estimated_time_to_regain_access", 0))
    account = headers.get("x-ad-account-usage", {})
    if float(account.get("acc_id_util_pct", 0)) >= 100:
        yield float(account.get("reset_time_duration", 0))


def _is_json(text: str | None) -> bool:
    try:
        return isinstance(json.loads(text or ""), dict)
    except ValueError:
        return False
