"""Meta's documented failures by name, those of report runs among them: these are replies of status 200."""

from __future__ import annotations

from typing import Any

import orjson

from ingestion.sandbox.fault_reply import Fault

_TOO_MUCH = "Please reduce the amount of data you're asking for, then retry your request"


def meta_error(code: int, message: str, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    """Meta's error envelope; `more` adds or replaces members of `error`."""
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    return {"error": {**error, "is_transient": False, "fbtrace_id": "ASandboxTrace"} | more}


def _meta(status: int, code: int, message: str, subcode: int | None = None, minutes: int = 0, **more: Any) -> Fault:
    usage = [
        {
            "type": "ads_insights",
            "call_count": 100,
            "total_cputime": 100,
            "total_time": 100,
            "estimated_time_to_regain_access": minutes,
            "ads_api_access_tier": "standard_access",
        }
    ]
    headers = {"x-business-use-case-usage": orjson.dumps({"3000000001": usage}).decode()} if minutes else {}
    return Fault(status, meta_error(code, message, subcode, **more), headers)


RUN_TOO_MUCH = {
    "async_status": "Job Failed",
    "async_percent_completion": 42,
    "error_code": 100,
    "error_subcode": 1487534,
    "error_message": "(#100) Invalid parameter",
    "error_user_title": "Your request cannot be processed",
    "error_user_msg": _TOO_MUCH,
}


def _meta_run(status: str, percent: int = 0, **error: Any) -> Fault:
    body = {"id": "6023920149999", "account_id": "3000000001", "time_ref": 1_795_420_800}
    return Fault(200, body | {"async_status": status, "async_percent_completion": percent} | error)


META_FAULTS: dict[str, Fault] = {
    "meta.throttle_4": _meta(403, 4, "(#4) Application request limit reached", 1504022, is_transient=True),
    "meta.throttle_4_insights": _meta(400, 4, "(#4) Too many calls", 1504039, is_transient=True),
    "meta.throttle_17": _meta(400, 17, "(#17) User request limit reached", 2446079),
    "meta.throttle_32": _meta(400, 32, "(#32) Page request limit reached"),
    "meta.throttle_341": _meta(400, 341, "(#341) Application limit reached"),
    "meta.throttle_368": _meta(400, 368, "(#368) Temporarily blocked for policies violations"),
    "meta.throttle_613": _meta(400, 613, "(#613) Calls to this api have exceeded the rate limit.", 1487742),
    "meta.throttle_613_account": _meta(400, 613, "(#613) Calls to this api have exceeded the rate limit.", 1996),
    **{
        f"meta.business_{code}": _meta(
            400,
            code,
            f"(#{code}) There have been too many calls from this ad-account. Wait a bit and try again.",
            2446079,
            minutes=1,
        )
        for code in (80000, 80001, 80002, 80003, 80004, 80005, 80006, 80008, 80009, 80014)
    },
    "meta.unknown_1": _meta(500, 1, "An unknown error occurred"),
    "meta.unknown_99": _meta(400, 1, "An unknown error occurred", 99),
    "meta.temporary_2": _meta(
        500, 2, "An unexpected error has occurred. Please retry your request later.", is_transient=True
    ),
    "meta.reduce_data": _meta(500, 1, _TOO_MUCH, 99),
    "meta.too_much_data": _meta(400, 100, "(#100) Invalid parameter", 1487534, error_user_msg=_TOO_MUCH),
    "meta.invalid_parameter": _meta(400, 100, "(#100) Param time_increment must be valid"),
    "meta.field_without_permission": _meta(
        403, 10, "(#10) Application does not have permission for field (attribution_spec)"
    ),
    "meta.field_unknown": _meta(400, 100, "(#100) Tried accessing nonexisting field (attribution_spec) on node type"),
    "meta.too_old": _meta(
        400, 3018, "(#3018) The start date of the time range cannot be beyond 37 months from the current date", 1487930
    ),
    "meta.token_expired": _meta(
        400, 190, "Error validating access token: Session has expired. The session has been invalidated.", 463
    ),
    "meta.token_password": _meta(400, 190, "Error validating access token: the password was changed", 460),
    "meta.token_invalid": _meta(400, 190, "Invalid OAuth access token - Cannot parse access token", 467),
    "meta.session_102": _meta(400, 102, "Session key invalid or no longer valid"),
    "meta.permission_3": _meta(400, 3, "(#3) Application does not have the capability to make this API call."),
    "meta.permission_10": _meta(403, 10, "(#10) Application does not have permission for this action"),
    "meta.permission_200": _meta(
        403, 200, "(#200) Ad account owner has NOT grant ads_management or ads_read permission"
    ),
    "meta.permission_294": _meta(400, 294, "(#294) Managing advertisements requires the permission ads_management"),
    "meta.deprecated_version": _meta(
        400, 2635, "(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version."
    ),
    "meta.not_ready": _meta(400, 2637, "(#2637) The report is not ready", 1815107, is_transient=True),
    "meta.run_unknown": _meta(400, 100, "Unsupported get request. Object with ID '6' does not exist", 33),
    "meta.run_running": _meta_run("Job Running", 42),
    "meta.run_skipped": _meta_run("Job Skipped"),
    "meta.run_failed": _meta_run("Job Failed"),
    "meta.run_failed_passing": _meta_run(
        "Job Failed", error_code=2, error_message="An unexpected error has occurred. Please retry."
    ),
    "meta.run_failed_permission": _meta_run(
        "Job Failed", error_code=200, error_message="(#200) Ad account owner has NOT grant ads_read permission"
    ),
    "meta.run_failed_too_much": Fault(200, {"id": "6023920149999", "account_id": "3000000001"} | RUN_TOO_MUCH),
    # Cut off in the middle, with status 200.
    "meta.cut": Fault(200, '{"data":[{"account_id":"30000', {"content-type": "application/json"}),
}

# Replies about report runs answer no other request.
META_PATHS = {name: r"^/v[\d.]+/\d+$" for name in META_FAULTS if name.startswith("meta.run_")} | {
    "meta.not_ready": r"^/v[\d.]+/\d+/insights$"
}
