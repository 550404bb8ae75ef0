"""Journeys worked out by hand: what is a touch, of whom, when, and of which channel and ad."""

from __future__ import annotations

from datetime import date, datetime

from tests.transform.journey_person import EMAIL, ORGANIC, PROSPECTING, SEARCH, SOCIAL, Person, at

TOUCHES = (
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
    # --- whose visits they are
    # Another browser of the same login is the same person: one journey, one path.
    Person(
        "second_browser",
        (("01-10 10:00", ORGANIC | {"user_id": "u-second"}),
         ("01-12 10:00", EMAIL | {"user_id": "u-second", "user_pseudo_id": "second_browser phone"})),
        leads=("01-13 10:00",), paths={"lead": [[1, 2]]},
        becomes=({"stage": "awareness", "channel": "Organic Search"}, {"stage": "consideration", "channel": "Email"}),
    ),
    # The form kept the click and no browser: all visits of the browser with the click are the lead's.
    Person(
        "found_by_click", (("01-03 10:00", ORGANIC), ("01-05 10:00", SEARCH | {"collected_gclid": "GX5"})),
        leads=("01-08 10:00",), contact={"google_click_id": "GX5"}, knows_browser=False,
        touches=(("lead", "01-08 10:00"),), paths={"lead": [[1, 2]]},
        becomes=({"stage": "awareness", "is_offline": False}, {"stage": "consideration", "channel": "Paid Search"}),
    ),
    # Whoever refused consent in a visit has none in it, and is the same person in the next.
    Person(
        "refused_once", (("01-10 10:00", ORGANIC | {"analytics_storage": "No"}), ("01-11 10:00", EMAIL)),
        leads=("01-12 10:00",), paths={"lead": [[2]]}, becomes=({"stage": "awareness", "channel": "Email"},),
    ),
    # --- when and by what
    # A visit over midnight in Berlin is one touch, at its start.
    Person(
        "over_midnight", at("01-10 22:50"), events=((1, "01-10 23:10", "page_view"),), leads=("01-10 23:05",),
        paths={"lead": [[1]]}, becomes=({"touched_at": datetime(2026, 1, 10, 22, 50)},),
    ),
    # A day of October begins two hours before that of UTC.
    Person(
        "click_in_summer", leads=("2025-10-21 10:00",), contact={"google_click_id": "GX6"}, knows_browser=False,
        touches=(("ad_click", "2025-10-19 22:00"), ("lead", "2025-10-21 10:00")), paths={"lead": [[]]},
        becomes=({"campaign_id": "11", "date_day": date(2025, 10, 20)},),
    ),
    # GA4 took a click on an ad for an unpaid visit: the journey has it as what it was.
    Person(
        "repaired_click", (("01-08 10:00", ORGANIC | {"page": "https://larkspur.example/?gclid=GX7"}),),
        leads=("01-08 10:05",), paths={"lead": [[1]]},
        becomes=({"channel": "Paid Search", "campaign_id": "11", "ad_id": "1111"},),
    ),
)  # fmt: skip
