with

received as (
    select * from {{ source('raw_ga4', 'key_events_daily') }}
),

final as (
    select
        property_id,
        date as date_day,
        event_name,
        cast(event_count as bigint) as events,
        cast(key_events as double) as key_events
    from received
)

select * from final
