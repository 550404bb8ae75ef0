{{ config(meta={'is_lookup': true}) }}

-- What was received of each day of GA4 events. A load replaces whole days, so that a day is as it was where all of this
-- is the same.
with

received as (
    select
        'ga4_export' as origin,
        date_day,
        event_micros,
        user_pseudo_id,
        load_id,
        loaded_at
    from {{ ref('stg_ga4_export__events') }}
    union all
    select
        'file_drop' as origin,
        date_day,
        event_micros,
        user_pseudo_id,
        load_id,
        loaded_at
    from {{ ref('stg_file_drop__ga4_events') }}
),

final as (
    select
        origin,
        date_day,
        count(*) as events,
        count(user_pseudo_id) as known_events,
        cast(sum(event_micros) as decimal(38, 0)) as micros_total,
        min(load_id) as first_load_id,
        max(load_id) as last_load_id,
        min(loaded_at) as first_loaded_at,
        max(loaded_at) as last_loaded_at
    from received
    where date_day <= {{ as_of_date() }}
    group by origin, date_day
)

select * from final
