select
    cast(null as date) as date_day,
    cast(null as string) as channel,
    cast(null as bigint) as customers_at_start,
    cast(null as bigint) as customers_retained
where 1 = 0
