select
    cast(null as date) as date_day,
    cast(null as string) as channel,
    cast(null as bigint) as customers,
    cast(null as bigint) as repeat_customers
where 1 = 0
