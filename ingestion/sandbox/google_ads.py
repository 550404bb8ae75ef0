"""Google Ads over REST: accessible customers, search and searchStream over the simulated accounts.

As the service of v26: access goes through the manager (`login-customer-id`), errors of searchStream come inside an
array, no developer token is asked for, and one cancelled client answers 403 CUSTOMER_NOT_ENABLED. Streams are cut into
chunks of 1,000 rows, so that a client meets several of them. The texts of the date errors are not attested.

Conditions: `google_ads/direct_access` (true: the reader is a user of each account by itself, and needs no manager) and
`google_ads/without_auto_tagging` (the accounts whose clicks carry no gclid).
"""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingestion.sandbox.gaql import Query, QueryError, parse
from ingestion.sandbox.google_ads_entities import (
    DISABLED_ACCOUNT,
    SUB_MANAGER,
    client_rows,
    conversion_action_rows,
    customer_row,
    geo_rows,
    google_accounts,
    manager_account,
)
from ingestion.sandbox.google_ads_faults import google_ads_error
from ingestion.sandbox.google_ads_fields import JsonRows, camel, field_rows, parse_fields_query, validate
from ingestion.sandbox.google_ads_reports import AccountReports, select_rows
from ingestion.sandbox.model import World

if TYPE_CHECKING:
    from ingestion.sandbox.control import Control

# The last day of each version that is alive, as far as it has been told: a version lives about 13 months.
SUNSETS = {
    23: date(2027, 2, 28),
    24: date(2027, 5, 31),
    25: date(2027, 8, 31),
    26: date(2027, 11, 30),
}
SCOPE = "https://www.googleapis.com/auth/adwords"
CHUNK_ROWS = 1_000
PAGE_ROWS = 10_000
_DENIED = (
    "User doesn't have permission to access customer. Note: If you're accessing a client customer, the manager's "
    "customer id must be set in the 'login-customer-id' header. See "
    "https://developers.google.com/google-ads/api/docs/concepts/call-structure#cid"
)
_BODY_KEYS = {"query", "pageToken", "pageSize", "searchSettings", "summaryRowSetting", "validateOnly"}


class _Refusal(Exception):
    """An error reply: HTTP status, outer message, and the failure's kind, code and text (or ready details)."""

    def __init__(self, status: int, outer: str, kind: str = "", code: str = "", text: str = "", **more: Any) -> None:
        super().__init__(outer)
        self.status = status
        failures = ({"errorCode": {kind: code}, "message": text} | more,) if kind else ()
        self.body = google_ads_error(status, outer, *failures)


def routes(world: World, control: Control) -> list[Route]:
    """The service's routes over `world` at `control.now`."""
    service = _Service(world, control)
    return [
        Route("/v{version:int}/customers:listAccessibleCustomers", service.list_accessible, methods=["GET"]),
        Route("/v{version:int}/customers/{customer}/googleAds:searchStream", service.search_stream, methods=["POST"]),
        Route("/v{version:int}/customers/{customer}/googleAds:search", service.search, methods=["POST"]),
        Route("/v{version:int}/googleAdsFields:search", service.search_fields, methods=["POST"]),
    ]


class _Service:
    def __init__(self, world: World, control: Control) -> None:
        self._world = world
        self._control = control
        self._reports = {account.account_id: AccountReports(world, account) for account in google_accounts(world)}
        self._requests = 0

    async def list_accessible(self, request: Request) -> Response:
        try:
            self._authorize(request)
        except _Refusal as refusal:
            return self._reply(refusal.body, refusal.status)
        return self._reply({"resourceNames": [f"customers/{self._world.manager_id}"]})

    async def search_stream(self, request: Request) -> Response:
        try:
            body = await self._body(request)
            query, rows = await run_in_threadpool(self._run, request, body)
        except _Refusal as refusal:
            return self._reply([refusal.body], refusal.status)
        chunks = [
            {"results": rows[start : start + CHUNK_ROWS], **self._envelope(query)}
            for start in range(0, len(rows), CHUNK_ROWS)
        ]
        return self._reply(chunks or [self._envelope(query)])

    async def search(self, request: Request) -> Response:
        try:
            body = await self._body(request)
            if "pageSize" in body:
                text = f"Setting the page size is not supported, responses have a page size of {PAGE_ROWS} rows."
                raise _invalid("requestError", "PAGE_SIZE_NOT_SUPPORTED", text)
            query, rows = await run_in_threadpool(self._run, request, body)
            start = _offset(body.get("pageToken"), body["query"])
        except _Refusal as refusal:
            return self._reply(refusal.body, refusal.status)
        page: dict[str, Any] = {"results": rows[start : start + PAGE_ROWS]} if rows else {}
        if start + PAGE_ROWS < len(rows):
            page["nextPageToken"] = _page_token(start + PAGE_ROWS, body["query"])
        if (body.get("searchSettings") or {}).get("returnTotalResultsCount"):
            page["totalResultsCount"] = str(len(rows))
        envelope = self._envelope(query)
        envelope.pop("requestId")
        return self._reply(page | envelope)

    async def search_fields(self, request: Request) -> Response:
        try:
            body = await self._body(request)
            self._authorize(request)
            query = parse_fields_query(str(body.get("query", "")))
            to_json = JsonRows(query)
            rows = [to_json(row)["googleAdsField"] for row in select_rows(field_rows(), query)]
        except QueryError as error:
            return self._reply(_refused_query(error).body, 400)
        except _Refusal as refusal:
            return self._reply(refusal.body, refusal.status)
        return self._reply({"results": rows, "totalResultsCount": str(len(rows))} if rows else {})

    async def _body(self, request: Request) -> dict[str, Any]:
        try:
            body = orjson.loads(await request.body() or b"{}")
        except orjson.JSONDecodeError:
            raise _Refusal(400, "Invalid JSON payload received. Parser terminated before end of string.") from None
        for key in body:
            if key not in _BODY_KEYS:
                raise _Refusal(400, f'Invalid JSON payload received. Unknown name "{key}": Cannot find field.')
        return dict(body)

    def _authorize(self, request: Request) -> None:
        version = request.path_params["version"]
        header = request.headers.get("authorization", "")
        token = header.removeprefix("Bearer ").strip() or None
        state = self._control.check_token(token)
        if not header:
            raise _Refusal(401, "Request is missing required authentication credential.")
        if state != "valid":
            raise _Refusal(
                401,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
                "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
                "authenticationError",
                "OAUTH_TOKEN_EXPIRED" if state == "expired" else "OAUTH_TOKEN_INVALID",
                f"OAuth token in the header is {'expired' if state == 'expired' else 'invalid'}.",
            )
        if self._control.check_token(token, SCOPE) != "valid":
            raise _Refusal(403, "Request had insufficient authentication scopes.")
        if version not in SUNSETS or self._control.now.date() > SUNSETS[version]:
            text = f"Version v{version} is deprecated. Requests to this version will be blocked."
            raise _invalid("requestError", "UNSUPPORTED_VERSION", text)

    def _check_customer(self, customer: str, login: str | None) -> None:
        if not customer.isdigit():
            raise _invalid("requestError", "INVALID_CUSTOMER_ID", f"Invalid customer ID '{customer}'.")
        if login is not None and not login.isdigit():
            text = f"The login customer id header '{login}' is not a valid customer ID."
            raise _invalid("headerError", "INVALID_LOGIN_CUSTOMER_ID", text)
        manager = self._world.manager_id
        known = {manager, SUB_MANAGER.account_id, DISABLED_ACCOUNT.account_id, *self._reports}
        is_direct = bool(self._control.conditions.get("google_ads/direct_access")) and login in (None, customer)
        if customer not in known or ((login or customer) != manager and not is_direct):
            raise _forbidden("USER_PERMISSION_DENIED", _DENIED)
        if customer == DISABLED_ACCOUNT.account_id:
            text = "The customer account can't be accessed because it is not yet enabled or has been deactivated."
            raise _forbidden("CUSTOMER_NOT_ENABLED", text)

    def _run(self, request: Request, body: dict[str, Any]) -> tuple[Query, list[dict[str, Any]]]:
        self._authorize(request)
        customer = request.path_params["customer"]
        self._check_customer(customer, request.headers.get("login-customer-id"))
        try:
            query = parse(str(body.get("query", "")))
            validate(query)
            to_json = JsonRows(query)
            return query, [to_json(row) for row in select_rows(self._rows(customer, query), query)]
        except QueryError as error:
            raise _refused_query(error) from None

    def _rows(self, customer: str, query: Query) -> list[dict[str, Any]]:
        is_manager = customer not in self._reports
        if is_manager and any(name.startswith("metrics.") for name in query.fields):
            text = "Metrics cannot be requested for a manager account. To retrieve metrics, issue separate requests "
            raise QueryError("REQUESTED_METRICS_FOR_MANAGER", text + "against each client account under the manager.")
        if query.resource == "geo_target_constant":
            return list(geo_rows())
        if is_manager:
            manager = SUB_MANAGER if customer == SUB_MANAGER.account_id else manager_account(self._world)
            if query.resource == "customer_client":
                return list(client_rows(self._world, manager))
            if query.resource == "customer":
                return [customer_row(manager, is_manager=True)]
            return []
        reports, now = self._reports[customer], self._control.now
        reports.check_dates(query, now)
        if query.resource == "click_view":
            return list(reports.clicks(query, now))
        if query.resource == "conversion_action":
            return list(conversion_action_rows(reports.account))
        if query.resource == "customer_client":
            return []
        tagged = customer not in self._control.conditions.get("google_ads/without_auto_tagging", ())
        return [row | {"customer.auto_tagging_enabled": tagged} for row in reports.report(query, now)]

    def _envelope(self, query: Query) -> dict[str, Any]:
        return {
            "fieldMask": ",".join(camel(name) for name in query.select),
            "requestId": f"sandbox-{self._requests + 1}",
            "queryResourceConsumption": str(100 + 10 * len(query.select)),
        }

    def _reply(self, body: Any, status: int = 200) -> Response:
        self._requests += 1
        headers = {"request-id": f"sandbox-{self._requests}"}
        if status == 401:
            headers["www-authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        return Response(orjson.dumps(body), status, headers, "application/json")


def _invalid(kind: str, code: str, text: str, **more: Any) -> _Refusal:
    return _Refusal(400, "Request contains an invalid argument.", kind, code, text, **more)


def _refused_query(error: QueryError) -> _Refusal:
    where = {"fieldPathElements": [{"fieldName": "query"}]}
    trigger = {"trigger": {"stringValue": error.trigger}} if error.trigger else {}
    return _invalid(error.kind, error.code, error.message, **trigger, location=where)


def _forbidden(code: str, text: str) -> _Refusal:
    return _Refusal(403, "The caller does not have permission", "authorizationError", code, text)


def _page_token(offset: int, query: str) -> str:
    return base64.urlsafe_b64encode(f"{offset}:{_digest(query)}".encode()).decode()


def _offset(token: str | None, query: str) -> int:
    """Where the page of `token` starts; a token belongs to its query."""
    if not token:
        return 0
    try:
        offset, digest = base64.urlsafe_b64decode(token).decode().split(":")
        start = int(offset)
    except ValueError:
        start, digest = 0, ""
    if digest != _digest(query):
        raise _invalid("requestError", "INVALID_PAGE_TOKEN", "The page token is not valid.")
    return start


def _digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:12]
