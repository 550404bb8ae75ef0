select
    cast(null as string) as order_id,
    cast(null as string) as person_id,
    cast(null as string) as contact_id,
    cast(null as timestamp) as won_at,
    cast(null as date) as date_day,
    cast(null as string) as currency_code,
    cast(null as decimal(18,6)) as revenue_local,
    cast(null as double) as fx_rate,
    cast(null as decimal(18,6)) as revenue_amount,
    cast(null as decimal(18,6)) as gross_margin_amount,
    cast(null as bigint) as order_number,
    cast(null as boolean) as is_first_purchase,
    cast(null as string) as channel,
    cast(null as string) as source_system
where 1 = 0
