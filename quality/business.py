"""Rules that no declaration can tell: what must hold between the tables of this business, whoever delivered them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from quality.checks import Check, literal
from quality.journeys import journey_checks
from quality.money import money_checks
from quality.reconciliation import reconciliation_checks
from warehouse.layout import OPS, SEMANTIC

# The facts that people or platforms date; marts that are made of them hold no other days.
_DATED = (
    "fct_ad_spend", "fct_sessions", "fct_leads", "fct_orders", "fct_conversions", "fct_customer_journey",
)  # fmt: skip

# What a vendor may say of the numbers in a reply, as ops.requests keeps it: they are not the whole.
_CAVEATS = (
    "dataLossFromOtherRow",
    "subjectToThresholding",
    "samplingMetadatas",
    "dataTruncationReasons",
    "schemaRestrictionResponse",
)


def business_checks(as_of: datetime, tables: Iterable[str]) -> list[Check]:
    """The hand-written rules; `tables` are the warehouse's (`schema.table`), for rules about one platform."""
    known = set(tables)
    return [
        _clicks_within_impressions(),
        *(_no_future(table, as_of) for table in _DATED),
        _orders_unique(),
        _weights_sum_to_one(),
        _credit_equals_orders(),
        *journey_checks(),
        *money_checks(known),
        *reconciliation_checks(),
        *([_deleted_campaigns()] if "raw_meta_ads.account_daily" in known else []),
        *([_nothing_withheld()] if "ops.requests" in known else []),
    ]


def _clicks_within_impressions() -> Check:
    # A click may come the day after its impression, so a single day proves nothing; a month of an account does.
    return Check(
        name="clicks_within_impressions",
        table="marts.fct_ad_spend",
        kind="rows",
        query="select concat_ws(' ', platform, account_id, strftime(date_day, '%Y-%m'), sum(clicks), 'clicks', "
        "sum(impressions), 'impressions') as subject from marts.fct_ad_spend where impressions is not null "
        "group by platform, account_id, strftime(date_day, '%Y-%m') having sum(clicks) > sum(impressions)",
        limit="clicks <= impressions, each account and month",
        mend="compare that month with the platform, then reload it: `kpi refresh --source <platform> --from <day>`",
        owner="performance marketing",
    )


def _no_future(table: str, as_of: datetime) -> Check:
    # The date line: no account anywhere on earth is further ahead of UTC than 14 hours.
    latest = (as_of.astimezone(UTC) + timedelta(hours=14)).date()
    return Check(
        name=f"{table}_has_no_future_dates",
        rule="no future dates",
        table=f"marts.{table}",
        kind="rows",
        query=f"select concat_ws(' ', date_day, count(*), 'rows') as subject from marts.{table} "
        f"where date_day > date '{latest}' group by date_day",
        limit=f"date_day <= {latest}",
        mend="correct the date where it was entered, or run with the right --as-of",
        owner="data",
    )


def _orders_unique() -> Check:
    return Check(
        name="orders_are_unique",
        table="marts.fct_orders",
        kind="rows",
        query="select concat_ws(' ', order_id, count(*), 'times') as subject from marts.fct_orders "
        "group by order_id having count(*) > 1",
        limit="every order once",
        mend="find the deal in the CRM or in crm_deals.csv and keep one of its rows",
        owner="sales operations",
    )


def _weights_sum_to_one() -> Check:
    return Check(
        name="attribution_weights_sum_to_one",
        table="marts.fct_attribution",
        kind="rows",
        query="select concat_ws(' ', conversion_id, model, 'sums to', round(sum(weight), 6)) as subject "
        "from marts.fct_attribution group by conversion_id, model having not abs(sum(weight) - 1) <= 1e-9",
        limit="weights of each conversion and model sum to 1",
        mend="a fault of the attribution model: report it, and publish again once it is mended",
        owner="data",
    )


def _credit_equals_orders() -> Check:
    return Check(
        name="attributed_revenue_equals_orders",
        table="marts.fct_attribution",
        kind="rows",
        query="""
            select concat_ws(' ', order_id, m.model, 'credited', coalesce(a.credit, 0), 'of', o.revenue) as subject
            from (select order_id, any_value(revenue_amount) as revenue from marts.fct_orders group by order_id) as o
            cross join (select distinct model from marts.fct_attribution
                        union all select 'any model' where not exists (select 1 from marts.fct_attribution)) as m
            left join (select conversion_id, model, sum(credited_value) as credit from marts.fct_attribution
                       group by conversion_id, model) as a on a.conversion_id = order_id and a.model = m.model
            where abs(coalesce(a.credit, 0) - o.revenue) >= 0.005
            union all
            select concat_ws(' ', a.conversion_id, 'credited without an order')
            from marts.fct_attribution as a anti join marts.fct_orders as o on o.order_id = a.conversion_id
            where a.conversion_type in ('first_purchase', 'repeat_purchase')
        """,
        limit="credited value of each order and model = its revenue, to the cent",
        mend="a fault of the attribution model: report it, and publish again once it is mended",
        owner="data",
    )


def _deleted_campaigns() -> Check:
    return Check(
        name="meta_ads_campaigns_add_up_to_the_account",
        table="raw_meta_ads.campaign_daily",
        kind="rows",
        severity="warn",
        query="""
            select concat_ws(' ', 'account', account_id, strftime(date_start, '%Y-%m'), 'campaigns',
                   sum(c.spend), 'account total', sum(a.spend)) as subject
            from (select account_id, date_start, sum(cast(spend as decimal(18, 6))) as spend
                  from raw_meta_ads.account_daily group by all) as a
            left join (select account_id, date_start, sum(cast(spend as decimal(18, 6))) as spend
                       from raw_meta_ads.campaign_daily group by all) as c using (account_id, date_start)
            group by account_id, strftime(date_start, '%Y-%m')
            having abs(sum(a.spend) - coalesce(sum(c.spend), 0)) >= 0.005
        """,
        limit="campaigns add up to the account's total, to the cent",
        mend="a campaign was deleted in Meta: its spend counts in the account only; archive campaigns instead",
        owner="performance marketing",
    )


def _nothing_withheld() -> Check:
    """Of each day the newest load that read it counts: what is not read again stays as it was told."""
    flags, any_flag = ", ".join(literal(flag) for flag in _CAVEATS), "|".join(_CAVEATS)
    return Check(
        name="no_kpi_rests_on_numbers_that_are_not_whole",
        table=f"{OPS}.requests",
        kind="rows",
        severity="warn",
        query=f"""
            select concat_ws(' ', r.source || '.' || r.table_name, min(r.date_day), 'to', max(r.date_day), r.flag,
                   'under', k.kpis) as subject
            from (
                select source, table_name, date_day, metadata, unnest([{flags}]) as flag
                from (
                    select *, unnest(case when window_start is null then [null::date]
                        else range(window_start, window_end + 1, interval 1 day)::date[] end) as date_day
                    from {OPS}.requests
                    where (source, table_name) in (
                        select (source, table_name) from {OPS}.requests where regexp_matches(metadata, '{any_flag}')
                    )
                )
                qualify load_id = first(load_id) over (
                    partition by source, table_name, account_id, date_day order by requested_at desc
                )
            ) as r
            join (
                select source, string_agg(kpi, ', ' order by kpi) as kpis
                from (select kpi, trim(unnest(string_split(sources, ','))) as source from {SEMANTIC}.dim_kpi)
                group by source
            ) as k on k.source = r.source
            where json_extract_string(r.metadata, '$.' || r.flag) is not null
            group by r.source, r.table_name, r.flag, k.kpis
        """,
        limit="no flag of the newest load of any day under any KPI",
        mend="the README of the source tells what each flag means and what to switch; ops.requests holds the reason",
        owner="data",
    )
