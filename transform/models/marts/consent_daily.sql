-- Events with analytics consent beside all events. An event without consent has no session and no person, so what kind
-- of traffic it was is not known: only its day and country are.
with

counts as (
    select * from {{ ref('int_event_counts') }}
),

final as (
    select
        business_day as date_day,
        country,
        cast(sum(events) as bigint) as events,
        cast(sum(consented_events) as bigint) as consented_events,
        cast(sum(page_views) as bigint) as page_views,
        cast(sum(consented_page_views) as bigint) as consented_page_views,
        count(distinct session_id) as tracked_sessions
    from counts
    group by business_day, country
)

select * from final
