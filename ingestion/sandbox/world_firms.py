"""The firms that the CRM's contacts work for, and the contacts that were entered twice and merged later.

Both are made from the finished contacts with chance of their own: nothing else of the world depends on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from ingestion.sandbox.model import Company, Contact, Deal, Merge
from ingestion.sandbox.world_time import utc

JOINS_A_COLLEAGUE = 0.5
CHAMBER_MEMBERS = 620
_INDUSTRIES = ("ARCHITECTURE_PLANNING", "ACCOUNTING", "COMPUTER_SOFTWARE", "LEGAL_SERVICES", "MEDICAL_PRACTICE")


def make_companies(rng: Random, contacts: Sequence[Contact]) -> tuple[Company, ...]:
    """One firm a contact or for a few of them in one country, and a chamber of commerce with hundreds of members."""
    staff: list[list[Contact]] = []
    newest: dict[str, list[Contact]] = {}
    for contact in contacts:
        if contact.country in newest and rng.random() < JOINS_A_COLLEAGUE:
            newest[contact.country].append(contact)
        else:
            newest[contact.country] = [contact]
            staff.append(newest[contact.country])
    companies = [
        Company(
            company_id=str(700_001 + 4 * number),
            name=f"Firm {number:05d}",
            domain=people[0].email.partition("@")[2],
            country=people[0].country,
            industry=rng.choice(_INDUSTRIES),
            employees=rng.randint(1, 60) + len(people),
            created_at=people[0].created_at,
            contact_ids=tuple(one.contact_id for one in people),
        )
        for number, people in enumerate(staff)
    ]
    if not contacts:
        return ()
    members = tuple(contact.contact_id for contact in contacts[:CHAMBER_MEMBERS])
    chamber = Company(
        "699001", "Chamber", "chamber.example", "Germany", "CIVIC_SOCIAL", 40, contacts[0].created_at, (), members
    )
    return (chamber, *companies)


def make_merges(rng: Random, contacts: Sequence[Contact], deals: Sequence[Deal], now: int) -> tuple[Merge, ...]:
    """When each contact that is merged by `now` (seconds) stood alone: entered after its winner, merged weeks later."""
    end = utc(now)
    merges: list[Merge] = []
    deals_of: dict[str, list[Deal]] = {}
    for deal in deals:
        deals_of.setdefault(deal.contact_id, []).append(deal)
    for winner in contacts:
        for loser_id in winner.merged_ids:
            since = winner.created_at
            merged_at = _second(min(since + timedelta(days=rng.uniform(2, 60)), since + (end - since) * 0.9))
            created_at = _second(since + (merged_at - since) * rng.uniform(0.1, 0.4))
            loser = replace(
                winner, contact_id=loser_id, visitor=None, email=f"{loser_id}@second-address.example",
                created_at=created_at, updated_at=created_at, ga_client_id=None, gclid=None, fbclid=None,
                analytics_source="OFFLINE", analytics_source_data_1="CRM_UI", analytics_source_data_2=None,
                lead_at=created_at, mql_at=None, sql_at=None, opportunity_at=None, customer_at=None, merged_ids=(),
                is_archived=False,
            )  # fmt: skip
            held = [d.deal_id for d in deals_of.get(winner.contact_id, ()) if created_at < d.created_at < merged_at]
            # A deal hangs at one of several losers only.
            taken = {deal_id for merge in merges for deal_id in merge.deal_ids}
            merges.append(Merge(loser, winner.contact_id, merged_at, tuple(d for d in held if d not in taken)))
    return tuple(merges)


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
