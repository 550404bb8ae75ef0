{{ config(meta={'is_lookup': true}) }}
{%- set events = previous('int_event_counts') %}
{%- set inactivity_sessions = previous('int_inactivity_sessions') %}
-- Sessions and browsers of the events that are about to be replaced, read before that; of sessions that were found by
-- inactivity all, since an event of one day may join those of others. Empty where everything is built anew.
with

changed_days as (
    select * from {{ ref('int_changed_days') }}
),

sessions as (
    {% if events %}
    select
        session_id,
        ga_client_id
    from {{ events }}
    where ga_client_id is not null and date_day in (select changed_days.date_day from changed_days)
    union all
    {% endif %}
    {% if inactivity_sessions %}
    select
        found_session_id as session_id,
        user_pseudo_id as ga_client_id
    from {{ inactivity_sessions }}
    union all
    {% endif %}
    select
        cast(null as string) as session_id,
        cast(null as string) as ga_client_id
    from changed_days
),

final as (
    select distinct
        session_id,
        ga_client_id
    from sessions
    where ga_client_id is not null
)

select * from final
