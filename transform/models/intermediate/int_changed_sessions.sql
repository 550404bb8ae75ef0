{{ config(meta={'is_lookup': true}) }}

-- Sessions that had or have an event on a day that changed, and all that were or are found by inactivity. Empty where
-- everything is built anew.
with

changed_days as (
    select * from {{ ref('int_changed_days') }}
),

replaced as (
    select * from {{ ref('int_replaced_sessions') }}
),

events as (
    select * from {{ ref('int_event_counts') }}
),

inactivity_sessions as (
    select * from {{ ref('int_inactivity_sessions') }}
),

final as (
    select session_id
    from replaced
    where session_id is not null
    union
    select session_id
    from events
    where session_id is not null and date_day in (select changed_days.date_day from changed_days)
    union
    select found_session_id as session_id from inactivity_sessions
)

select * from final
{{ nothing_of_a_full_build() }}
