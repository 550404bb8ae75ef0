from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ingestion.sandbox.model import World
from ingestion.sandbox.running import RunningSandbox
from ingestion.sandbox.truth import truth
from ingestion.sandbox.world import build_world
from ingestion.sandbox.world_catalog import (
    BRAND_DE,
    CAMPAIGN_TOUCH,
    COMPETITOR_DE,
    EMAIL,
    GENERIC_DE,
    GOOGLE_CH,
    META,
    ORGANIC,
    PROSPECTING,
    TOUCHES,
)
from ingestion.sandbox.world_fx import easter, is_target_day, rate_on
from ingestion.sandbox.world_people import lead_chance

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_the_same_seed_gives_the_same_business_in_another_process(world: World, sandbox: RunningSandbox) -> None:
    # The server's process has another hash seed.
    assert sandbox.truth() == json.loads(json.dumps(truth(world)))


def test_another_seed_gives_another_business() -> None:
    one, other = (truth(build_world(seed, days=30)) for seed in (1, 2))
    assert one["leads"] != other["leads"]


def test_the_business_is_as_large_as_promised(world: World) -> None:
    assert (world.start, world.today) == (date(2025, 10, 20), date(2026, 11, 23))
    assert 38_000 < len(world.visitors) < 42_000
    assert 60_000 < sum(len(day) for day in world.sessions.values()) < 70_000
    assert 2_800 < len(world.contacts) < 3_200
    assert 650 < sum(one.customer_at is not None for one in world.contacts) < 760
    refused = sum(not one.has_consent for one in world.visitors) / len(world.visitors)
    assert refused == pytest.approx(0.12, abs=0.01)


def test_the_chance_of_a_lead_follows_the_sequence_of_touches() -> None:
    brand, prospecting = CAMPAIGN_TOUCH[BRAND_DE], CAMPAIGN_TOUCH[PROSPECTING]
    assert lead_chance([], ORGANIC) == pytest.approx(0.034)
    # 0.034 x lift 2.2, one other touch before: x 1.3, and prospecting before search: x 1.8.
    assert lead_chance([prospecting], brand) == pytest.approx(0.034 * 2.2 * 1.3 * 1.8)
    # The same touch before is no other touch; more than three others count as three.
    assert lead_chance([ORGANIC, ORGANIC], ORGANIC) == pytest.approx(0.034)
    assert lead_chance([1, 2, 3, 4], ORGANIC) == pytest.approx(0.034 * 1.9)


def test_planted_lifts_show_in_first_visits(world: World) -> None:
    visits: Counter[int] = Counter()
    leads: Counter[int] = Counter()
    for day in world.sessions.values():
        for session in day:
            if session.number == 1:
                visits[session.touch] += 1
                leads[session.touch] += session.lead_at > 0
    brand, competitor = CAMPAIGN_TOUCH[BRAND_DE], CAMPAIGN_TOUCH[COMPETITOR_DE]
    assert leads[brand] / visits[brand] == pytest.approx(0.034 * 2.2, rel=0.2)
    assert leads[competitor] / visits[competitor] < 0.034 * 0.9
    assert leads[ORGANIC] / visits[ORGANIC] == pytest.approx(0.034, rel=0.15)


def test_every_click_is_part_of_a_day_that_was_paid_for(world: World) -> None:
    paid = {(row.campaign_id, row.day, row.device): row.clicks for row in world.ad_days}
    clicks = Counter((click.campaign_id, click.day, click.device) for click in world.clicks)
    assert [key for key, count in clicks.items() if paid.get(key, 0) < count] == []
    assert len({click.click_id for click in world.clicks}) == len(world.clicks)


def test_each_account_counts_days_in_its_own_zone(world: World) -> None:
    # 04:00 UTC is 23:00 of the day before in New York (EST), 05:00 in Berlin.
    late = [one for one in world.clicks if one.platform == "meta_ads" and one.clicked_at.hour == 4]
    winter = [one for one in late if one.clicked_at.month in (12, 1, 2)]
    assert winter
    assert all((one.clicked_at.date() - one.day).days == 1 for one in winter)


def test_paused_campaigns_and_accounts_have_no_rows(world: World) -> None:
    days = {(row.campaign_id, row.day) for row in world.ad_days}
    assert not {day for campaign, day in days if campaign == COMPETITOR_DE.campaign_id} & {
        date(2026, 7, 6), date(2026, 8, 1), date(2026, 8, 16)
    }  # fmt: skip
    of_account = {(row.account_id, row.day) for row in world.ad_days}
    assert (GOOGLE_CH.account_id, date(2026, 11, 14)) not in of_account
    assert (META.account_id, date(2026, 8, 11)) not in of_account
    assert (GOOGLE_CH.account_id, date(2026, 11, 16)) in of_account


def test_one_day_costs_far_too_much(world: World) -> None:
    rows = [row for row in world.ad_days if row.campaign_id == GENERIC_DE.campaign_id and row.clicks]
    price = {
        day: sum(row.cost_micros for row in rows if row.day == day) / sum(row.clicks for row in rows if row.day == day)
        for day in (date(2026, 6, 2), date(2026, 6, 9), date(2026, 6, 16))
    }
    assert price[date(2026, 6, 9)] > 4 * price[date(2026, 6, 2)]
    assert all(row.cost_micros % 10_000 == 0 for row in world.ad_days)


def test_the_crm_ends_now_and_hangs_together(world: World) -> None:
    contacts = {one.contact_id: one for one in world.contacts}
    assert all(one.updated_at < NOW for one in world.contacts)
    assert all(deal.created_at < NOW and (deal.closed_at is None or deal.closed_at < NOW) for deal in world.deals)
    assert all((deal.stage == "closedwon") == deal.is_won for deal in world.deals)
    assert all((deal.closed_at is not None) == deal.is_closed for deal in world.deals)
    assert {deal.contact_id for deal in world.deals} <= contacts.keys()
    assert not [deal for deal in world.deals if contacts[deal.contact_id].is_archived]
    merged = [loser for one in world.contacts for loser in one.merged_ids]
    assert 30 < len(merged) < 60
    assert not contacts.keys() & set(merged)
    assert len({one.email for one in world.contacts}) == len(contacts)
    assert len({deal.deal_id for deal in world.deals}) == len(world.deals)
    assert {deal.currency for deal in world.deals} == {"EUR", "CHF"}
    for one in world.contacts:
        known = [at for at in (one.lead_at, one.mql_at, one.sql_at, one.opportunity_at, one.customer_at) if at]
        assert known == sorted(known)


def test_contacts_miss_what_real_ones_miss(world: World) -> None:
    offline = [one for one in world.contacts if one.visitor is None]
    assert len(offline) > 300
    assert not [one for one in offline if one.ga_client_id or one.gclid or one.fbclid]
    web = [one for one in world.contacts if one.visitor is not None]
    assert 0.08 < sum(one.ga_client_id is None for one in web) / len(web) < 0.16
    ids = {click.click_id for click in world.clicks}
    assert all(one.gclid in ids for one in web if one.gclid)
    clicked = {click.visitor for click in world.clicks if click.platform == "google_ads"}
    lost = [
        one for one in web if one.visitor in clicked and one.gclid is None and one.analytics_source == "PAID_SEARCH"
    ]
    assert len(lost) > 50


def test_both_platforms_claim_some_conversions_and_learn_of_them_late(world: World) -> None:
    by_conversion = Counter((one.action, one.value_local, one.reported_at.date()) for one in world.ad_conversions)
    assert by_conversion
    claims: dict[tuple[str, date], set[str]] = {}
    for one in world.ad_conversions:
        claims.setdefault((one.action, one.conversion_day), set()).add(one.platform)
    assert any(platforms == {"google_ads", "meta_ads"} for platforms in claims.values())
    assert all(one.click_day <= one.conversion_day for one in world.ad_conversions)
    late = [one for one in world.ad_conversions if one.reported_at > NOW]
    assert late
    assert all(one.value_local > 0 for one in world.ad_conversions if one.action == "purchase")


def test_customers_come_again_ever_less_surely(world: World) -> None:
    per_contact = Counter(deal.contact_id for deal in world.deals if deal.is_won and not deal.is_archived)
    orders = Counter(per_contact.values())
    assert orders[1] > orders[2] > orders[3] > 0
    assert sum(per_contact.values()) > 1.4 * len(per_contact)


def test_known_leads_come_by_newsletter(world: World) -> None:
    first = Counter(s.touch for day in world.sessions.values() for s in day if s.number == 1)
    later = Counter(s.touch for day in world.sessions.values() for s in day if s.number > 1)
    assert later[EMAIL] / later.total() > 3 * first[EMAIL] / first.total()
    assert len(TOUCHES) == 7 + len(world.campaigns)


@pytest.mark.parametrize(
    ("year", "sunday"), [(2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)), (2027, date(2027, 3, 28))]
)
def test_easter(year: int, sunday: date) -> None:
    assert easter(year) == sunday


def test_rates_are_set_on_open_days_only(world: World) -> None:
    days = {day for day, _ in world.fx_rates}
    assert not [day for day in days if not is_target_day(day)]
    for closed in (date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6),
                   date(2026, 5, 1), date(2026, 11, 21)):  # fmt: skip
        assert closed not in days
    assert date(2026, 11, 20) in days
    assert min(days) < world.start
    assert rate_on(world.fx_rates, date(2026, 11, 22), "CHF") == world.fx_rates[date(2026, 11, 20), "CHF"]
    assert rate_on(world.fx_rates, date(2026, 11, 22), "EUR") == Decimal(1)
    assert all(Decimal("0.7") < rate < Decimal("2.2") for rate in world.fx_rates.values())
