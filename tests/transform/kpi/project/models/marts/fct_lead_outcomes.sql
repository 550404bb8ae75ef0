-- depends on: {{ source('raw_hubspot', 'deals') }}
select row_number() over () as lead_id, *, 'hubspot' as source_system from (values
    (date '2026-02-02', 'Paid Search', 'brand', 'Germany', true),
    (date '2026-02-03', 'Paid Search', 'generic', 'Germany', false),
    (date '2026-02-25', 'Direct', null, 'Austria', false),
    (date '2026-02-28', 'Organic Search', null, null, false)
) as t (date_day, channel, campaign_id, country, is_won)
