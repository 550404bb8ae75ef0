select
    cast(null as string) as channel,
    cast(null as boolean) as is_paid,
    cast(null as bigint) as sort_order
where 1 = 0
