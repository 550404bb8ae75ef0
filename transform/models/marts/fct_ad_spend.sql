select
    cast(null as string) as spend_key,
    cast(null as date) as date_day,
    cast(null as string) as platform,
    cast(null as string) as account_id,
    cast(null as string) as channel,
    cast(null as string) as campaign_id,
    cast(null as string) as campaign_name,
    cast(null as string) as currency_code,
    cast(null as decimal(18,6)) as spend_local,
    cast(null as double) as fx_rate,
    cast(null as decimal(18,6)) as spend_amount,
    cast(null as bigint) as impressions,
    cast(null as bigint) as clicks,
    cast(null as double) as platform_conversions,
    cast(null as decimal(18,6)) as platform_conversion_value_local,
    cast(null as decimal(18,6)) as platform_conversion_value_amount
where 1 = 0
