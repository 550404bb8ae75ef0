-- One row a session and key event that happened in it: a session with two of them stands twice, so that sessions are
-- counted, never rows. All of them together are the converting sessions.
with

events as (
    select * from {{ ref('int_session_events') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

happened as (
    select
        session_id,
        event_name as key_event,
        count(*) as events
    from events
    where event_name in ({{ text_list(var('key_events')) }})
    group by session_id, event_name
),

final as (
    select
        {{ surrogate_key(['happened.session_id', 'happened.key_event']) }} as key_event_session_key,
        happened.session_id,
        sessions.date_day,
        happened.key_event,
        happened.events
    from happened
    inner join sessions on happened.session_id = sessions.session_id
)

select * from final
