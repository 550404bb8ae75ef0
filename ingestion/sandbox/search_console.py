"""Search Console: search analytics of one site, by Pacific days, final after two of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingestion.sandbox.control import Control
from ingestion.sandbox.ga4_request import BadRequest, read_body
from ingestion.sandbox.google_errors import json_response, refuse_bearer
from ingestion.sandbox.model import World
from ingestion.sandbox.world_search import SEARCH_ZONE, SITE_URL, QueryDay, searches
from ingestion.sandbox.world_time import midnight
from ingestion.spec import months_before

SCOPE = "https://www.googleapis.com/auth/webmasters.readonly"
LARGEST_LIMIT, DEFAULT_LIMIT = 25_000, 1_000
HISTORY_MONTHS = 16
FINAL_AFTER = timedelta(hours=48)

_FIELDS = {
    "startDate", "endDate", "dimensions", "type", "searchType", "dataState", "rowLimit", "startRow",
    "dimensionFilterGroups", "aggregationType",
}  # fmt: skip
# RE2 looks neither ahead nor behind nor back, as Python's expressions do.
_NOT_RE2 = re.compile(r"\(\?(=|!|<=|<!|P=)|\\[1-9]")
_SITE_HELP = "See also: https://support.google.com/webmasters/answer/2451999."
_Key = tuple[str, ...]


class _SearchConsole:
    def __init__(self, world: World, control: Control) -> None:
        self.world = world
        self.control = control

    def refuse(self, request: Request, site: str | None = None) -> Response | None:
        refusal = refuse_bearer(request, self.control, SCOPE)
        if refusal is None and site not in (None, SITE_URL):
            return _error(403, f"User does not have sufficient permission for site '{site}'. {_SITE_HELP}", "forbidden")
        return refusal

    async def sites(self, request: Request) -> Response:
        entry = {"siteUrl": SITE_URL, "permissionLevel": "siteFullUser"}
        return self.refuse(request) or json_response({"siteEntry": [entry]})

    async def site(self, request: Request) -> Response:
        site = request.path_params["site"]
        refusal = self.refuse(request, site)
        return refusal or json_response({"siteUrl": site, "permissionLevel": "siteFullUser"})

    async def query(self, request: Request) -> Response:
        refusal = self.refuse(request, request.path_params["site"])
        if refusal is not None:
            return refusal
        try:
            return json_response(self.answer(read_body(await request.body())))
        except BadRequest as error:
            return _error(400, str(error), "invalidParameter")

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """The reply to a query. Raises BadRequest."""
        for name in body:
            if name not in _FIELDS:
                raise BadRequest(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
        first, last = _day(body, "startDate"), _day(body, "endDate")
        if first > last:
            raise BadRequest("Start date cannot be after end date.")
        dimensions = [str(name).lower() for name in body.get("dimensions", [])]
        if not set(dimensions) <= {"date", "query"}:
            raise BadRequest("The sandbox simulates the dimensions date and query.")
        limit, start = int(body.get("rowLimit", DEFAULT_LIMIT)), int(body.get("startRow", 0))
        if not 1 <= limit <= LARGEST_LIMIT or start < 0:
            raise BadRequest(f"rowLimit must be between 1 and {LARGEST_LIMIT}, and startRow not negative.")
        wants_all = str(body.get("dataState", "final")).lower() == "all"
        filters = [one for group in body.get("dimensionFilterGroups", []) for one in group.get("filters", [])]
        found: dict[_Key, list[QueryDay]] = {}
        incomplete: date | None = None
        for day in self.days(first, last):
            share = self.share(day)
            if share < 1:
                if not wants_all:
                    continue
                incomplete = incomplete or day
            for one in _filtered(searches(self.world, day), filters):
                if one.query is None and "query" in dimensions:
                    continue
                seen = one._replace(clicks=int(one.clicks * share), impressions=int(one.impressions * share))
                if seen.impressions:
                    key = tuple(day.isoformat() if name == "date" else str(one.query) for name in dimensions)
                    found.setdefault(key, []).append(seen)
        rows = [_row(key, group) for key, group in found.items()]
        # By day in order of time, anything else by clicks.
        rows.sort(key=lambda row: row["keys"] if dimensions == ["date"] else (-row["clicks"], row.get("keys", [])))
        page = rows[start : start + limit]
        reply: dict[str, Any] = {"responseAggregationType": "byProperty"}
        if page:
            reply["rows"] = page
        if incomplete and "date" in dimensions:
            reply["metadata"] = {"firstIncompleteDate": incomplete.isoformat()}
        return reply

    def days(self, first: date, last: date) -> Iterable[date]:
        """The days of a request of which anything is known."""
        today = self.control.now.astimezone(ZoneInfo(SEARCH_ZONE)).date()
        day = max(first, months_before(today, HISTORY_MONTHS), self.world.start)
        while day <= min(last, today, self.world.today):
            yield day
            day += timedelta(days=1)

    def share(self, day: date) -> float:
        """How much of a day is known by now: 1 when it is final, two days after its end."""
        begins, now = midnight(day, SEARCH_ZONE), self.control.now
        whole: datetime = midnight(day + timedelta(days=1), SEARCH_ZONE) + FINAL_AFTER
        return max(0.0, min(1.0, (now - begins) / (whole - begins)))


def _filtered(found: Iterable[QueryDay], filters: list[dict[str, Any]]) -> Iterable[QueryDay]:
    for one in filters:
        if str(one.get("dimension", "query")).lower() != "query":
            raise BadRequest("The sandbox simulates filters of the dimension query.")
        found = _matching(found, str(one.get("operator", "equals")), str(one.get("expression", "")))
    return found


def _matching(found: Iterable[QueryDay], operator: str, expression: str) -> Iterable[QueryDay]:
    """What a filter lets through; queries that are kept secret pass none."""
    is_negated = operator.lower().startswith(("not", "excluding"))
    if operator.lower().endswith("regex"):
        if _NOT_RE2.search(expression):
            raise BadRequest(f"Invalid regular expression: {expression}")
        try:
            pattern = re.compile(expression)
        except re.error:
            raise BadRequest(f"Invalid regular expression: {expression}") from None
    else:
        text = re.escape(expression)
        pattern = re.compile(text if operator.lower().endswith("contains") else f"^{text}$")
    return [one for one in found if one.query is not None and bool(pattern.search(one.query)) != is_negated]


def _row(key: _Key, group: list[QueryDay]) -> dict[str, Any]:
    clicks, impressions = sum(one.clicks for one in group), sum(one.impressions for one in group)
    position = sum(one.position * one.impressions for one in group) / impressions
    numbers = {
        "clicks": float(clicks),
        "impressions": float(impressions),
        "ctr": clicks / impressions,
        "position": position,
    }
    return {"keys": list(key), **numbers} if key else numbers


def _day(body: dict[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(body.get(name, "")))
    except ValueError:
        raise BadRequest(f"Invalid value at '{name}': dates are YYYY-MM-DD.") from None


def _error(status: int, message: str, reason: str) -> Response:
    """An error in the older envelope, which Search Console still uses."""
    listed = [{"message": message, "domain": "global", "reason": reason}]
    return json_response({"error": {"code": status, "message": message, "errors": listed}}, status)


def routes(world: World, control: Control) -> list[BaseRoute]:
    """The routes below /webmasters/v3; a site's address may hold slashes."""
    api = _SearchConsole(world, control)
    return [
        Route("/webmasters/v3/sites", api.sites, methods=["GET"]),
        Route("/webmasters/v3/sites/{site:path}/searchAnalytics/query", api.query, methods=["POST"]),
        Route("/webmasters/v3/sites/{site:path}", api.site, methods=["GET"]),
    ]
