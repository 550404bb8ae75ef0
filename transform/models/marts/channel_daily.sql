select
    cast(null as date) as date_day,
    cast(null as string) as channel,
    cast(null as decimal(18,6)) as spend_amount,
    cast(null as bigint) as impressions,
    cast(null as bigint) as clicks,
    cast(null as bigint) as sessions,
    cast(null as bigint) as engaged_sessions,
    cast(null as bigint) as converting_sessions,
    cast(null as bigint) as new_visitors,
    cast(null as bigint) as leads,
    cast(null as bigint) as new_customers,
    cast(null as bigint) as orders,
    cast(null as decimal(18,6)) as revenue_amount,
    cast(null as double) as attributed_conversions,
    cast(null as decimal(18,6)) as attributed_revenue_amount
where 1 = 0
