"""What makes up a load of the CRM: its objects, their stages, and who belongs to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import dlt

from ingestion.context import LoadContext, Verdict
from ingestion.http import EntitySkipped
from ingestion.hubspot import objects
from ingestion.hubspot.objects import Row
from ingestion.hubspot.portal import Portal
from ingestion.hubspot.reading import Standing
from warehouse.errors import ConfigurationError

ROWS_A_PIECE = 10_000


def resources(context: LoadContext) -> Iterable[Any]:
    """One resource a table. Everything is read before the first row is given: the tables tell of one moment."""
    tables = read(context)
    return [dlt.resource(_pieces(rows), name=name) for name, rows in tables.items()]


def read(context: LoadContext) -> dict[str, list[Row]]:
    """The rows of every table that this load replaces."""
    portal = Portal(context)
    client_id = str(context.settings.get("ga_client_id_property", "ga_client_id"))
    margin = str(context.settings.get("gross_margin_property", "gross_margin"))
    of_contacts, of_companies, of_deals = objects.kinds(client_id, margin)

    deals = Standing(context, portal, of_deals).read()
    contacts = Standing(context, portal, of_contacts).read()
    brought = _ties(portal, deals, "contacts")
    # A deal may name a contact whom the search does not show yet, or who was taken out of the raw tables.
    contacts.reread(dict.fromkeys(to_id for _, to_id in brought if to_id not in contacts.rows))
    tables = {
        "contacts": contacts.sorted_rows(),
        "deals": [_priced(row, portal) for row in deals.sorted_rows()],
        "contact_stages": list(contacts.sorted_stages()),
        "deal_stages": list(deals.sorted_stages()),
        "deal_contacts": [{"deal_id": deal, "contact_id": contact} for deal, contact in brought],
    }
    marks = [deals.mark, contacts.mark]
    try:
        companies = Standing(context, portal, of_companies).read()
        tables |= {
            "companies": companies.sorted_rows(),
            "contact_companies": _company_rows(portal, contacts),
            "deal_companies": _company_rows(portal, deals),
        }
        marks.append(companies.mark)
    except EntitySkipped as refused:
        # A token from before companies were read: what needs them stays empty, the rest goes on.
        for name in ("companies", "contact_companies", "deal_companies"):
            context.keep(name, refused.reason)
    tables["pipeline_stages"] = [row for pipeline in portal.pipelines() for row in objects.stage_rows(pipeline)]
    tables["owners"] = _owners(portal)
    tables["object_reads"] = marks
    return tables


def verdicts(context: LoadContext) -> list[Verdict]:
    """One cheap request a kind of object; a token or an address that opens nothing is told once."""
    portal, found = Portal(context), []
    try:
        told = f"{portal.details['portalId']}, currency {portal.details['companyCurrency']}"
        found.append(Verdict(True, "hubspot portal", told))
    except ConfigurationError as error:
        found.append(Verdict(False, "hubspot portal", str(error)))
        # A missing scope says nothing of the others; anything else would be said of each of them again.
        if not isinstance(error, EntitySkipped):
            return found
    probes: dict[str, Callable[[], str]] = {
        "contacts": lambda: portal.try_objects("contacts"),
        "companies": lambda: portal.try_objects("companies"),
        "deals": lambda: portal.try_objects("deals"),
        "properties": lambda: f"{len(portal.properties('contacts'))} of contacts",
        "pipelines": lambda: f"{len(portal.pipelines())} pipelines",
        "owners": portal.try_owners,
    }
    for subject, attempt in probes.items():
        try:
            found.append(Verdict(True, f"hubspot {subject}", attempt()))
        except ConfigurationError as error:
            found.append(Verdict(False, f"hubspot {subject}", str(error)))
    return found


def _pieces(rows: list[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), ROWS_A_PIECE):
        yield rows[start : start + ROWS_A_PIECE]


def _priced(row: Row, portal: Portal) -> Row:
    """Portals with one currency leave a deal's currency empty: the amount is in the company's."""
    if row["amount"] is not None and row["currency_code"] is None:
        return row | {"currency_code": str(portal.details["companyCurrency"])}
    return row


def _ties(portal: Portal, standing: Standing, to: str) -> dict[tuple[str, str], bool]:
    """Pair of ids -> whether it is the primary one."""
    found: dict[tuple[str, str], bool] = {}
    for tie in portal.ties(standing.kind.name, to, standing.live_ids()):
        pair = (tie.from_id, tie.to_id)
        found[pair] = found.get(pair, False) or tie.is_primary
    return found


def _company_rows(portal: Portal, standing: Standing) -> list[Row]:
    return [
        {standing.kind.id_column: one, "company_id": company, "is_primary": is_primary}
        for (one, company), is_primary in _ties(portal, standing, "companies").items()
    ]


def _owners(portal: Portal) -> list[Row]:
    """Those who are there and those who have left; who leaves while this runs stands in both lists."""
    rows: dict[str, Row] = {}
    for archived in (False, True):
        for page in portal.owners(archived=archived):
            for owner in page:
                rows[str(owner["id"])] = objects.owner_row(owner)
    return list(rows.values())
