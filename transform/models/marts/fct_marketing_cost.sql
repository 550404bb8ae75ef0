select
    cast(null as string) as cost_key,
    cast(null as date) as date_day,
    cast(null as string) as cost_type,
    cast(null as string) as platform,
    cast(null as string) as channel,
    cast(null as string) as campaign_name,
    cast(null as string) as currency_code,
    cast(null as decimal(18,6)) as cost_local,
    cast(null as decimal(18,6)) as cost_amount
where 1 = 0
