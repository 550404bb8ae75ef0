select
    cast(null as string) as attribution_key,
    cast(null as string) as conversion_id,
    cast(null as string) as conversion_type,
    cast(null as timestamp) as converted_at,
    cast(null as date) as date_day,
    cast(null as string) as touchpoint_id,
    cast(null as string) as journey_id,
    cast(null as string) as person_id,
    cast(null as string) as model,
    cast(null as string) as channel,
    cast(null as string) as campaign_id,
    cast(null as string) as campaign_name,
    cast(null as double) as weight,
    cast(null as double) as credited_conversions,
    cast(null as decimal(18,6)) as credited_value,
    cast(null as decimal(18,6)) as credited_gross_margin
where 1 = 0
