with

received as (
    select * from {{ source('raw_ga4', 'traffic_daily') }}
),

final as (
    select
        property_id,
        date as date_day,
        session_default_channel_group as channel,
        session_source as source,
        session_medium as medium,
        session_campaign_name as campaign_name,
        cast(sessions as bigint) as sessions,
        cast(engaged_sessions as bigint) as engaged_sessions,
        cast(total_users as bigint) as users,
        cast(key_events as double) as key_events,
        {{ money('purchase_revenue') }} as purchase_revenue_local,
        currency_code
    from received
)

select * from final
