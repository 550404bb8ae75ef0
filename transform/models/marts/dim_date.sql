select
    cast(null as date) as date_day,
    cast(null as date) as week_start_day,
    cast(null as date) as month_start_day,
    cast(null as date) as quarter_start_day,
    cast(null as date) as year_start_day,
    cast(null as bigint) as day_of_week,
    cast(null as boolean) as is_weekend
where 1 = 0
