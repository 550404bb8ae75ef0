with

received as (
    select * from {{ source('raw_ga4', 'day_totals') }}
),

final as (
    select
        property_id,
        date as date_day,
        cast(sessions as bigint) as sessions,
        cast(engaged_sessions as bigint) as engaged_sessions,
        cast(total_users as bigint) as users,
        cast(active_users as bigint) as active_users,
        cast(new_users as bigint) as new_users,
        cast(screen_page_views as bigint) as page_views,
        cast(event_count as bigint) as events,
        cast(key_events as double) as key_events,
        cast(user_engagement_duration as double) as engagement_seconds,
        {{ money('purchase_revenue') }} as purchase_revenue_local,
        currency_code
    from received
)

select * from final
