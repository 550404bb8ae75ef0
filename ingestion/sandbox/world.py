"""Builds the simulated business: people first, then what each system saw of them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ingestion.sandbox.control import DEFAULT_NOW
from ingestion.sandbox.model import World
from ingestion.sandbox.world_ads import make_ad_days, make_claims, make_clicks
from ingestion.sandbox.world_catalog import ACCOUNTS, CAMPAIGNS, DARK_DAYS, MANAGER_ID, OWNERS, STAGES
from ingestion.sandbox.world_claims import plant_claims
from ingestion.sandbox.world_crm import work_leads
from ingestion.sandbox.world_firms import make_companies, make_merges
from ingestion.sandbox.world_fx import make_rates
from ingestion.sandbox.world_people import dress_up, invite_everybody

DEFAULT_SEED = 20261123
DEFAULT_TODAY = DEFAULT_NOW.date()
DEFAULT_DAYS = 400


def build_world(seed: int = DEFAULT_SEED, today: date = DEFAULT_TODAY, days: int = DEFAULT_DAYS) -> World:
    """The business over the `days` days that end with `today`; the same arguments give the same world.

    Visits and ad delivery go on to the end of `today` (Europe/Berlin); the CRM ends at 08:00 UTC of `today`, which is
    where the virtual clock starts. Conversions may be reported to their platform after that. A server shows of all
    this what had happened by its virtual clock.
    """
    start = today - timedelta(days=days - 1)
    now = int(DEFAULT_NOW.replace(year=today.year, month=today.month, day=today.day).timestamp())
    rates = make_rates(_chance(seed, "fx"), start, today)
    people = invite_everybody(_chance(seed, "people"), start, today, now)
    crm = work_leads(people)
    for visitor, moment in crm.returns:
        people.come_back(visitor, moment)
    sessions = dress_up(people)
    clicks = make_clicks(people, sessions)
    ad_days = make_ad_days(_chance(seed, "ads"), people, clicks)
    claims = make_claims(_chance(seed, "claims"), people, clicks, crm.contacts, crm.deals, rates=rates)
    # Behind the others, whose places decide where they are counted.
    claims += plant_claims(
        _chance(seed, "further claims"), people, clicks, crm.contacts, crm.deals,
        claims=claims, ad_days=ad_days, rates=rates,
    )  # fmt: skip
    return World(
        seed=seed,
        start=start,
        today=today,
        manager_id=MANAGER_ID,
        accounts=ACCOUNTS,
        campaigns=CAMPAIGNS,
        ad_days=ad_days,
        clicks=clicks,
        ad_conversions=claims,
        contacts=tuple(crm.contacts),
        deals=tuple(crm.deals),
        stages=STAGES,
        owners=OWNERS,
        fx_rates=rates,
        visitors=tuple(people.visitors),
        sessions=sessions,
        dark_days=DARK_DAYS,
        companies=make_companies(_chance(seed, "companies"), crm.contacts),
        merges=make_merges(_chance(seed, "merges"), crm.contacts, crm.deals, now),
    )


def _chance(seed: int, part: str) -> Random:
    # One stream of chance for each part: a change to one leaves the others as they were.
    return Random(f"{seed}/{part}")  # noqa: S311 - a simulation, no secret
