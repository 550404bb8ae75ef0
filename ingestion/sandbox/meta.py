"""Meta's Marketing API: ad accounts and synchronous insights of the simulated accounts.

As Graph v26.0: every number is a string, errors are HTTP 400 with a code of their own, each reply carries the usage
headers, pages are chained by `paging.next` (with the sandbox's host, and with the token where it came as a parameter).
Retired attribution windows (`7d_view`, `28d_view`) are taken and never answered. Breakdowns are not simulated.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingestion.sandbox.faults import meta_error
from ingestion.sandbox.intraday import local_day
from ingestion.sandbox.meta_insights import CLICK_WINDOWS, FIELDS, LEVELS, AccountInsights, InsightsQuery, periods
from ingestion.sandbox.model import Account, World

if TYPE_CHECKING:
    from ingestion.sandbox.control import Control

VERSION = "v26.0"
HISTORY_MONTHS = 37
CALLS_PER_BLOCK = 9_000
DEFAULT_LIMIT = 25
DEFAULT_FIELDS = ("account_id", "campaign_id", "impressions", "spend")
WINDOWS = (*CLICK_WINDOWS, "1d_view", "1d_ev", "default", "7d_view", "28d_view", "dda", "skan_click", "skan_view")
PRESETS = {"today": (0, 0), "yesterday": (1, 1), "last_7d": (7, 1), "last_28d": (28, 1), "last_30d": (30, 1)}
_DOCS = "https://developers.facebook.com/docs/marketing-api/reference/ads-insights/"


class _Refusal(Exception):
    """An error reply; HTTP 400 unless said otherwise."""

    def __init__(self, code: int, message: str, subcode: int | None = None, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = meta_error(code, message, subcode, **more)


def routes(world: World, control: Control) -> list[Route]:
    """The service's routes over `world` at `control.now`."""
    graph = _Graph(world, control)
    prefix = "/v{major:int}.{minor:int}"
    return [
        Route(f"{prefix}/me/adaccounts", graph.endpoint(graph.accounts), methods=["GET"]),
        Route(prefix + "/{node}/insights", graph.endpoint(graph.insights), methods=["GET"]),
        Route(prefix + "/{node}", graph.endpoint(graph.node), methods=["GET"]),
    ]


class _Graph:
    def __init__(self, world: World, control: Control) -> None:
        self._control = control
        accounts = [account for account in world.accounts if account.platform == "meta_ads"]
        self._insights = {f"act_{a.account_id}": AccountInsights(world, a) for a in accounts}

    def endpoint(self, answer: Callable[[Request], dict[str, Any]]) -> Callable[[Request], Response]:
        """`answer` behind the checks of token and version, with the headers of every reply."""

        def reply(request: Request) -> Response:
            try:
                self._authorize(request)
                body, status = answer(request), 200
            except _Refusal as refusal:
                body, status = refusal.body, refusal.status
            return Response(orjson.dumps(body), status, self._headers(), "application/json; charset=UTF-8")

        return reply

    def accounts(self, request: Request) -> dict[str, Any]:
        fields = _fields(request, ("account_id",))
        return _page(request, [_account_node(insights.account, fields, self._control) for insights in self._all()])

    def node(self, request: Request) -> dict[str, Any]:
        name = request.path_params["node"]
        if name == "me":
            return {"name": "Larkspur reporting", "id": "100000000000001"}
        return _account_node(self._account(name).account, _fields(request, ("account_id",)), self._control)

    def insights(self, request: Request) -> dict[str, Any]:
        insights = self._account(request.path_params["node"])
        query = _query(request, local_day(self._control.now, insights.account.time_zone))
        return _page(request, insights.rows(query, self._control.now))

    def _all(self) -> list[AccountInsights]:
        return list(self._insights.values())

    def _account(self, name: str) -> AccountInsights:
        if name not in self._insights:
            raise _Refusal(
                100,
                f"Unsupported get request. Object with ID '{name}' does not exist, cannot be loaded due to missing "
                "permissions, or does not support this operation. Please read the Graph API documentation at "
                "https://developers.facebook.com/docs/graph-api",
                33,
                type="GraphMethodException",
            )
        return self._insights[name]

    def _authorize(self, request: Request) -> None:
        self._control.quota_used["meta"] = self._control.quota_used.get("meta", 0) + 1
        header = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        token = request.query_params.get("access_token") or header
        if not token:
            text = "An access token is required to request this resource."
            raise _Refusal(104, text)
        if self._control.check_token(token, "meta") != "valid":
            raise _Refusal(190, "Invalid OAuth access token - Cannot parse access token")
        version = f"v{request.path_params['major']}.{request.path_params['minor']}"
        if version != VERSION:
            text = "(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version: "
            raise _Refusal(2635, f"{text}{VERSION}.")

    def _headers(self) -> dict[str, str]:
        percent = min(100, self._control.quota_used.get("meta", 0) * 100 // CALLS_PER_BLOCK)
        tier = {"ads_api_access_tier": "standard_access"}
        load = {"call_count": percent, "total_cputime": percent // 2, "total_time": percent // 2}
        business = {"type": "ads_insights", **load, "estimated_time_to_regain_access": 0, **tier}
        usage: dict[str, Any] = {
            "x-app-usage": load,
            "x-ad-account-usage": {"acc_id_util_pct": percent, "reset_time_duration": 60, **tier},
            "x-business-use-case-usage": {name.removeprefix("act_"): [business] for name in self._insights},
            "x-fb-ads-insights-throttle": {"app_id_util_pct": percent, "acc_id_util_pct": percent, **tier},
        }
        headers = {name: orjson.dumps(value).decode() for name, value in usage.items()}
        return headers | {"facebook-api-version": VERSION}


def _fields(request: Request, default: tuple[str, ...]) -> tuple[str, ...]:
    text = request.query_params.get("fields", "")
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip())) or default


def _account_node(account: Account, fields: tuple[str, ...], control: Control) -> dict[str, Any]:
    offset = control.now.astimezone(ZoneInfo(account.time_zone)).utcoffset() or timedelta(0)
    node: dict[str, Any] = {
        "id": f"act_{account.account_id}",
        "account_id": account.account_id,
        "name": account.name,
        "currency": account.currency,
        "timezone_name": account.time_zone,
        "timezone_offset_hours_utc": offset.total_seconds() / 3600,
        "account_status": 1,
    }
    for name in fields:
        if name not in node:
            raise _Refusal(100, f"(#100) Tried accessing nonexisting field ({name}) on node type (AdAccount)")
    return {name: node[name] for name in fields} | {"id": node["id"]}


def _query(request: Request, today: date) -> InsightsQuery:
    asked = request.query_params
    level = asked.get("level", "account")
    if level not in LEVELS:
        raise _Refusal(100, f"(#100) level must be one of the following values: {', '.join(LEVELS)}")
    if "breakdowns" in asked:
        raise _Refusal(100, "(#100) breakdowns are not simulated by the sandbox")
    fields = _fields(request, DEFAULT_FIELDS)
    for name in fields:
        if name not in FIELDS:
            text = f"(#100) {name} is not valid for fields param. please check {_DOCS} for all valid values"
            raise _Refusal(100, text)
    since, until = _dates(request, today)
    try:
        period_of = periods(asked.get("time_increment", "all_days"), since, until)
    except ValueError:
        raise _Refusal(100, "(#100) time_increment must be 1 to 90, monthly or all_days") from None
    windows = _list(asked.get("action_attribution_windows", "[]"), "action_attribution_windows")
    for index, window in enumerate(windows):
        if window not in WINDOWS:
            text = f"(#100) action_attribution_windows[{index}] must be one of the following values: "
            raise _Refusal(100, text + ", ".join(WINDOWS))
    by_conversion_day = asked.get("action_report_time") == "conversion"
    return InsightsQuery(
        level, fields, since, until, period_of, tuple(windows), by_conversion_day, _campaign_filter(request)
    )


def _dates(request: Request, today: date) -> tuple[date, date]:
    asked = request.query_params
    if "time_range" in asked:
        try:
            given = orjson.loads(asked["time_range"])
            since, until = date.fromisoformat(given["since"]), date.fromisoformat(given["until"])
        except (ValueError, KeyError, TypeError):
            text = "(#100) param time_range must be an object with since and until as YYYY-MM-DD"
            raise _Refusal(100, text) from None
    else:
        preset = asked.get("date_preset", "last_30d")
        if preset not in PRESETS:
            text = f"(#100) date_preset must be one of the following values: {', '.join(PRESETS)}"
            raise _Refusal(100, text)
        since, until = (today - timedelta(days=days) for days in PRESETS[preset])
    if since > until:
        raise _Refusal(100, "(#100) time_range: since must not be after until", 1487930)
    months = today.year * 12 + today.month - 1 - HISTORY_MONTHS
    if since < date(months // 12, months % 12 + 1, min(today.day, 28)):
        text = "(#3018) The start date of the time range cannot be beyond 37 months from the current date"
        raise _Refusal(3018, text, 1487930)
    return since, until


def _campaign_filter(request: Request) -> frozenset[str] | None:
    conditions = _list(request.query_params.get("filtering", "[]"), "filtering")
    if not conditions:
        return None
    wanted: set[str] = set()
    for condition in conditions:
        if condition.get("field") != "campaign.id" or condition.get("operator") not in {"IN", "EQUAL"}:
            raise _Refusal(100, "(#100) filtering: the sandbox knows campaign.id with IN or EQUAL only")
        value = condition["value"]
        wanted |= set(map(str, value if isinstance(value, list) else [value]))
    return frozenset(wanted)


def _list(text: str, name: str) -> list[Any]:
    try:
        found = orjson.loads(text)
    except ValueError:
        found = text.split(",")
    if not isinstance(found, list):
        raise _Refusal(100, f"(#100) Param {name} must be an array.")
    return found


def _page(request: Request, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of `rows` by `limit` and `after`; the last page has cursors, too, but no `next`."""
    try:
        limit = int(request.query_params.get("limit", DEFAULT_LIMIT))
        after = request.query_params.get("after")
        start = _position(after) + 1 if after else 0
    except ValueError:
        raise _Refusal(100, "(#100) Invalid cursor or limit") from None
    if limit < 1:
        raise _Refusal(100, "(#100) Param limit must be a positive number")
    page = rows[start : start + limit]
    if not page:
        return {"data": []}
    last = start + len(page) - 1
    paging: dict[str, Any] = {"cursors": {"before": _cursor(start), "after": _cursor(last)}}
    if last + 1 < len(rows):
        kept = {name: value for name, value in request.query_params.items() if name not in {"after", "before", "limit"}}
        parameters = urlencode(kept | {"limit": limit, "after": _cursor(last)})
        paging["next"] = f"{str(request.base_url).rstrip('/')}{request.url.path}?{parameters}"
    return {"data": page, "paging": paging}


def _cursor(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode().replace("=", "ZD")


def _position(cursor: str) -> int:
    return int(base64.b64decode(cursor.replace("ZD", "=")))
