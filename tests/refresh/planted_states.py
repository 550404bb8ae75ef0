"""What is no sum over days: medians, states on the last day of a period, months and cohorts of customers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

from ingestion.sandbox.hubspot_objects import CrmObjects
from ingestion.sandbox.social import followers
from ingestion.sandbox.truth import deals_at, first_purchases
from tests.refresh.planted import BERLIN, Planted, Sides, closed_day
from transform.kpi.meta import Grain
from transform.kpi.periods import end_of, shift, start_of

# When the first deal of a young business is made that has none yet: after every period that is known.
NEVER = date(2999, 1, 1)


def sales_cycles(planted: Planted, grain: Grain) -> Sides:
    """Median days from lead to first won deal."""
    created = {contact.contact_id: contact.created_at for contact in planted.contacts}
    days: dict[date, list[float]] = defaultdict(list)
    for contact, bought in first_purchases(planted.won).items():
        if contact in created and created[contact] <= bought:
            period = start_of(bought.astimezone(BERLIN).date(), grain)
            days[period].append((bought - created[contact]) / timedelta(days=1))
    return {start: (median(found), None) for start, found in days.items()}


def repeat_customers(planted: Planted, grain: Grain) -> Sides:
    """Customers with two deals or more, and customers, on the last day of the period that is known."""
    bought: dict[str, list[date]] = defaultdict(list)
    for deal in planted.won:
        bought[deal.contact_id].append(closed_day(deal))
    found: Sides = {}
    for start in planted.periods(grain, min((min(days) for days in bought.values()), default=NEVER)):
        counts = [sum(day <= end_of(start, grain) for day in days) for days in bought.values()]
        found[start] = (sum(count > 1 for count in counts), sum(count > 0 for count in counts))
    return found


def pipeline_values(planted: Planted, grain: Grain) -> Sides:
    """Deals open on the last day of the period that is known, each times its chance to be won from its stage.

    That is the share won of the deals that were in the stage and closed by that day; of fewer than 30, the CRM's own.
    """
    known = CrmObjects(planted.world).at("deals", planted.now).objects
    deals = deals_at(planted.world, planted.now)
    entered = {
        deal: [(at.astimezone(BERLIN).date(), stage) for at, stage in known[int(deal.deal_id)].history["dealstage"]]
        for deal in deals
    }
    open_stages = {one.stage_id: float(one.probability) for one in planted.world.stages if not one.is_closed}
    closings = {
        stage: [
            (closed_day(deal), deal.is_won)
            for deal in deals
            if deal.closed_at and deal.closed_at <= planted.now and _was_in(stage, entered[deal])
        ]
        for stage in open_stages
    }
    found: Sides = {}
    for start in planted.periods(grain, min((way[0][0] for way in entered.values()), default=NEVER)):
        last = min(end_of(start, grain), planted.today)
        chances = dict(open_stages)
        for stage, closed in closings.items():
            won = [is_won for day, is_won in closed if day <= last]
            if len(won) >= 30:
                chances[stage] = sum(won) / len(won)
        found[start] = (0.0, None)
        for deal, way in entered.items():
            stages = [stage for day, stage in way if day <= last]
            if stages and stages[-1] in chances:
                euros = planted.euros(deal.amount, deal.currency, last)
                found[start] = (found[start][0] + euros * chances[stages[-1]], None)
    return found


def _was_in(stage: str, way: list[tuple[date, str]]) -> bool:
    return any(one == stage for _, one in way)


def followers_then(planted: Planted, grain: Grain) -> Sides:
    """Followers by the newest count of each network in the period or before, up to the newest count of all."""
    counts = followers(planted.world, planted.now)
    found: Sides = {}
    for start in planted.periods(grain, counts[0][0]):
        if start <= counts[-1][0]:
            newest = {network: count for day, network, count in counts if day <= end_of(start, grain)}
            found[start] = (sum(newest.values()), None)
    return found


def spend_pacing(planted: Planted, grain: Grain) -> Sides:
    """Spend and plan from the first of the month to the last day of the period that is known."""
    spend = planted.sums("spend", "day")
    plan: dict[date, float] = defaultdict(float)
    for row in planted.rows("budgets"):
        first = date.fromisoformat(f"{row['month']}-01")
        last = end_of(first, "month")
        day = max(first, planted.world.start)
        while day <= min(last, planted.today):
            plan[day] += planted.euros(Decimal(row["amount"]) / last.day, row["currency"], day)
            day += timedelta(days=1)
    found: Sides = {}
    for start in planted.periods(grain, planted.world.start):
        last = min(end_of(start, grain), planted.today)
        days = [last - timedelta(days=back) for back in range(last.day)]
        found[start] = (sum(spend.get(day, 0.0) for day in days), sum(plan.get(day, 0.0) for day in days))
    return found


def months_of_customers(planted: Planted) -> dict[str, Sides]:
    """Retention, churn and net revenue retention of the complete months after the first."""
    months: dict[date, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for deal in planted.won:
        day = closed_day(deal)
        months[day.replace(day=1)][deal.contact_id] += planted.euros(deal.amount, deal.currency, day)
    found: dict[str, Sides] = {"retention_rate": {}, "churn_rate": {}, "net_revenue_retention": {}}
    for then, now in pairwise(sorted(months)):
        if end_of(now, "month") < planted.today:
            both = months[then].keys() & months[now].keys()
            found["retention_rate"][now] = (len(both), len(months[then]))
            found["churn_rate"][now] = (len(months[then]) - len(both), len(months[then]))
            kept = sum(months[now][one] for one in both)
            found["net_revenue_retention"][now] = (kept, sum(months[then].values()))
    return found


def cohorts(planted: Planted) -> dict[str, Sides]:
    """Lifetime value, its ratio to cost, and the months of payback, at the end of each complete month."""
    costs, new = planted.sums("marketing_cost", "month"), planted.sums("new_customers", "month")
    first = {one: moment.astimezone(BERLIN).date() for one, moment in first_purchases(planted.won).items()}
    margins: dict[tuple[date, date], float] = defaultdict(float)
    for deal in planted.won:
        day = closed_day(deal)
        cohort = first[deal.contact_id].replace(day=1)
        margins[cohort, day.replace(day=1)] += planted.euros(deal.gross_margin, deal.currency, day)
    months = [month for month in sorted(costs.keys() | new.keys()) if end_of(month, "month") < planted.today]
    found: dict[str, Sides] = {"customer_lifetime_value": {}, "ltv_to_cac": {}, "cac_payback_months": {}}
    for month in months:
        known = [one for one in months if one <= month]
        margin = sum(euros for (_, earned), euros in margins.items() if earned <= month)
        found["customer_lifetime_value"][month] = (margin, sum(new.get(one, 0.0) for one in known))
        found["ltv_to_cac"][month] = (margin, sum(costs.get(one, 0.0) for one in known))
        for age in range(len(known)):
            old = known[: len(known) - age]
            earned = sum(
                euros for (cohort, at), euros in margins.items() if cohort in old and at <= shift(cohort, "month", age)
            )
            if earned >= sum(costs.get(one, 0.0) for one in old):
                found["cac_payback_months"][month] = (age, None)
                break
    return found


def reach(planted: Planted, grain: Grain) -> Sides:
    """People reached: those of the largest campaign and day, and of all others the 60 % who are not among them."""
    people: dict[date, dict[tuple[str, date], int]] = defaultdict(lambda: defaultdict(int))
    for row in planted.world.ad_days:
        if row.platform == "meta_ads" and row.impressions and row.day < planted.today:
            people[start_of(row.day, grain)][row.campaign_id, row.day] += row.reach
    found: Sides = {}
    for start, counts in people.items():
        largest = max(counts.values())
        found[start] = (largest + (sum(counts.values()) - largest) * 60 // 100, None)
    return found


def truths(planted: Planted, grain: Grain) -> dict[str, Sides]:
    """Every KPI, and every metric of the catalogue, that is no sum over days, at `grain`."""
    found = {
        "sales_cycle_days": sales_cycles(planted, grain),
        "repeat_purchase_rate": repeat_customers(planted, grain),
        "spend_pacing": spend_pacing(planted, grain),
        "pipeline_value": pipeline_values(planted, grain),
        "followers": followers_then(planted, grain),
        "reach": reach(planted, grain),
    }
    return found | months_of_customers(planted) | cohorts(planted) if grain == "month" else found
