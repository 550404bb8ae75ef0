select
    cast(null as string) as source,
    cast(null as string) as title,
    cast(null as boolean) as is_enabled,
    cast(null as date) as newest_data_day,
    cast(null as double) as data_age_hours,
    cast(null as bigint) as max_data_age_hours,
    cast(null as boolean) as is_fresh,
    cast(null as bigint) as restatement_days,
    cast(null as date) as window_start,
    cast(null as date) as window_end,
    cast(null as timestamp) as last_loaded_at,
    cast(null as bigint) as rows
where 1 = 0
