select
    cast(null as date) as month,
    cast(null as string) as channel,
    cast(null as bigint) as step_number,
    cast(null as string) as step,
    cast(null as bigint) as people,
    cast(null as double) as rate_from_previous
where 1 = 0
