-- Joins keep every row, and every cent in the currency of its account, exactly once: in its fact, or where no exchange
-- rate covers it, in the quarantine.
{%- set quarantined -%}
(
            select coalesce(sum(amount_local), 0)
            from {{ ref('money_quarantine') }}
            where measure =
{%- endset %}
with

totals as (
    select
        'spend' as fact,
        (select coalesce(sum(spend_local), 0) from {{ ref('int_ad_delivery') }}) as before_joins,
        (select coalesce(sum(spend_local), 0) from {{ ref('fct_ad_spend') }})
        + {{ quarantined }} 'spend') as after_joins
    union all
    select
        'other cost' as fact,
        (select coalesce(sum(cost_local), 0) from {{ ref('int_other_costs') }}) as before_joins,
        (
            select coalesce(sum(cost_local), 0)
            from {{ ref('fct_marketing_cost') }}
            where cost_type = 'other'
        ) + {{ quarantined }} 'cost') as after_joins
    union all
    select
        'revenue' as fact,
        (select coalesce(sum(revenue_local), 0) from {{ ref('int_won_deals') }}) as before_joins,
        (select coalesce(sum(revenue_local), 0) from {{ ref('fct_orders') }})
        + {{ quarantined }} 'revenue') as after_joins
    union all
    select
        'orders' as fact,
        (select count(*) from {{ ref('int_won_deals') }}) as before_joins,
        (select count(*) from {{ ref('fct_orders') }})
        + (
            select count(*)
            from {{ ref('money_quarantine') }}
            where measure = 'revenue'
        ) as after_joins
    union all
    select
        'sessions' as fact,
        (select count(*) from {{ ref('int_sessions') }}) as before_joins,
        (select count(*) from {{ ref('fct_sessions') }}) as after_joins
    union all
    select
        'leads' as fact,
        (
            select count(*)
            from {{ ref('int_contacts') }}
            where is_lead
        ) as before_joins,
        (select count(*) from {{ ref('fct_leads') }}) as after_joins
    union all
    select
        'spend of channels' as fact,
        (select coalesce(sum(spend_amount), 0) from {{ ref('fct_ad_spend') }}) as before_joins,
        (select coalesce(sum(spend_amount), 0) from {{ ref('channel_daily') }}) as after_joins
    union all
    select
        'spend of campaigns' as fact,
        (select coalesce(sum(spend_amount), 0) from {{ ref('fct_ad_spend') }}) as before_joins,
        (select coalesce(sum(spend_amount), 0) from {{ ref('campaign_daily') }}) as after_joins
    union all
    select
        'won deals in journeys' as fact,
        (select count(*) from {{ ref('fct_orders') }}) as before_joins,
        (
            select count(*)
            from {{ ref('fct_customer_journey') }}
            where touchpoint_type = 'won_deal'
        ) as after_joins
)

select *
from totals
where before_joins != after_joins
