"""Journeys worked out by hand: one for every rule of touchpoints, conversions, paths and ads.

Seen from 2026-03-10; the business' day is Berlin's, one hour ahead of UTC. The look-back is 90 days, 30 for leads; a
download is a key event; MQL qualifies. Every person is a contact of its name with a browser of its name, unless it says
otherwise, and comes by organic search.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb

from tests.transform.hand_world import Row, event, insert, traffic

CONFIGURATION = """
[journeys]
key_events = ["file_download"]
lookback_days = {lead = 30}
"""
ORGANIC = traffic("Organic Search", "google", "organic")
EMAIL = traffic("Email", "newsletter", "email")
SOCIAL = traffic("Paid Social", "facebook", "paid_social")
PROSPECTING = SOCIAL | {"session_campaign_id": "21"}
SEARCH = traffic("Paid Search", "google", "cpc")

Touch = tuple[int, str]
Path = list[int]


@dataclass(frozen=True)
class Person:
    """What is received of one person, and what has to come of it.

    `visits` are moments of sessions numbered from 1, each with the events in it; `leads` moments of contacts.
    `touches` are (type, moment) of the journey in order, as far as they are no session; `paths` the numbers of the
    sessions on the path of each conversion, in the order of time, by type.
    """

    name: str
    visits: tuple[tuple[str, Row], ...] = ()
    events: tuple[tuple[int, str, str], ...] = ()
    """(session, moment, name) of events besides the page views."""
    leads: tuple[str, ...] = ()
    contact: Row = field(default_factory=dict)
    stages: tuple[tuple[str, str], ...] = ()
    won: tuple[str, ...] = ()
    knows_browser: bool = True
    touches: tuple[tuple[str, str], ...] | None = None
    paths: dict[str, list[Path]] = field(default_factory=dict)
    becomes: tuple[Row, ...] = ()
    """Columns of the rows of fct_customer_journey that are sessions or ad clicks, in order."""


def at(*moments: str, more: Row = ORGANIC) -> tuple[tuple[str, Row], ...]:
    """Sessions at moments of 2026."""
    return tuple((moment, more) for moment in moments)


PEOPLE = (
    # --- touchpoint types
    # The click view knows the day: the click stands at its beginning in Berlin, 23:00 of the day before in UTC.
    Person(
        "click_without_session", leads=("01-05 10:00",), contact={"google_click_id": "GX1"}, knows_browser=False,
        touches=(("ad_click", "01-04 23:00"), ("lead", "01-05 10:00")), paths={"lead": [[]]},
        becomes=({"channel": "Paid Search", "campaign_id": "11", "ad_id": "1111", "ad_name": "Brand exact",
                  "stage": "awareness", "is_offline": True, "source": "google", "medium": "cpc"},),
    ),
    # The same gclid in the export, the click view and the CRM is one touch: the session, with the click's ad.
    Person(
        "click_with_session", (("01-05 09:00", SEARCH | {"collected_gclid": "GX2"}),), leads=("01-05 10:00",),
        contact={"google_click_id": "GX2"}, touches=(("lead", "01-05 10:00"),), paths={"lead": [[1]]},
        becomes=({"channel": "Paid Search", "campaign_id": "11", "ad_id": "1111", "stage": "awareness",
                  "is_offline": False},),
    ),
    # Older than the click view: known from the contact, so it was before the lead; campaign and ad are not known.
    Person(
        "click_of_long_ago", leads=("01-06 10:00",), contact={"google_click_id": "GX3"}, knows_browser=False,
        touches=(("ad_click", "01-06 10:00"), ("lead", "01-06 10:00")), paths={"lead": [[]]},
        becomes=({"campaign_id": None, "ad_id": None, "channel": "Paid Search"},),
    ),
    # fbclid stands on unpaid links too: no ad click.
    Person(
        "facebook_click_id", leads=("01-07 10:00",), contact={"facebook_click_id": "FX1"}, knows_browser=False,
        touches=(("lead", "01-07 10:00"),), paths={"lead": [[]]},
    ),
    # A second click of an ad in a later visit, and a first one that had no consent: an ad click before the session.
    Person(
        "click_before_session", at("01-09 10:00"), leads=("01-09 10:05",), contact={"google_click_id": "GX4"},
        touches=(("ad_click", "01-07 23:00"), ("lead", "01-09 10:05")), paths={"lead": [[1]]},
        becomes=({"stage": "awareness", "is_offline": True}, {"stage": "awareness", "channel": "Organic Search"}),
    ),
    # One form is two events of other names; the same event again at the same moment is one.
    Person(
        "form", at("01-08 10:00"),
        events=((1, "01-08 10:02", "form_submit"), (1, "01-08 10:02", "generate_lead"),
                (1, "01-08 10:02", "generate_lead")),
        leads=("01-08 10:03",),
        touches=(("form_submission", "01-08 10:02"), ("form_submission", "01-08 10:02"), ("lead", "01-08 10:03")),
        paths={"lead": [[1]]},
    ),
    # A click in a mail is a visit of the medium e-mail.
    Person(
        "mail", at("01-08 10:00", more=EMAIL), leads=("01-08 10:03",), touches=(("lead", "01-08 10:03"),),
        paths={"lead": [[1]]}, becomes=({"channel": "Email", "medium": "email"},),
    ),
    # The CRM's history has a stage twice; the date of the contact is that of the second time.
    Person(
        "stage_again", leads=("01-08 10:00",), contact={"entered_mql_at": "2026-01-14 10:00:00+00"},
        stages=(("lead", "01-08 10:00"), ("marketingqualifiedlead", "01-10 10:00"),
                ("salesqualifiedlead", "01-12 10:00"), ("marketingqualifiedlead", "01-14 10:00")),
        touches=(("lead", "01-08 10:00"), ("stage_change", "01-10 10:00"), ("stage_change", "01-12 10:00"),
                 ("stage_change", "01-14 10:00")),
        paths={"lead": [[]], "qualified_lead": [[]]},
    ),
    Person(
        "stage_without_history", leads=("01-08 10:00",), contact={"entered_mql_at": "2026-01-14 10:00:00+00"},
        touches=(("lead", "01-08 10:00"), ("stage_change", "01-14 10:00")),
        paths={"lead": [[]], "qualified_lead": [[]]},
    ),
    # A portal's own stage is a stage change, and qualifies nobody.
    Person(
        "own_stage", leads=("01-08 10:00",), stages=(("partner_review", "01-09 10:00"),),
        touches=(("lead", "01-08 10:00"), ("stage_change", "01-09 10:00")), paths={"lead": [[]]},
    ),
    # Without a deal the stage customer is all that is known; with one the won deal says it.
    Person(
        "customer_without_deal", leads=("01-08 10:00",), stages=(("customer", "01-20 10:00"),),
        touches=(("lead", "01-08 10:00"), ("stage_change", "01-20 10:00")),
        paths={"lead": [[]], "qualified_lead": [[]]},
    ),
    Person(
        "customer_with_deal", leads=("01-08 10:00",), stages=(("customer", "01-20 10:00"),), won=("01-20 10:00",),
        touches=(("lead", "01-08 10:00"), ("won_deal", "01-20 10:00")),
        paths={"lead": [[]], "qualified_lead": [[]], "first_purchase": [[]]},
    ),
    # --- ads of Meta, by the name within the campaign or by the id
    Person(
        "ad_by_name",
        (("01-08 10:00", PROSPECTING | {"page": "https://larkspur.example/?utm_content=Chair+video"}),),
        becomes=({"campaign_id": "21", "ad_id": "2101", "ad_name": "Chair video"},),
    ),
    Person(
        "ad_by_id", (("01-08 10:00", SOCIAL | {"session_campaign_id": "22", "page": "https://larkspur.example/?utm_content=2102"}),),
        becomes=({"campaign_id": "22", "ad_id": "2102", "ad_name": "Chair video"},),
    ),
    # Two ads of the campaign have the name.
    Person(
        "ad_twin", (("01-08 10:00", PROSPECTING | {"page": "https://larkspur.example/?utm_content=Twin"}),),
        becomes=({"campaign_id": "21", "ad_id": None},),
    ),
    # The ad's link has no tag of its own.
    Person(
        "ad_not_known", (("01-08 10:00", PROSPECTING),),
        becomes=({"campaign_id": "21", "ad_id": None},),
    ),
    # --- conversions and their paths
    # 30 days before the lead to the second is in its look-back, a second earlier is not; the moment itself is.
    Person(
        "edges", at("01-01 09:59:59", "01-01 10:00:00", "01-31 10:00:00", "01-31 10:00:01"), leads=("01-31 10:00:00",),
        paths={"lead": [[2, 3]]},
    ),
    # 40 days before the lead: on no path to it, but to the purchase.
    Person(
        "longer_look_back", at("01-01 10:00", "02-05 10:00"), leads=("02-10 10:00",), won=("02-20 10:00",),
        touches=(("lead", "02-10 10:00"), ("won_deal", "02-20 10:00")),
        paths={"lead": [[2]], "first_purchase": [[1, 2]]},
    ),
    # On the path to the lead, but more than 90 days before the sale: not in its journey.
    Person(
        "before_the_journey", (("2025-11-01 10:00", ORGANIC),), leads=("2025-11-05 10:00",), won=("02-20 10:00",),
        touches=(("lead", "2025-11-05 10:00"), ("won_deal", "02-20 10:00")), becomes=(),
        paths={"lead": [[1]], "first_purchase": [[]]},
    ),
    # Two contacts of one person: the path to the second lead begins after the first, that of the qualified lead not.
    Person(
        "two_leads", at("01-10 10:00", "01-20 10:00"), leads=("01-12 10:00", "01-22 10:00"),
        contact={"email_hash": "hash-of-two"}, paths={"lead": [[1], [2]]},
    ),
    # Again in the same visit is the same conversion; the next one has a path of its own, and so has the lead.
    Person(
        "downloads", at("01-10 10:00", "01-11 10:00", "01-12 10:00"), leads=("01-13 10:00",),
        events=((2, "01-11 10:01", "file_download"), (2, "01-11 10:02", "file_download"),
                (3, "01-12 10:01", "file_download")),
        paths={"file_download": [[1, 2], [3]], "lead": [[1, 2, 3]]},
    ),
    # Straight to sales: qualified when sales said so.
    Person(
        "skipped_mql", at("01-10 10:00", "01-14 10:00"), leads=("01-12 10:00",),
        stages=(("salesqualifiedlead", "01-15 10:00"),), paths={"lead": [[1]], "qualified_lead": [[1, 2]]},
    ),
    # A visit in the very second of the first sale belongs to it, and not to the second.
    Person(
        "bought_twice", at("01-10 10:00", "01-20 10:00", "02-01 10:00"), leads=("01-10 10:05",),
        won=("01-20 10:00", "02-10 10:00"), paths={"lead": [[1]], "first_purchase": [[1, 2]], "repeat_purchase": [[3]]},
    ),
    # The second purchase does not look behind the first, though it lies in the look-back.
    Person(
        "bought_again_by_phone", at("01-10 10:00"), leads=("01-10 10:05",), won=("01-20 10:00", "01-25 10:00"),
        paths={"lead": [[1]], "first_purchase": [[1]], "repeat_purchase": [[]]},
    ),
    # Bought first, visited later: an offline conversion.
    Person(
        "offline_first", at("02-01 10:00"), leads=("01-10 10:05",), won=("01-20 10:00", "02-10 10:00"),
        paths={"lead": [[]], "first_purchase": [[]], "repeat_purchase": [[1]]},
    ),
    Person(
        "never_converted", at("01-10 10:00", "01-20 10:00"),
        becomes=({"stage": "awareness"}, {"stage": "consideration"}),
    ),
)  # fmt: skip


def moment(text: str) -> str:
    """A moment of 2026 as an ISO timestamp."""
    day, time = text.split()
    return f"{day if len(day) == 10 else f'2026-{day}'} {time if len(time) == 8 else f'{time}:00'}"


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
    clicks = {"GX1": "2026-01-05", "GX2": "2026-01-05", "GX4": "2026-01-08", "GX9": "2026-01-08"}
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
             "amount": "100.00", "currency_code": "EUR"},
        )  # fmt: skip
        insert(connection, "raw_hubspot.deal_contacts", {"deal_id": deal, "contact_id": person.name})
