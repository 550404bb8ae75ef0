{%- set same = [
    'date_day', 'stream_id', 'user_pseudo_id', 'event_name', 'event_micros', 'event_params_text'
] -%}
{%- set columns = ['property_id', 'row_index'] + same -%}
-- Of days that are built anew, events that say what another one says, all but the first of each. The vendor exports
-- some events twice, and a dropped file may hold a day that was exported too: then the export's stands. A hash finds
-- what may be a copy, so that few rows are sorted; two events that only share the hash are told apart afterwards.
with

changed_days as (
    select * from {{ ref('int_changed_days') }}
),

looks as (
    {% for origin, model in [('ga4_export', 'stg_ga4_export__events'), ('file_drop', 'stg_file_drop__ga4_events')] %}
    select
        date_day,
        {{ row_hash(same) }} as look
    from {{ ref(model) }}
    where date_day in (select changed_days.date_day from changed_days)
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

repeated_looks as (
    select
        date_day,
        look
    from looks
    group by date_day, look
    having count(*) > 1
),

received as (
    {% for origin, model in [('ga4_export', 'stg_ga4_export__events'), ('file_drop', 'stg_file_drop__ga4_events')] %}
    select
        '{{ origin }}' as origin,
        {{ row_hash(same) }} as look,
        {{ columns | join(',\n        ') }}
    from {{ ref(model) }}
    where date_day in (select changed_days.date_day from changed_days)
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

suspects as (
    select received.*
    from received
    inner join repeated_looks on received.date_day = repeated_looks.date_day and received.look = repeated_looks.look
),

final as (
    select
        date_day,
        origin,
        property_id,
        row_index
    from suspects
    qualify
        row_number() over (
            partition by {{ same | join(', ') }}
            order by origin desc, row_index asc, property_id asc
        ) > 1
)

select * from final
