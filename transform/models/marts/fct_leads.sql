select
    cast(null as string) as lead_id,
    cast(null as string) as person_id,
    cast(null as timestamp) as lead_at,
    cast(null as date) as date_day,
    cast(null as timestamp) as mql_at,
    cast(null as timestamp) as sql_at,
    cast(null as timestamp) as opportunity_at,
    cast(null as timestamp) as customer_at,
    cast(null as string) as channel,
    cast(null as string) as campaign_id,
    cast(null as string) as source_system,
    cast(null as string) as country
where 1 = 0
