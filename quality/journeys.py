"""Rules about the ends of journeys: what the CRM closed, once each, with its day and amount."""

from __future__ import annotations

from quality.checks import Check

_PURCHASES = "('first_purchase', 'repeat_purchase')"


def journey_checks() -> list[Check]:
    """The rules."""
    return [_ends_are_the_crms(), _amounts_make_sense()]


def _ends_are_the_crms() -> Check:
    return Check(
        name="journeys_end_as_the_crm_says",
        table="marts.fct_conversions",
        kind="rows",
        query=f"""
            select concat_ws(' ', coalesce(e.conversion_id, o.order_id), 'ends', coalesce(e.ends, 0), 'journeys, worth',
                   coalesce(e.value, 0), 'of', coalesce(o.value, 0)) as subject
            from (select conversion_id, count(*) as ends, sum(value) as value, min(date_day) as date_day
                  from marts.fct_conversions where conversion_type in {_PURCHASES} group by conversion_id) as e
            full join (select order_id, any_value(revenue_amount) as value, any_value(date_day) as date_day
                       from marts.fct_orders group by order_id) as o on o.order_id = e.conversion_id
            where e.ends is distinct from 1 or abs(coalesce(e.value, 0) - coalesce(o.value, 0)) >= 0.005
                or e.date_day is distinct from o.date_day
            union all
            select concat_ws(' ', 'leads of', date_day, 'end', sum(ends), 'journeys, the CRM has', sum(leads))
            from (select date_day, 1 as ends, 0 as leads from marts.fct_conversions where conversion_type = 'lead'
                  union all select date_day, 0, 1 from marts.fct_leads) as days
            group by date_day having sum(ends) <> sum(leads)
        """,
        limit="each order ends one journey, on its day and with its amount; each day's leads too",
        mend="a fault of the journeys: `kpi refresh --full-rebuild`; if it stays, report it",
        owner="data",
    )


def _amounts_make_sense() -> Check:
    return Check(
        name="orders_have_an_amount_and_a_currency",
        table="marts.fct_orders",
        kind="rows",
        query="""
            select concat_ws(' ', order_id, coalesce(revenue_local, 0), coalesce(currency_code, 'no currency'), 'is',
                   coalesce(revenue_amount, 0), 'at', coalesce(fx_rate, 0)) as subject
            from marts.fct_orders
            where revenue_local is null or revenue_local < 0
                or not regexp_full_match(coalesce(currency_code, ''), '[A-Z]{3}')
                or not coalesce(fx_rate, 0) > 0
                or not coalesce(abs(revenue_amount - revenue_local * fx_rate) < 0.005, false)
        """,
        limit="no negative revenue, a currency of three letters, and amount = local revenue x rate, to the cent",
        mend="correct the deal's amount or currency in the CRM or in crm_deals.csv",
        owner="sales operations",
    )
