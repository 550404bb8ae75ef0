-- Won deals of every CRM, with one contact each, in the deal's currency.
with

deals as (
    select * from {{ ref('int_deals') }}
    where is_won and closed_at is not null
),

final as (
    select
        deal_id,
        source_system,
        contact_id,
        closed_at as won_at,
        {{ business_day('closed_at') }} as date_day,
        currency_code,
        cast(coalesce(amount_local, 0) as decimal(18, 6)) as revenue_local,
        gross_margin_local
    from deals
    where {{ business_day('closed_at') }} <= {{ as_of_date() }}
)

select * from final
