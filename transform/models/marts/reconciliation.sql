select
    cast(null as date) as month,
    cast(null as string) as channel,
    cast(null as string) as platform,
    cast(null as double) as platform_conversions,
    cast(null as double) as ga4_conversions,
    cast(null as double) as crm_conversions,
    cast(null as decimal(18,6)) as platform_value_amount,
    cast(null as decimal(18,6)) as crm_value_amount,
    cast(null as double) as gap
where 1 = 0
