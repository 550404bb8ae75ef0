{{ config(materialized='view', schema='semantic') }}

-- A semantic model takes no run-time variable, so the configured attribution model is chosen here.
-- Marketing touchpoints are those that somebody works or pays for: neither typed-in visits nor unknown ones.
-- Credit goes to sessions. Where none was ever seen, no analytics is connected, and what marketing brought is unknown:
-- without a row, it does not turn into a return of 0.
with

attribution as (
    select * from {{ ref('fct_attribution') }}
),

channels as (
    select * from {{ ref('dim_channel') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

final as (
    select
        attribution.attribution_key,
        attribution.date_day,
        attribution.channel,
        attribution.campaign_id,
        -- exact decimals: a sum of doubles depends on the order of the rows
        cast(attribution.credited_conversions as decimal(18, 9)) as credited_conversions,
        attribution.credited_value,
        attribution.credited_gross_margin,
        coalesce(channels.is_paid, false) as is_paid,
        attribution.channel not in ('Direct', 'Unassigned', '(unattributed)') as is_marketing,
        orders.source_system,
        orders.currency_code,
        orders.fx_rate
    from attribution
    left join channels on attribution.channel = channels.channel
    left join orders on attribution.conversion_id = orders.order_id
    where
        attribution.model = '{{ var("attribution_model", "linear") }}'
        -- KPIs of sales count won deals, not leads
        and attribution.conversion_type in ('first_purchase', 'repeat_purchase')
        and exists (select 1 from sessions)
)

select * from final
