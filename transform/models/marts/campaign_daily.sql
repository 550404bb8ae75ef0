select
    cast(null as date) as date_day,
    cast(null as string) as platform,
    cast(null as string) as account_id,
    cast(null as string) as channel,
    cast(null as string) as campaign_id,
    cast(null as string) as campaign_name,
    cast(null as decimal(18,6)) as spend_amount,
    cast(null as bigint) as impressions,
    cast(null as bigint) as clicks,
    cast(null as double) as platform_conversions,
    cast(null as bigint) as sessions,
    cast(null as double) as attributed_conversions,
    cast(null as decimal(18,6)) as attributed_revenue_amount
where 1 = 0
