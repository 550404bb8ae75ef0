select
    cast(null as string) as person_id,
    cast(null as timestamp) as first_touch_at,
    cast(null as string) as first_channel,
    cast(null as string) as first_campaign_id,
    cast(null as timestamp) as lead_at,
    cast(null as timestamp) as first_purchase_at,
    cast(null as boolean) as is_customer,
    cast(null as string) as country
where 1 = 0
