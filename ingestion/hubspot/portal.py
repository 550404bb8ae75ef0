"""One HubSpot portal over HTTP: lists, searches, batches and associations, each read to its last page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from ingestion.context import LoadContext
from ingestion.http import StaticToken
from ingestion.hubspot.pacing import Pacing
from ingestion.hubspot.replies import classify
from warehouse.errors import ConfigurationError

LIST_PAGE, SEARCH_PAGE, OWNERS_PAGE = 100, 200, 500
BATCH, BATCH_WITH_HISTORY = 100, 50
ASSOCIATION_INPUTS = 1_000
# What the vendor gives the primary company of a contact and of a deal, whatever the portal calls it.
_PRIMARY_COMPANY = frozenset({1, 5})
_GONE = frozenset({"OBJECT_NOT_FOUND", "NOT_FOUND"})

Found = Mapping[str, Any]


class Tie(NamedTuple):
    """Two objects that belong together."""

    from_id: str
    to_id: str
    is_primary: bool


class Portal:
    """One HubSpot portal. Raises ConfigurationError, or EntitySkipped for what the token may not read."""

    def __init__(self, context: LoadContext) -> None:
        token = StaticToken(context.text_secret("access_token"))
        self._http = context.http(classify, auth=token, pacer=Pacing(context))
        self._each = context.each
        self._version = context.setting("api_version")

    @cached_property
    def details(self) -> Found:
        """The account's own facts: portalId, timeZone, companyCurrency."""
        found: Found = self._get(f"/account-info/{self._version}/details", {}, "portal")
        return found

    def ids(self, kind: str, *, archived: bool) -> Iterator[str]:
        """The ids of all objects that are live, or of all archived ones."""
        params = {"limit": LIST_PAGE, "properties": "hs_object_id", "archived": _flag(archived)}
        for page in self._pages(f"/crm/objects/{self._version}/{kind}", params, kind):
            yield from (str(found["id"]) for found in page)

    def changed(self, kind: str, modified: str, since: datetime) -> Iterator[str]:
        """The ids of live objects whose property `modified` is `since` or later.

        A search shows 10,000 results at most, and its pages shift while objects change. So no page is ever turned:
        each search asks for the ids after the last one that came.
        """
        last, since_ms = 0, str(int(since.timestamp() * 1000))
        while True:
            conditions = [
                {"propertyName": modified, "operator": "GTE", "value": since_ms},
                {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)},
            ]
            body = {
                "filterGroups": [{"filters": conditions}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": ["hs_object_id"],
                "limit": SEARCH_PAGE,
                "after": "0",
            }
            path = f"/crm/objects/{self._version}/{kind}/search"
            reply = self._http.post(path, json=body, subject=f"{kind} search").json()
            ids = [int(found["id"]) for found in reply["results"]]
            if any(following <= earlier for earlier, following in zip([last, *ids], ids, strict=False)):
                raise ConfigurationError(
                    f"hubspot: {kind} search: HubSpot does not keep to the order of ids, so changes could be missed; "
                    "set sources.hubspot.full_read_days = 0 to read everything instead"
                )
            yield from map(str, ids)
            if int(reply.get("total", 0)) <= len(ids) or not ids:
                return
            last = ids[-1]

    def read(
        self, kind: str, ids: Iterable[str], properties: Sequence[str], history: str | None, *, archived: bool = False
    ) -> Iterator[Found]:
        """The objects of these ids, as far as they are there; a merged one comes as the one that it was merged into."""
        size = BATCH_WITH_HISTORY if history else BATCH
        path = f"/crm/objects/{self._version}/{kind}/batch/read"

        def objects(some: list[str]) -> list[Found]:
            body = {
                "inputs": [{"id": one} for one in some],
                "properties": list(properties),
                "propertiesWithHistory": [history] if history else [],
            }
            reply = self._http.post(path, json=body, params={"archived": _flag(archived)}, subject=kind).json()
            _refuse_errors(kind, reply)
            return list(reply["results"])

        for _, found in self._each(objects, _batches(ids, size)):
            yield from found

    def ties(self, kind: str, to: str, ids: Iterable[str]) -> Iterator[Tie]:
        """What the objects of these ids are tied to: each pair once, whatever labels it has."""
        path, subject = f"/crm/associations/{self._version}/{kind}/{to}/batch/read", f"{kind} to {to}"

        def tied(some: list[str]) -> list[Tie]:
            found: list[Tie] = []
            asked: list[dict[str, str]] = [{"id": one} for one in some]
            while asked:
                reply = self._http.post(path, json={"inputs": asked}, subject=subject).json()
                _refuse_errors(subject, reply)
                further: list[dict[str, str]] = []
                for result in reply["results"]:
                    from_id, after = str(result["from"]["id"]), _after(result)
                    for linked in result["to"]:
                        types = {kind.get("typeId") for kind in linked.get("associationTypes") or ()}
                        found.append(Tie(from_id, str(linked["toObjectId"]), bool(types & _PRIMARY_COMPANY)))
                    if after is not None:
                        further.append({"id": from_id, "after": after})
                if further == asked:
                    raise _endless(subject)
                asked = further
            return found

        for _, found in self._each(tied, _batches(ids, ASSOCIATION_INPUTS)):
            yield from found

    def properties(self, kind: str) -> list[Found]:
        """What the portal knows of objects of this kind."""
        reply = self._get(f"/crm/properties/{self._version}/{kind}", {}, f"properties of {kind}")
        return list(reply["results"])

    def pipelines(self) -> list[Found]:
        """The pipelines of deals, with their stages."""
        return list(self._get(f"/crm/pipelines/{self._version}/deals", {}, "pipelines")["results"])

    def owners(self, *, archived: bool) -> Iterator[list[Found]]:
        """The owners who are there, or those who have left."""
        params = {"limit": OWNERS_PAGE, "archived": _flag(archived)}
        yield from self._pages(f"/crm/owners/{self._version}", params, "owners")

    def try_list(self, area: str, subject: str) -> str:
        """Read one object."""
        self._get(f"/crm/{area}", {"limit": 1}, subject)
        return "readable"

    def try_objects(self, kind: str) -> str:
        """Read one object of a kind."""
        return self.try_list(f"objects/{self._version}/{kind}", kind)

    def try_owners(self) -> str:
        """Read one owner."""
        return self.try_list(f"owners/{self._version}", "owners")

    def _pages(self, path: str, params: Mapping[str, Any], subject: str) -> Iterator[list[Found]]:
        after: str | None = None
        while True:
            reply = self._get(path, params if after is None else {**params, "after": after}, subject)
            _refuse_errors(subject, reply)
            yield reply["results"]
            following = _after(reply)
            if following is None:
                return
            if following == after:
                raise _endless(subject)
            after = following

    def _get(self, path: str, params: Mapping[str, Any], subject: str) -> Any:
        return self._http.get(path, params=params, subject=subject).json()


def _batches(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(ids)
    while batch := list(islice(rest, size)):
        yield batch


def _refuse_errors(subject: str, reply: Found) -> None:
    """A batch may have read some and failed on others (HTTP 207): what is gone or tied to nothing is no failure."""
    for error in reply.get("errors") or ():
        category, sub_category = str(error.get("category", "")), str(error.get("subCategory") or "")
        if category not in _GONE and not sub_category.endswith("NO_ASSOCIATIONS_FOUND"):
            raise ConfigurationError(
                f"hubspot: {subject}: HubSpot could not read {reply.get('numErrors', 'some')} of a batch ({category}); "
                "nothing was kept, try again later"
            )


def _endless(subject: str) -> ConfigurationError:
    return ConfigurationError(f"hubspot: {subject}: HubSpot's pages do not end; nothing was kept, try again")


def _after(reply: Found) -> str | None:
    """The cursor of the next page. The link beside it is never followed: it may point to another host."""
    following = ((reply.get("paging") or {}).get("next") or {}).get("after")
    return None if following is None else str(following)


def _flag(value: bool) -> str:
    return "true" if value else "false"
