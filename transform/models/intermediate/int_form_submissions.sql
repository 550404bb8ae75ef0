{{ config(materialized='view') }}

-- Forms that analytics saw sent, each once: several events of one name at one moment are one.
with

events as (
    select * from {{ ref('int_session_events') }}
    where event_name in ({{ text_list(var('journey_form_events')) }})
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

forms as (
    select
        session_id,
        event_name,
        event_micros,
        min(event_at) as event_at,
        min(date_day) as date_day
    from events
    group by session_id, event_name, event_micros
),

final as (
    select
        sessions.person_id,
        forms.session_id,
        forms.event_name,
        forms.session_id || ':' || forms.event_name || ':' || cast(forms.event_micros as string) as form_id,
        forms.event_at,
        forms.date_day,
        sessions.channel,
        sessions.source,
        sessions.medium,
        sessions.campaign_id,
        sessions.campaign_name
    from forms
    inner join sessions on forms.session_id = sessions.session_id
)

select * from final
