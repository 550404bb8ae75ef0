select
    cast(null as date) as cohort_month,
    cast(null as bigint) as months_since,
    cast(null as bigint) as customers,
    cast(null as bigint) as active_customers,
    cast(null as double) as retention_rate,
    cast(null as decimal(18,6)) as revenue_amount
where 1 = 0
