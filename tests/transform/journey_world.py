"""The persons of `journey_touches` and `journey_paths`, one for every rule of the journey, as raw rows."""

from __future__ import annotations

from typing import Any

import duckdb

from tests.transform.hand_world import Row, event, insert
from tests.transform.journey_paths import PATHS
from tests.transform.journey_person import Person, moment
from tests.transform.journey_touches import TOUCHES

CONFIGURATION = """
[journeys]
key_events = ["file_download"]
lookback_days = {lead = 30}
"""
PEOPLE = (*TOUCHES, *PATHS)


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the world into the raw tables."""
    insert(connection, "raw_google_ads.customers",
           {"customer_id": "41", "currency_code": "EUR", "time_zone": "Europe/Berlin"})  # fmt: skip
    insert(
        connection, "raw_google_ads.campaign_daily",
        {"customer_id": "41", "date": "2026-01-05", "campaign_id": "11", "campaign_name": "Brand",
         "advertising_channel_type": "SEARCH", "device": "DESKTOP", "ad_network_type": "SEARCH", "cost_micros": "10000",
         "impressions": "9"},
    )  # fmt: skip
    insert(
        connection, "raw_google_ads.ad_daily",
        *({"customer_id": "41", "date": day, "campaign_id": "11", "ad_group_id": "111", "ad_group_name": name,
           "ad_id": "1111", "ad_network_type": "SEARCH"}
          for day, name in (("2026-01-04", "Brand old name"), ("2026-01-05", "Brand exact"))),
    )  # fmt: skip
    # of GX9 nobody is known
    clicks = {
        "GX1": "2026-01-05",
        "GX2": "2026-01-05",
        "GX4": "2026-01-08",
        "GX6": "2025-10-20",
        "GX7": "2026-01-08",
        "GX9": "2026-01-08",
    }
    insert(
        connection, "raw_google_ads.click_view",
        *({"customer_id": "41", "date": day, "gclid": gclid, "campaign_id": "11", "ad_group_id": "111", "ad_id": "1111"}
          for gclid, day in clicks.items()),
    )  # fmt: skip
    insert(
        connection, "raw_meta_ads.campaign_daily",
        *({"account_id": "31", "date_start": "2026-01-08", "account_currency": "EUR", "campaign_id": campaign,
           "campaign_name": name, "spend": "1.00"} for campaign, name in (("21", "Prospecting"), ("22", "Lookalike"))),
    )  # fmt: skip
    ads = (("2101", "21", "Chair video"), ("2102", "22", "Chair video"), ("2103", "21", "Twin"), ("2104", "21", "Twin"))
    insert(
        connection, "raw_meta_ads.ads",
        *({"account_id": "31", "ad_id": ad, "adset_id": "210", "campaign_id": campaign, "name": name}
          for ad, campaign, name in ads),
    )  # fmt: skip
    insert(connection, "raw_fx_rates.ecb_rates", {"date": "2025-11-03", "currency_code": "USD", "rate": "1.25"})
    rows = [row for person in PEOPLE for row in _events(person)]
    insert(connection, "raw_ga4_export.events", *(row | {"row_index": place} for place, row in enumerate(rows)))
    for number, person in enumerate(PEOPLE, start=1):
        _crm(connection, person, number)


def _events(person: Person) -> list[Row]:
    rows = [
        event(person.name, session, moment(started), "page_view", 0, **more)
        for session, (started, more) in enumerate(person.visits, start=1)
    ]
    for session, happened, name in person.events:
        rows.append(event(person.name, session, moment(happened), name, 0, **person.visits[session - 1][1]))
    return rows


def _crm(connection: duckdb.DuckDBPyConnection, person: Person, number: int) -> None:
    ids = [person.name, f"{person.name} 2"][: len(person.leads)]
    browser: Row = {"ga_client_id": person.name} if person.visits and person.knows_browser else {}
    for contact_id, lead in zip(ids, person.leads, strict=True):
        contact: dict[str, Any] = {
            "contact_id": contact_id, "is_archived": False, "created_at": f"{moment(lead)}+00",
            "entered_lead_at": f"{moment(lead)}+00",
        }  # fmt: skip
        insert(connection, "raw_hubspot.contacts", contact | browser | person.contact)
    for stage, entered in person.stages:
        insert(
            connection, "raw_hubspot.contact_stages",
            {"contact_id": person.name, "stage": stage, "entered_at": f"{moment(entered)}+00", "set_by": "CRM_UI"},
        )  # fmt: skip
    for place, won in enumerate(person.won, start=1):
        deal = f"{number}{place}"
        insert(
            connection, "raw_hubspot.deals",
            {"deal_id": deal, "is_archived": False, "closed_at": f"{moment(won)}+00", "is_closed": True, "is_won": True,
             "amount": "100.00", "currency_code": "EUR"} | person.deal,
        )  # fmt: skip
        insert(connection, "raw_hubspot.deal_contacts", {"deal_id": deal, "contact_id": person.name})
