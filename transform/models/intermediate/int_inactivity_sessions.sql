-- depends_on: {{ ref('int_replaced_sessions') }}, which reads what is replaced here
-- Events of a browser that came without a session of GA4 (a server sent them, or another tool wrote the file), each
-- in one: the session of the same browser before it, else after it, where no pause parts the two; else a session of
-- its own. A pause is {{ var('session_timeout_minutes') }} minutes without an event. Of most properties this is empty.
with

events as (
    select * from {{ ref('int_events') }}
    where user_pseudo_id is not null
),

browsers as (
    select distinct ga_client_id
    from {{ ref('int_event_counts') }}
    where session_id is null and ga_client_id is not null
),

days as (
    select distinct date_day
    from {{ ref('int_event_counts') }}
    where ga_client_id in (select browsers.ga_client_id from browsers)
),

activity as (
    select
        events.*,
        case
            when
                events.event_micros - lag(events.event_micros) over (
                    partition by events.user_pseudo_id order by events.event_micros, events.date_day, events.row_index
                ) <= {{ var('session_timeout_minutes') }} * 60000000
                then 0
            else 1
        end as starts_a_visit
    from events
    where
        events.user_pseudo_id in (select browsers.ga_client_id from browsers)
        and events.date_day in (select days.date_day from days)
),

visits as (
    select
        *,
        sum(starts_a_visit) over (
            partition by user_pseudo_id order by event_micros, date_day, row_index
            rows between unbounded preceding and current row
        ) as visit_number
    from activity
),

neighbours as (
    select
        *,
        {{ last_known('session_id') }} over (
            partition by user_pseudo_id, visit_number order by event_micros, date_day, row_index
            rows between unbounded preceding and current row
        ) as session_before,
        {{ first_known('session_id') }} over (
            partition by user_pseudo_id, visit_number order by event_micros, date_day, row_index
            rows between current row and unbounded following
        ) as session_after,
        min(event_micros) over (partition by user_pseudo_id, visit_number) as visit_started_micros
    from visits
),

final as (
    select
        *,
        coalesce(
            session_before,
            session_after,
            -- as GA4 names its own: by the second of their start
            user_pseudo_id || '.' || cast(cast(floor(visit_started_micros / 1000000) as bigint) as string)
        ) as found_session_id
    from neighbours
    where session_id is null
)

select * from final
