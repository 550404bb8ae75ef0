with

received as (
    select * from {{ source('raw_meta_ads', 'account_weekly') }}
),

final as (
    select
        account_id,
        date_start as week_start,
        -- before its Sunday while the week was under way
        date_stop as last_day,
        account_currency as currency_code,
        cast(coalesce(impressions, '0') as bigint) as impressions,
        coalesce({{ money('spend') }}, 0) as spend_local,
        cast(reach as bigint) as reach
    from received
)

select * from final
