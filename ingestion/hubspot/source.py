"""Reads the portal as it stands: live and archived objects, and which contacts belong to which deal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import dlt

from ingestion.context import LoadContext, Verdict
from ingestion.http import StaticToken
from ingestion.hubspot import objects
from ingestion.hubspot.objects import Row
from ingestion.hubspot.replies import classify
from warehouse.errors import ConfigurationError

PAGE = 100
OWNERS_PAGE = 500


def resources(context: LoadContext) -> Iterable[Any]:
    """One resource a table."""
    portal = Portal(context)
    yield dlt.resource(portal.contacts(), name="contacts")
    yield dlt.resource(portal.deals(), name="deals")
    yield dlt.resource(portal.deal_contacts(), name="deal_contacts")
    yield dlt.resource(portal.pipeline_stages(), name="pipeline_stages")
    yield dlt.resource(portal.owners(), name="owners")


def verdicts(context: LoadContext) -> list[Verdict]:
    """One cheap request a kind of object."""
    portal, found = Portal(context), []
    probes: dict[str, Callable[[], str]] = {
        "portal": lambda: f"{portal.details['portalId']}, currency {portal.company_currency}",
        "contacts": lambda: portal.try_list("contacts"),
        "deals": lambda: portal.try_list("deals"),
        "pipelines": lambda: f"{len(list(portal.pipeline_stages()))} pipelines",
        "owners": portal.try_owners,
    }
    for subject, attempt in probes.items():
        try:
            found.append(Verdict(True, f"hubspot {subject}", attempt()))
        except ConfigurationError as error:
            found.append(Verdict(False, f"hubspot {subject}", str(error)))
    return found


class Portal:
    """One HubSpot portal."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self._http = context.http(classify, auth=StaticToken(context.text_secret("access_token")))
        self._version = context.setting("api_version")
        self._client_id_property = str(context.settings.get(*objects.CLIENT_ID_SETTING))
        self._margin_property = str(context.settings.get(*objects.MARGIN_SETTING))

    @cached_property
    def details(self) -> Mapping[str, Any]:
        """The account's own facts."""
        reply: Mapping[str, Any] = self._get(f"/account-info/{self._version}/details", {}, "portal")
        return reply

    @property
    def company_currency(self) -> str:
        """What an amount is in where the deal does not say: portals with one currency leave the field empty."""
        return str(self.details["companyCurrency"])

    def contacts(self) -> Iterator[list[Row]]:
        """All contacts, archived ones too."""
        properties = objects.contact_properties(self._client_id_property)
        for page in self._all("contacts", {"properties": ",".join(properties)}):
            yield [objects.contact_row(contact, self._client_id_property) for contact in page]

    def deals(self) -> Iterator[list[Row]]:
        """All deals, archived ones too."""
        for start in range(0, len(self._deals), PAGE):
            rows = [objects.deal_row(deal, self._margin_property) for deal in self._deals[start : start + PAGE]]
            for row in rows:
                if row["amount"] is not None and row["currency_code"] is None:
                    row["currency_code"] = self.company_currency
            yield rows

    def deal_contacts(self) -> Iterator[list[Row]]:
        """Each pair of deal and contact once, whatever labels it has."""
        yield [
            {"deal_id": str(deal["id"]), "contact_id": contact_id}
            for deal in self._deals
            for contact_id in self._contacts_of(deal)
        ]

    def _contacts_of(self, deal: Mapping[str, Any]) -> Iterable[str]:
        linked = (deal.get("associations") or {}).get("contacts") or {}
        if "next" in (linked.get("paging") or {}):
            return dict.fromkeys(self._associated(str(deal["id"])))
        return dict.fromkeys(str(contact["id"]) for contact in linked.get("results", ()))

    def pipeline_stages(self) -> Iterator[list[Row]]:
        """The stages of all deal pipelines."""
        reply = self._get(f"/crm/pipelines/{self._version}/deals", {}, "pipelines")
        for pipeline in reply["results"]:
            yield objects.stage_rows(pipeline)

    def owners(self) -> Iterator[list[Row]]:
        """All owners, archived ones too."""
        for page in self._passes("owners", f"/crm/owners/{self._version}", {"limit": OWNERS_PAGE}):
            yield [objects.owner_row(owner) for owner in page]

    def try_list(self, kind: str) -> str:
        """Read one object."""
        self._get(f"/crm/objects/{self._version}/{kind}", {"limit": 1}, kind)
        return "readable"

    def try_owners(self) -> str:
        """Read one owner."""
        self._get(f"/crm/owners/{self._version}", {"limit": 1}, "owners")
        return "readable"

    @cached_property
    def _deals(self) -> list[Mapping[str, Any]]:
        # Two tables come from these pages: read once, kept for both.
        properties = ",".join(objects.deal_properties(self._margin_property))
        pages = self._all("deals", {"properties": properties, "associations": "contacts"})
        return [deal for page in pages for deal in page]

    def _all(self, kind: str, params: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
        return self._passes(kind, f"/crm/objects/{self._version}/{kind}", {"limit": PAGE, **params})

    def _passes(self, kind: str, path: str, params: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
        """The live objects, then the archived ones, which the first list leaves out; each id once.

        What is archived while this runs stands in both lists.
        """
        seen: set[str] = set()
        for archived in ("false", "true"):
            count = 0
            for page in self._pages(kind, path, {**params, "archived": archived}):
                fresh = [found for found in page if str(found["id"]) not in seen]
                seen.update(str(found["id"]) for found in fresh)
                count += len(fresh)
                yield fresh
            self._context.note_request(kind, rows=count, metadata={"archived": archived == "true"})

    def _pages(self, kind: str, path: str, params: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
        after: str | None = None
        while True:
            reply = self._get(path, params if after is None else {**params, "after": after}, kind)
            yield reply.get("results", [])
            following = _after(reply)
            if following is None:
                return
            if following == after:
                raise ConfigurationError(f"hubspot: {kind}: HubSpot's pages do not end; nothing was kept, try again")
            after = following

    def _associated(self, deal_id: str) -> Iterator[str]:
        """The contacts of a deal with more of them than its list page holds."""
        path = f"/crm/associations/{self._version}/deals/contacts/batch/read"
        after: str | None = None
        while True:
            asked = {"id": deal_id} if after is None else {"id": deal_id, "after": after}
            reply = self._http.post(path, json={"inputs": [asked]}, subject="associations").json()
            after = None
            for result in reply.get("results", ()):
                for linked in result["to"]:
                    yield str(linked["toObjectId"])
                after = _after(result)
            if after is None:
                return

    def _get(self, path: str, params: Mapping[str, Any], subject: str) -> Any:
        return self._http.get(path, params=params, subject=subject).json()


def _after(reply: Mapping[str, Any]) -> str | None:
    """The cursor of the next page. The link beside it is never followed: it may point to another host."""
    following = ((reply.get("paging") or {}).get("next") or {}).get("after")
    return None if following is None else str(following)
