with

deals as (
    select * from {{ ref('int_person_deals') }}
),

persons as (
    select * from {{ ref('dim_person') }}
),

-- A row without a rate is in money_quarantine, and nowhere else.
rates as (
    select * from {{ ref('int_fx_conversions') }}
    where fx_rate is not null
),

final as (
    select
        deals.deal_id as order_id,
        deals.person_id,
        deals.contact_id,
        deals.won_at,
        deals.date_day,
        deals.currency_code,
        deals.revenue_local,
        rates.fx_rate,
        {{ convert('deals.revenue_local', 'rates.fx_rate') }} as revenue_amount,
        {{ convert('deals.gross_margin_local', 'rates.fx_rate') }} as gross_margin_amount,
        deals.order_number,
        deals.order_number = 1 as is_first_purchase,
        persons.first_channel as channel,
        deals.source_system,
        persons.first_campaign_id as campaign_id,
        persons.country,
        {{ month_of(business_day('persons.first_purchase_at')) }} as acquisition_month
    from deals
    left join persons on deals.person_id = persons.person_id
    inner join rates on deals.date_day = rates.date_day and deals.currency_code = rates.currency_code
)

select * from final
