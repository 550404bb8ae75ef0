{{ config(materialized='view') }}

-- Forms that analytics saw sent, each with its session's origin.
with

forms as (
    select * from {{ ref('int_journey_events') }}
    where event_name in ({{ text_list(var('journey_form_events')) }})
),

sessions as (
    select * from {{ ref('fct_sessions') }}
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
