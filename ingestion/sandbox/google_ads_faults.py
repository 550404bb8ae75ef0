"""The documented failures of the Google Ads API by name, and the envelope that they share with real refusals."""

from __future__ import annotations

from typing import Any

from ingestion.sandbox.fault_reply import Fault

_FAILURE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_JSON = {"content-type": "application/json"}
_ROWS = '[{"results":[{"campaign":{"resourceName":"customers/2000000001/campaigns/111","id":"111"}'


def google_ads_error(status: int, message: str, *failures: dict[str, Any]) -> dict[str, Any]:
    """The envelope of an error around its GoogleAdsFailure entries, which some errors lack."""
    error: dict[str, Any] = {"code": status, "message": message, "status": _STATUS[status]}
    if failures:
        error["details"] = [{"@type": _FAILURE, "errors": list(failures), "requestId": "sandbox-fault"}]
    return {"error": error}


def _fault(status: int, message: str, kind: str, code: str, text: str, **more: Any) -> Fault:
    return Fault(status, google_ads_error(status, message, {"errorCode": {kind: code}, "message": text, **more}))


def _quota(code: str, scope: str = "", rate: str = "", delay: int = 0, text: str = "") -> Fault:
    details = {"quotaErrorDetails": {"rateScope": scope, "rateName": rate, "retryDelay": f"{delay}s"}}
    more = {"details": details} if rate else {}
    text = text or f"Too many requests. Retry in {delay} seconds."
    return _fault(429, "Resource has been exhausted (e.g. check quota).", "quotaError", code, text, **more)


def _internal(status: int, message: str, code: str, text: str) -> Fault:
    return _fault(status, message, "internalError", code, text)


def _unknown(code: str, text: str) -> Fault:
    outer = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential."
    )
    return _fault(401, outer, "authenticationError", code, text)


def _denied(code: str, text: str) -> Fault:
    return _fault(403, "The caller does not have permission", "authorizationError", code, text)


def _invalid(kind: str, code: str, text: str, **more: Any) -> Fault:
    return _fault(400, "Request contains an invalid argument.", kind, code, text, **more)


GOOGLE_ADS_FAULTS: dict[str, Fault] = {
    "google_ads.resource_exhausted": _quota(
        "RESOURCE_EXHAUSTED", "DEVELOPER", "Number of operations for explorer access", 1234
    ),
    "google_ads.resource_temporarily_exhausted": _quota(
        "RESOURCE_TEMPORARILY_EXHAUSTED", "ACCOUNT", "Requests per service per method", 5
    ),
    "google_ads.exhausted_without_delay": _quota("RESOURCE_TEMPORARILY_EXHAUSTED", text="Too many requests."),
    "google_ads.short_term_consumption": _quota(
        "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION", text="The query used too many resources in a short time."
    ),
    "google_ads.long_term_consumption": _quota(
        "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION", text="The queries used too many resources over a long time."
    ),
    "google_ads.transient_error": _internal(
        500, "Internal error encountered.", "TRANSIENT_ERROR", "Transient internal error."
    ),
    "google_ads.internal_error": _internal(
        500, "Internal error encountered.", "INTERNAL_ERROR", "An internal error has occurred."
    ),
    "google_ads.deadline_exceeded": _internal(504, "Deadline expired.", "DEADLINE_EXCEEDED", "Deadline exceeded."),
    "google_ads.gateway_timeout": Fault(504, google_ads_error(504, "Deadline expired.")),
    "google_ads.unavailable": Fault(503, google_ads_error(503, "The service is currently unavailable.")),
    "google_ads.token_expired": _unknown("OAUTH_TOKEN_EXPIRED", "The OAuth token in the header is expired."),
    "google_ads.customer_not_found": _unknown("CUSTOMER_NOT_FOUND", "No customer found for the provided customer id."),
    "google_ads.not_ads_user": _unknown("NOT_ADS_USER", "The Google account is not associated with any Ads accounts."),
    "google_ads.two_step_verification": _unknown(
        "TWO_STEP_VERIFICATION_NOT_ENROLLED", "An account administrator must turn on 2-Step Verification."
    ),
    "google_ads.user_permission_denied": _denied(
        "USER_PERMISSION_DENIED", "User doesn't have permission to access customer."
    ),
    "google_ads.wrong_login_customer": _denied(
        "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION",
        "The login customer has no access to the serving customer.",
    ),
    "google_ads.customer_not_enabled": _denied(
        "CUSTOMER_NOT_ENABLED",
        "The customer account can't be accessed because it is not yet enabled or has been deactivated.",
    ),
    "google_ads.account_suspended": _denied(
        "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT", "The action is not permitted for a suspended account."
    ),
    "google_ads.project_not_approved": _denied(
        "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
        "The Google Cloud project is only approved for use with test accounts.",
    ),
    "google_ads.missing_terms": _denied("MISSING_TOS", "The developer must accept the terms of service."),
    "google_ads.project_disabled": _denied(
        "PROJECT_DISABLED", "Google Ads API has not been used in the project before, or it is disabled."
    ),
    "google_ads.metric_access_denied": _denied("METRIC_ACCESS_DENIED", "The user may not read the requested metrics."),
    "google_ads.too_long_ago": _invalid(
        "dateRangeError",
        "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED",
        "Data of this granularity is only available for the last 37 months.",
    ),
    "google_ads.unrecognized_field": _invalid(
        "queryError",
        "UNRECOGNIZED_FIELD",
        "Unrecognized field in the query: 'metrics.foo'.",
        trigger={"stringValue": "metrics.foo"},
        location={"fieldPathElements": [{"fieldName": "query"}]},
    ),
    "google_ads.metrics_for_manager": _invalid(
        "queryError", "REQUESTED_METRICS_FOR_MANAGER", "Metrics cannot be requested for a manager account."
    ),
    "google_ads.unsupported_version": _invalid(
        "requestError",
        "UNSUPPORTED_VERSION",
        "Version v26 is deprecated. Requests to this version will be blocked.",
    ),
    "google_ads.expired_page_token": _invalid("requestError", "EXPIRED_PAGE_TOKEN", "The page token has expired."),
    "google_ads.invalid_page_token": _invalid("requestError", "INVALID_PAGE_TOKEN", "The page token is not valid."),
    # Streams that break off with status 200: within a row, between two chunks, on the wire, and with an error at the
    # end of rows that look complete.
    "google_ads.cut_stream": Fault(200, _ROWS[:68], _JSON),
    "google_ads.cut_between_chunks": Fault(200, _ROWS + '}],"fieldMask":"campaign.id","requestId":"cut"},', _JSON),
    "google_ads.cut_connection": Fault(200, _ROWS, _JSON | {"content-length": "100000"}),
    "google_ads.error_after_rows": Fault(
        200,
        [
            {"results": [{"campaign": {"resourceName": "customers/2000000001/campaigns/111", "id": "111"}}]},
            google_ads_error(
                503,
                "The service is currently unavailable.",
                {"errorCode": {"internalError": "TRANSIENT_ERROR"}, "message": "Transient internal error."},
            ),
        ],
    ),
    "google_ads.html_404": Fault(404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>"),
}
