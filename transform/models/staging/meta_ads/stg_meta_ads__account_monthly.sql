with

received as (
    select * from {{ source('raw_meta_ads', 'account_monthly') }}
),

final as (
    select
        account_id,
        date_start as month_start,
        -- before its end while the month was under way
        date_stop as last_day,
        account_currency as currency_code,
        cast(coalesce(impressions, '0') as bigint) as impressions,
        coalesce({{ money('spend') }}, 0) as spend_local,
        cast(reach as bigint) as reach
    from received
)

select * from final
