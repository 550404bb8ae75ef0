"""Meta's Marketing API: ad accounts, what is in them, and their insights, at once or by report runs.

As Graph v26.0: every number is a string, errors are HTTP 400 with a code of their own, each reply carries the usage
headers, pages are chained by `paging.next` (with the sandbox's host, and with the token where it came as a parameter).
Retired attribution windows (`7d_view`, `28d_view`) are taken and never answered. Two conditions say how large a report
is at most: `meta/rows_of_a_run` (above it a run fails with 1487534) and `meta/rows_at_once` (HTTP 500: too much data).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingestion.sandbox.intraday import local_day
from ingestion.sandbox.meta_entities import EDGE_FIELDS, Entities
from ingestion.sandbox.meta_insights import AccountInsights
from ingestion.sandbox.meta_request import Refusal, fields_of, insights_query, list_of, page_of
from ingestion.sandbox.meta_runs import ROWS_OF_A_RUN, Runs
from ingestion.sandbox.model import Account, World

if TYPE_CHECKING:
    from ingestion.sandbox.control import Control

VERSION = "v26.0"
CALLS_PER_BLOCK = 9_000
BLOCK_SECONDS = 300
ROWS_AT_ONCE = 20_000

Answer = Callable[[Request, Mapping[str, str]], dict[str, Any]]


def routes(world: World, control: Control) -> list[Route]:
    """The service's routes over `world` at `control.now`."""
    graph = _Graph(world, control)
    prefix = "/v{major:int}.{minor:int}"
    return [
        Route(f"{prefix}/me/adaccounts", graph.endpoint(graph.accounts), methods=["GET"]),
        Route(prefix + "/{node}/insights", graph.endpoint(graph.insights), methods=["GET"]),
        Route(prefix + "/{node}/insights", graph.posted(graph.start_run), methods=["POST"]),
        Route(prefix + "/{node}/{edge}", graph.endpoint(graph.edge), methods=["GET"]),
        Route(prefix + "/{node}", graph.endpoint(graph.node), methods=["GET"]),
    ]


class _Graph:
    def __init__(self, world: World, control: Control) -> None:
        self._control = control
        accounts = [account for account in world.accounts if account.platform == "meta_ads"]
        self._insights = {f"act_{a.account_id}": AccountInsights(world, a) for a in accounts}
        self._entities = {f"act_{a.account_id}": Entities(world, a) for a in accounts}
        self._runs = Runs()
        self._block_began = (control.now, time.monotonic())

    def endpoint(self, answer: Answer) -> Callable[[Request], Response]:
        """`answer` behind the checks of token and version, with the headers of every reply."""

        def reply(request: Request) -> Response:
            return self._reply(request, request.query_params, answer)

        return reply

    def posted(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """As `endpoint`, for parameters that come in the body, as a form or as JSON."""

        async def reply(request: Request) -> Response:
            body = (await request.body()).decode()
            given = orjson.loads(body) if body.startswith("{") else dict(parse_qsl(body))
            asked = {name: v if isinstance(v, str) else orjson.dumps(v).decode() for name, v in given.items()}
            return self._reply(request, {**request.query_params, **asked}, answer)

        return reply

    def _reply(self, request: Request, asked: Mapping[str, str], answer: Answer) -> Response:
        try:
            self._authorize(request, asked)
            body, status = answer(request, asked), 200
        except Refusal as refusal:
            body, status = refusal.body, refusal.status
        return Response(orjson.dumps(body), status, self._headers(), "application/json; charset=UTF-8")

    def accounts(self, request: Request, asked: Mapping[str, str]) -> dict[str, Any]:
        fields = fields_of(asked, ("account_id",))
        nodes = [_account_node(insights.account, fields, self._control) for insights in self._insights.values()]
        return page_of(request, nodes)

    def node(self, request: Request, asked: Mapping[str, str]) -> dict[str, Any]:
        name = request.path_params["node"]
        if name == "me":
            return {"name": "Larkspur reporting", "id": "100000000000001"}
        if name in self._runs.runs:
            return self._runs.look(self._runs.runs[name], self._control.now)
        return _account_node(self._account(name).account, fields_of(asked, ("account_id",)), self._control)

    def insights(self, request: Request, asked: Mapping[str, str]) -> dict[str, Any]:
        name = request.path_params["node"]
        if name in self._runs.runs:
            return page_of(request, self._runs.rows(self._runs.runs[name]))
        insights = self._account(name)
        query = insights_query(asked, local_day(self._control.now, insights.account.time_zone))
        rows = insights.rows(query, self._control.now)
        if len(rows) > int(self._control.conditions.get("meta/rows_at_once", ROWS_AT_ONCE)):
            text = "Please reduce the amount of data you're asking for, then retry your request"
            raise Refusal(1, text, 99, 500)
        return page_of(request, rows)

    def start_run(self, request: Request, asked: Mapping[str, str]) -> dict[str, Any]:
        insights = self._account(request.path_params["node"])
        query = insights_query(asked, local_day(self._control.now, insights.account.time_zone))
        most = int(self._control.conditions.get("meta/rows_of_a_run", ROWS_OF_A_RUN))
        return self._runs.start(insights, query, self._control.now, most)

    def edge(self, request: Request, asked: Mapping[str, str]) -> dict[str, Any]:
        name = request.path_params["edge"]
        if name not in EDGE_FIELDS:
            raise Refusal(2500, f"Unknown path components: /{name}")
        account = self._account(request.path_params["node"]).account
        known = EDGE_FIELDS[name].split()
        fields = fields_of(asked, ("id",))
        for field in fields:
            if field not in known:
                raise Refusal(100, f"(#100) Tried accessing nonexisting field ({field}) on node type ({name})")
        statuses = (
            frozenset(list_of(asked["effective_status"], "effective_status")) if "effective_status" in asked else None
        )
        nodes = self._entities[f"act_{account.account_id}"].edge(name, self._control.now, statuses)
        return page_of(request, [{key: node[key] for key in ("id", *fields) if key in node} for node in nodes])

    def _account(self, name: str) -> AccountInsights:
        if name not in self._insights:
            raise Refusal(
                100,
                f"Unsupported get request. Object with ID '{name}' does not exist, cannot be loaded due to missing "
                "permissions, or does not support this operation. Please read the Graph API documentation at "
                "https://developers.facebook.com/docs/graph-api",
                33,
                type="GraphMethodException",
            )
        return self._insights[name]

    def _authorize(self, request: Request, asked: Mapping[str, str]) -> None:
        self._count_call()
        header = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        token = asked.get("access_token") or header
        if not token:
            text = "An access token is required to request this resource."
            raise Refusal(104, text)
        if self._control.check_token(token, "meta") != "valid":
            raise Refusal(190, "Invalid OAuth access token - Cannot parse access token")
        version = f"v{request.path_params['major']}.{request.path_params['minor']}"
        if version != VERSION:
            text = "(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version: "
            raise Refusal(2635, f"{text}{VERSION}.")
        if self._percent() >= 100:
            text = "(#80000) There have been too many calls from this ad-account. Wait a bit and try again."
            raise Refusal(80000, text, 2446079)

    def _count_call(self) -> None:
        used = self._control.quota_used
        if "meta" not in used:
            self._runs.forget()
        began, clock = self._block_began
        if not began <= self._control.now < began + timedelta(seconds=BLOCK_SECONDS) or (
            time.monotonic() - clock > BLOCK_SECONDS
        ):
            used["meta"] = 0
            self._block_began = (self._control.now, time.monotonic())
        used["meta"] = used.get("meta", 0) + 1

    def _percent(self) -> int:
        return min(100, self._control.quota_used.get("meta", 0) * 100 // CALLS_PER_BLOCK)

    def _headers(self) -> dict[str, str]:
        percent = self._percent()
        minutes = BLOCK_SECONDS // 60 if percent == 100 else 0
        tier = {"ads_api_access_tier": "standard_access"}
        load = {"call_count": percent, "total_cputime": percent // 2, "total_time": percent // 2}
        business = {"type": "ads_insights", **load, "estimated_time_to_regain_access": minutes, **tier}
        usage: dict[str, Any] = {
            "x-app-usage": load,
            "x-ad-account-usage": {"acc_id_util_pct": percent, "reset_time_duration": BLOCK_SECONDS, **tier},
            "x-business-use-case-usage": {name.removeprefix("act_"): [business] for name in self._insights},
            "x-fb-ads-insights-throttle": {"app_id_util_pct": percent, "acc_id_util_pct": percent, **tier},
        }
        headers = {name: orjson.dumps(value).decode() for name, value in usage.items()}
        return headers | {"facebook-api-version": VERSION}


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
            raise Refusal(100, f"(#100) Tried accessing nonexisting field ({name}) on node type (AdAccount)")
    return {name: node[name] for name in fields} | {"id": node["id"]}
