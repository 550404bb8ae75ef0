{{ config(meta={'is_lookup': true}) }}
{%- set sessions = previous('int_sessions') %}
-- Days on which changed sessions may have events: those that changed, and those that the sessions lasted so far.
-- depends_on: {{ ref('int_changed_sessions') }}
with

days as (
    select date_day from {{ ref('int_changed_days') }}
    union all
    select date_day from {{ ref('int_inactivity_sessions') }}
    {% if sessions %}
    union all
    select {{ each_day('date_day', 'last_day') }} as date_day
    from {{ sessions }}
    where session_id in (select changed.session_id from {{ ref('int_changed_sessions') }} as changed)
    {% endif %}
),

final as (
    select distinct date_day from days
)

select * from final
