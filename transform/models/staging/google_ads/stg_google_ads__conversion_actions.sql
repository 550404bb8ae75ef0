with

received as (
    select * from {{ source('raw_google_ads', 'conversion_actions') }}
),

final as (
    select
        customer_id as account_id,
        conversion_action_id,
        name as conversion_action_name,
        status,
        category,
        counting_type,
        primary_for_goal as is_primary,
        cast(click_through_lookback_window_days as bigint) as click_lookback_days,
        cast(view_through_lookback_window_days as bigint) as view_lookback_days,
        attribution_model
    from received
)

select * from final
