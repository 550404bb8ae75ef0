{{ config(materialized='view', meta={'is_lookup': true}) }}

-- Orders and revenue of GA4's purchase events by session. A lookup: no KPI counts them (orders come from the CRM), so
-- no KPI of sessions has to wait for exchange rates.
with

purchases as (
    select * from {{ ref('int_web_purchases') }}
),

rates as (
    select * from {{ ref('int_fx_conversions') }}
),

-- A purchase without a rate is a purchase, and its amount is in money_quarantine.
converted as (
    select
        purchases.session_id,
        case when rates.fx_rate is not null then purchases.currency_code end as currency_code,
        case when rates.fx_rate is not null then purchases.revenue_local end as revenue_local,
        {{ convert('purchases.revenue_local', 'rates.fx_rate') }} as revenue_amount
    from purchases
    left join rates on purchases.date_day = rates.date_day and purchases.currency_code = rates.currency_code
),

final as (
    select
        session_id,
        count(*) as purchases,
        -- a sum of two currencies would be no amount
        case when count(distinct currency_code) = 1 then min(currency_code) end as currency_code,
        case when count(distinct currency_code) = 1 then sum(revenue_local) end as revenue_local,
        sum(revenue_amount) as revenue_amount
    from converted
    group by session_id
)

select * from final
