{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='session_id',
    changed='int_changed_sessions',
    on_schema_change='fail'
) }}
-- Events that stand in a journey by their name, forms and the configured key events, each once: several of one name at
-- one moment are one. Kept by session as int_sessions is, so that a day more need not read all events again.
-- depends_on: {{ ref('int_changed_sessions') }}, {{ ref('int_changed_session_days') }}
with

events as (
    select * from {{ ref('int_session_events') }}
    where
        event_name in ({{ text_list(var('journey_form_events') | list + var('journey_key_events') | list) }})
        {% if is_incremental() -%}
        and session_id in (select changed.session_id from {{ ref('int_changed_sessions') }} as changed)
        and date_day in (select days.date_day from {{ ref('int_changed_session_days') }} as days)
        {%- endif %}
),

final as (
    select
        session_id,
        event_name,
        event_micros,
        min(event_at) as event_at,
        min(date_day) as date_day
    from events
    where session_id is not null
    group by session_id, event_name, event_micros
)

select * from final
