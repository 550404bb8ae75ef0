"""Journeys worked out by hand: what a conversion is, and which visits are on the path to it."""

from __future__ import annotations

from tests.transform.journey_person import ORGANIC, Person, at

PATHS = (
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
    # 90 days before the sale to the second is in its look-back; what comes a second after it is on no path to it.
    Person(
        "edges_of_a_sale", at("2025-12-05 09:59:59", "2025-12-05 10:00:00", "03-05 10:00:01"), leads=("03-01 10:00",),
        won=("03-05 10:00:00",), paths={"lead": [[]], "first_purchase": [[2]]},
        becomes=({"stage": "consideration", "days_to_conversion": 90.0}, {"stage": "loyalty", "conversion_id": None}),
    ),
    # Visit, lead and sale in one second: the visit is on both paths, and they stand in that order.
    Person(
        "all_at_once", at("01-10 10:00"), leads=("01-10 10:00",), won=("01-10 10:00",),
        touches=(("lead", "01-10 10:00"), ("won_deal", "01-10 10:00")), paths={"lead": [[1]], "first_purchase": [[1]]},
        becomes=({"touchpoint_number": 1, "days_to_conversion": 0.0, "stage": "awareness"},),
    ),
    # Of two sales in one second the second has no time before it, hence no path.
    Person(
        "two_sales_at_once", at("01-10 10:00"), leads=("01-10 10:05",), won=("01-20 10:00", "01-20 10:00"),
        paths={"lead": [[1]], "first_purchase": [[1]], "repeat_purchase": [[]]},
    ),
    Person(
        "bought_three_times", at("01-10 10:00", "01-25 10:00", "02-05 10:00"), leads=("01-10 10:05",),
        won=("01-20 10:00", "02-01 10:00", "02-10 10:00"),
        paths={"lead": [[1]], "first_purchase": [[1]], "repeat_purchase": [[2], [3]]},
        becomes=(
            {"stage": "awareness", "is_new_customer": True, "conversion_type": "first_purchase"},
            {"stage": "loyalty", "is_new_customer": False, "conversion_type": "repeat_purchase"},
            {"stage": "loyalty", "is_new_customer": False, "conversion_type": "repeat_purchase"},
        ),
    ),
    # The CRM made the contact after the sale: the path to the lead goes over the sale, which is of another kind.
    Person(
        "sold_before_the_lead", at("01-10 10:00", "01-25 10:00"), leads=("02-01 10:00",), won=("01-20 10:00",),
        touches=(("won_deal", "01-20 10:00"), ("lead", "02-01 10:00")),
        paths={"first_purchase": [[1]], "lead": [[1, 2]]},
        becomes=({"stage": "awareness", "is_new_customer": True}, {"stage": "loyalty", "is_new_customer": False}),
    ),
    # Only a won deal is a sale, and only one that the CRM still lists.
    Person(
        "lost_deal", at("01-10 10:00"), leads=("01-10 10:05",), won=("01-20 10:00",), deal={"is_won": False},
        touches=(("lead", "01-10 10:05"),), paths={"lead": [[1]]}, becomes=({"conversion_id": None},),
    ),
    Person(
        "archived_deal", at("01-10 10:00"), leads=("01-10 10:05",), won=("01-20 10:00",), deal={"is_archived": True},
        touches=(("lead", "01-10 10:05"),), paths={"lead": [[1]]}, becomes=({"conversion_id": None},),
    ),
    # What lies behind the day of the run has not happened.
    Person(
        "future", at("03-09 10:00", "03-11 10:00"), leads=("03-09 10:30",), won=("03-12 10:00",),
        touches=(("lead", "03-09 10:30"),), paths={"lead": [[1]]}, becomes=({"conversion_id": None},),
    ),
    # A lead that is qualified in the same second has two conversions with one path.
    Person(
        "qualified_at_once", at("01-08 09:00"), leads=("01-08 10:00",),
        stages=(("lead", "01-08 10:00"), ("marketingqualifiedlead", "01-08 10:00")),
        touches=(("lead", "01-08 10:00"), ("stage_change", "01-08 10:00")),
        paths={"lead": [[1]], "qualified_lead": [[1]]},
    ),
    Person(
        "never_converted", at("01-10 10:00", "01-20 10:00"),
        becomes=({"stage": "awareness"}, {"stage": "consideration"}),
    ),
)  # fmt: skip
