with

received as (
    select * from {{ source('ops', 'sources') }}
),

final as (
    select
        source,
        title,
        coalesce(is_enabled, false) as is_enabled,
        cast(restatement_days as bigint) as restatement_days,
        cast(max_data_age_hours as bigint) as max_data_age_hours,
        newest_data_day,
        window_start,
        window_end,
        {{ utc('last_loaded_at') }} as last_loaded_at,
        rows
    from received
)

select * from final
