-- Events with analytics consent beside all events. An event without consent has no session and no person, so what kind
-- of traffic it was is not known: only its day and country are.
with

events as (
    select * from {{ ref('int_events') }}
),

final as (
    select
        {{ business_day('event_at') }} as date_day,
        coalesce({{ known('country') }}, '(unknown)') as country,
        count(*) as events,
        count(case when has_analytics_consent then 1 end) as consented_events,
        count(case when event_name in ('page_view', 'screen_view') then 1 end) as page_views,
        count(case when event_name in ('page_view', 'screen_view') and has_analytics_consent then 1 end)
            as consented_page_views,
        count(distinct session_id) as tracked_sessions
    from events
    group by {{ business_day('event_at') }}, coalesce({{ known('country') }}, '(unknown)')
)

select * from final
