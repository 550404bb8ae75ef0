with

received as (
    select * from {{ source('raw_google_ads', 'conversions_daily') }}
),

final as (
    select
        customer_id as account_id,
        date as date_day,
        campaign_id,
        conversion_action as conversion_action_id,
        conversion_action_name,
        conversion_action_category,
        conversions,
        cast(conversions_value as decimal(18, 6)) as conversion_value_local,
        conversions_by_conversion_date,
        cast(conversions_value_by_conversion_date as decimal(18, 6)) as conversion_value_by_conversion_date_local
    from received
)

select * from final
