with

sources as (
    select * from {{ ref('stg_ops__sources') }}
),

aged as (
    select
        *,
        -- a day is complete when the next one begins
        {{ seconds_between("cast(newest_data_day + interval 1 day as timestamp)", as_of()) }} / 3600
            as data_age_hours
    from sources
),

final as (
    select
        source,
        title,
        is_enabled,
        newest_data_day,
        data_age_hours,
        max_data_age_hours,
        data_age_hours <= max_data_age_hours as is_fresh,
        restatement_days,
        window_start,
        window_end,
        last_loaded_at,
        rows
    from aged
)

select * from final
