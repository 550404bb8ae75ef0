"""The tiny business with a December in which its portal changes in every way that a search does not show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from ingestion.sandbox.model import Company, Deal, Merge, World
from tests.ingestion.sandbox.tiny import tiny_contact, tiny_world, utc

CROWD = tuple(str(number) for number in range(2_001, 3_204))
"""1,203 contacts: three pages of associations, and 25 batches of 50."""


def portal_world() -> World:
    """Until 30 November as the tiny world with two companies; then, day by day:

    1 Dec   contacts 513, 516 and 519 are new; 519 is entered at noon and is 516 once more
    2 Dec   deal 922 is made, with 519
    3 Dec   519 is merged into 516: of the deal, nothing is touched
    4 Dec   504 is archived
    5 Dec   513 is erased on the person's demand
    10 Dec  a crowd of 1,203 contacts is imported within a second
    11 Dec  deal 950 is made with all of them
    """
    world = tiny_world()
    winner = tiny_contact("516", "2026-12-01T09:00:00", merged_ids=("519",), mql_at=utc("2026-12-04T09:00:00"))
    loser = tiny_contact("519", "2026-12-01T12:00:00")
    crowd = tuple(tiny_contact(number, "2026-12-10T10:00:00") for number in CROWD)
    contacts = [
        replace(one, is_archived=True, updated_at=utc("2026-12-04T10:00:00")) if one.contact_id == "504" else one
        for one in world.contacts
    ]
    erased = replace(tiny_contact("513", "2026-12-01T09:00:00"), erased_at=utc("2026-12-05T10:00:00"))
    return replace(
        world,
        contacts=(*contacts, erased, winner, *crowd),
        deals=(
            *world.deals,
            _deal("922", "516", "2026-12-02T10:00:00"),
            replace(_deal("950", CROWD[0], "2026-12-11T10:00:00"), more_contact_ids=CROWD[1:]),
        ),
        companies=(
            _company("801", ("501",), ("504",)),
            _company("805", (), ("501",)),
        ),
        merges=(Merge(loser, "516", utc("2026-12-03T10:00:00"), ("922",)),),
    )


def _deal(deal_id: str, contact_id: str, created: str) -> Deal:
    at = utc(created)
    return Deal(
        deal_id, contact_id, at, at + timedelta(hours=1), None, "qualified", False, False, Decimal("20.00"), "EUR",
        Decimal("5.00"), "71",
    )  # fmt: skip


def _company(company_id: str, staff: tuple[str, ...], members: tuple[str, ...]) -> Company:
    at = utc("2026-11-01T09:12:00")
    return Company(company_id, "Vogt & Sons", "vogt.example", "Germany", "ACCOUNTING", 12, at, staff, members)
