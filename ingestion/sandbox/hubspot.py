"""HubSpot's CRM: objects, search, batches, associations, pipelines, properties and owners of the simulated portal.

At the dated paths (`/crm/objects/2026-09/...`) and at their numbered aliases (`/crm/v3/objects/...`, v4 for
associations). Search trails the lists by half a minute, as the vendor's index does, and never shows archived objects.
The token reads contacts, companies, deals and owners; other objects answer 403 MISSING_SCOPES. Requests are limited by
the day; the condition `hubspot/interval_limit` limits those of any ten virtual seconds too, as a portal's edition does,
and `hubspot/search_limit` the searches of a virtual second. Without, the headers tell of more than any edition allows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingestion.sandbox import hubspot_settings as settings
from ingestion.sandbox.hubspot_catalog import KINDS, LINK_TYPES, SINGULAR, ObjectType
from ingestion.sandbox.hubspot_links import INLINE_LINKS, Link, inline, written
from ingestion.sandbox.hubspot_objects import CrmObject, CrmObjects, Snapshot, stamp
from ingestion.sandbox.hubspot_replies import (
    Refusal,
    cursor,
    daily_limit,
    interval_limit,
    invalid,
    item_error,
    missing_scope,
    not_found,
    page_size,
    secondly_limit,
    unauthorized,
)
from ingestion.sandbox.hubspot_search import search
from ingestion.sandbox.model import World

if TYPE_CHECKING:
    from ingestion.sandbox.control import Control

VERSIONS = frozenset({"2026-09", "2026-03", "v3", "v4"})
LIST_LIMIT, HISTORY_LIMIT, BATCH_LIMIT, OWNERS_LIMIT = 100, 50, 100, 500
ASSOCIATION_INPUTS, ASSOCIATION_PAGE = 1_000, 500
INDEX_LAG = timedelta(seconds=30)
DAILY_LIMIT, INTERVAL_LIMIT, INTERVAL_SECONDS = 250_000, 1_000, 10

Answer = Callable[[Request, dict[str, Any]], tuple[int, dict[str, Any]]]


def routes(world: World, control: Control) -> list[Route]:
    """The portal's routes over `world` at `control.now`."""
    portal = _Portal(world, control)
    paths: list[tuple[str, str, str, Answer]] = [
        ("objects", "/{kind}", "GET", portal.list_objects),
        ("objects", "/{kind}/search", "POST", portal.search),
        ("objects", "/{kind}/batch/read", "POST", portal.batch_read),
        ("objects", "/{kind}/{object_id}", "GET", portal.one),
        ("objects", "/{kind}/{object_id}/associations/{to}", "GET", portal.associations_of_one),
        ("associations", "/{kind}/{to}/batch/read", "POST", portal.associations),
        ("pipelines", "/{kind}", "GET", portal.pipelines),
        ("properties", "/{kind}", "GET", portal.properties),
        ("owners", "", "GET", portal.owners),
    ]
    found = []
    for area, rest, method, answer in paths:
        for path in (f"/crm/{area}/{{version}}{rest}", f"/crm/{{version}}/{area}{rest}"):
            found.append(Route(path, portal.endpoint(answer, quiet=answer == portal.search), methods=[method]))
    details = "/account-info/{version}/details"
    return [*found, Route(details, portal.endpoint(portal.account), methods=["GET"])]


class _Portal:
    def __init__(self, world: World, control: Control) -> None:
        self._world = world
        self._control = control
        self._objects = CrmObjects(world)

    def endpoint(self, answer: Answer, *, quiet: bool = False) -> Callable[[Request], Awaitable[Response]]:
        """`answer` behind the checks of token and version; `quiet` leaves the rate-limit headers out."""

        async def reply(request: Request) -> Response:
            try:
                self._authorize(request)
                status, body = answer(request, _json(await request.body()))
            except Refusal as refusal:
                status, body = refusal.status, refusal.body
            headers = {} if quiet else self._headers()
            return Response(orjson.dumps(body), status, headers, "application/json;charset=utf-8")

        return reply

    def list_objects(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        kind, asked = _kind(request), request.query_params
        history = _names(request, "propertiesWithHistory")
        limit = page_size(asked.get("limit"), 10, HISTORY_LIMIT if history else LIST_LIMIT)
        start = cursor(asked.get("after"))
        archived = _truth(asked.get("archived"))
        found = [
            one for number, one in self._now(kind).objects.items() if number >= start and one.is_archived is archived
        ]
        results = [self._with_associations(request, kind, one, history) for one in found[:limit]]
        body: dict[str, Any] = {"results": results}
        if len(found) > limit:
            body["paging"] = {"next": _next(request, str(found[limit - 1].object_id + 1))}
        return 200, body

    def one(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        kind, object_id = _kind(request), request.path_params["object_id"]
        one = self._now(kind).get(object_id)
        if one is None or one.is_archived is not _truth(request.query_params.get("archived")):
            raise not_found(f"Object not found. objectId: {object_id}")
        return 200, self._with_associations(request, kind, one, _names(request, "propertiesWithHistory"))

    def search(self, request: Request, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        kind = _kind(request)
        limit = self._control.conditions.get("hubspot/search_limit")
        used, second = self._control.quota_used, f"hubspot/search/{int(self._control.now.timestamp())}"
        if limit is not None and used.get(second, 0) >= int(limit):
            raise secondly_limit()
        used[second] = used.get(second, 0) + 1
        indexed = self._objects.at(kind, self._control.now - INDEX_LAG)
        return 200, search(kind, indexed.objects.values(), body)

    def batch_read(self, request: Request, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        kind, history = _kind(request), body.get("propertiesWithHistory") or ()
        wanted = _inputs(body, HISTORY_LIMIT if history else BATCH_LIMIT)
        snapshot, archived = self._now(kind), _truth(request.query_params.get("archived"))
        by_email = {o.properties.get("email"): o for o in snapshot.objects.values()} if body.get("idProperty") else {}
        results, missing = [], []
        for item in wanted:
            one = by_email.get(item["id"]) if body.get("idProperty") else snapshot.get(item["id"])
            if one is None or one.is_archived is not archived:
                missing.append(item["id"])
            else:
                results.append(one.as_json(kind, body.get("properties") or (), history))
        message = f"Could not get some {SINGULAR[kind].upper()} objects, they may be deleted or not exist."
        errors = [item_error("OBJECT_NOT_FOUND", message, missing, errors=[], links={})] if missing else []
        return self._batch(results, errors)

    def associations(self, request: Request, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        kind, to = _kind(request), _kind(request, "to")
        numbered = request.path_params["version"] == "v4"
        results: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for item in _inputs(body, ASSOCIATION_INPUTS):
            found = self._linked(kind, to, item["id"])
            if not found:
                errors.append(_no_associations(kind, to, item["id"]))
                continue
            start = cursor(item.get("after"))
            page = found[start : start + ASSOCIATION_PAGE]
            result = {"from": {"id": item["id"]}, "to": [written(kind, to, link, numbered=numbered) for link in page]}
            if start + ASSOCIATION_PAGE < len(found):
                result["paging"] = {"next": {"after": str(start + ASSOCIATION_PAGE)}}
            results.append(result)
        return self._batch(results, errors)

    def associations_of_one(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if request.path_params["version"] != "v4":
            raise not_found("resource not found")
        kind, to = _kind(request), _kind(request, "to")
        found = self._linked(kind, to, request.path_params["object_id"])
        limit = page_size(request.query_params.get("limit"), ASSOCIATION_PAGE, ASSOCIATION_PAGE)
        start = cursor(request.query_params.get("after"))
        body: dict[str, Any] = {
            "results": [written(kind, to, link, numbered=True) for link in found[start : start + limit]]
        }
        if start + limit < len(found):
            body["paging"] = {"next": _next(request, str(start + limit))}
        return 200, body

    def pipelines(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return 200, settings.pipelines(self._world, _kind(request))

    def properties(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return 200, settings.properties(self._world, _kind(request))

    def owners(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        asked = request.query_params
        limit = page_size(asked.get("limit"), 100, OWNERS_LIMIT)
        start = cursor(asked.get("after"))
        found = settings.owners(self._world, archived=_truth(asked.get("archived")), email=asked.get("email"))
        found = [owner for owner in found if int(owner["id"]) >= start]
        body: dict[str, Any] = {"results": found[:limit]}
        if len(found) > limit:
            body["paging"] = {"next": _next(request, found[limit]["id"])}
        return 200, body

    def account(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return 200, settings.account(self._world, self._control.now)

    def _now(self, kind: ObjectType) -> Snapshot:
        return self._objects.at(kind, self._control.now)

    def _linked(self, kind: ObjectType, to: ObjectType, object_id: str) -> list[Link]:
        one = self._now(kind).get(object_id)
        found = self._objects.links(self._control.now).get((kind, to), {})
        return found.get(str(one.object_id), []) if one is not None else []

    def _with_associations(
        self, request: Request, kind: ObjectType, one: CrmObject, history: list[str]
    ) -> dict[str, Any]:
        body = one.as_json(kind, _names(request, "properties"), history)
        for name in _names(request, "associations"):
            to = KINDS.get(name)
            if to is None or (kind, to) not in LINK_TYPES:
                continue
            if links := self._linked(kind, to, str(one.object_id)):
                path = f"/crm/objects/{request.path_params['version']}/{kind}/{one.object_id}/associations/{to}"
                further = _next(request, str(INLINE_LINKS), path)
                body.setdefault("associations", {})[to] = inline(kind, to, links, further)
        return body

    def _batch(self, results: list[Any], errors: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        at = stamp(self._control.now)
        body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}
        if errors:
            body |= {"numErrors": len(errors), "errors": errors}
        return 207 if errors else 200, body

    def _authorize(self, request: Request) -> None:
        self._control.quota_used["hubspot"] = self._control.quota_used.get("hubspot", 0) + 1
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self._control.check_token(token or None, "hubspot") != "valid":
            raise unauthorized()
        if request.path_params["version"] not in VERSIONS:
            raise not_found("resource not found")
        if self._control.quota_used["hubspot"] > DAILY_LIMIT:
            raise daily_limit()
        limit = self._control.conditions.get("hubspot/interval_limit")
        if limit is not None:
            if self._used_lately() >= int(limit):
                raise interval_limit()
            used, second = self._control.quota_used, f"hubspot/{int(self._control.now.timestamp())}"
            used[second] = used.get(second, 0) + 1

    def _used_lately(self) -> int:
        """Accepted requests of the last ten virtual seconds; counted only where they are limited."""
        now = int(self._control.now.timestamp())
        return sum(self._control.quota_used.get(f"hubspot/{now - n}", 0) for n in range(INTERVAL_SECONDS))

    def _headers(self) -> dict[str, str]:
        used = self._control.quota_used.get("hubspot", 0)
        limit = int(self._control.conditions.get("hubspot/interval_limit", INTERVAL_LIMIT))
        return {
            "X-HubSpot-RateLimit-Daily": str(DAILY_LIMIT),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, DAILY_LIMIT - used)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(INTERVAL_SECONDS * 1000),
            "X-HubSpot-RateLimit-Max": str(limit),
            "X-HubSpot-RateLimit-Remaining": str(max(0, limit - (self._used_lately() or 1))),
        }


def _kind(request: Request, name: str = "kind") -> ObjectType:
    kind = request.path_params[name]
    if kind not in KINDS:
        raise missing_scope(f"crm.objects.{kind}.read")
    return KINDS[kind]


def _json(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise invalid("Invalid input JSON on line 1, column 1")
    return body


def _names(request: Request, name: str) -> list[str]:
    return [part.strip() for text in request.query_params.getlist(name) for part in text.split(",") if part.strip()]


def _truth(text: str | None) -> bool:
    return (text or "").lower() == "true"


def _inputs(body: dict[str, Any], limit: int) -> list[dict[str, str]]:
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(item, dict) and "id" in item for item in inputs):
        raise invalid("Invalid input: inputs must be a list of objects with an id")
    if len(inputs) > limit:
        raise invalid(f"Invalid input: at most {limit} inputs, got {len(inputs)}")
    return [{name: str(value) for name, value in item.items()} for item in inputs]


def _no_associations(kind: ObjectType, to: ObjectType, object_id: str) -> dict[str, Any]:
    return item_error(
        "OBJECT_NOT_FOUND",
        f"No {SINGULAR[to]} is associated with {SINGULAR[kind]} {object_id}.",
        [object_id],
        subCategory="crm.associations.NO_ASSOCIATIONS_FOUND",
        errors=[],
        links={},
    )


def _next(request: Request, after: str, path: str | None = None) -> dict[str, str]:
    """The cursor of the next page, and its link on the sandbox's host."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    link = f"{str(request.base_url).rstrip('/')}{path or request.url.path}?{urlencode([*kept, ('after', after)])}"
    return {"after": after, "link": link}
