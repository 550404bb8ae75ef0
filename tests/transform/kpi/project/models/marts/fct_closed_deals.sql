-- depends on: {{ source('raw_hubspot', 'deals') }}
select row_number() over () as deal_id, *, 'hubspot' as source_system from (values
    (date '2026-01-20', 'Paid Search', 'brand', 'Germany', true),
    (date '2026-01-21', 'Paid Search', 'generic', 'Austria', false),
    (date '2026-02-10', 'Paid Search', 'brand', 'Germany', true),
    (date '2026-02-26', 'Direct', null, 'Austria', false),
    (date '2026-02-27', 'Organic Search', null, null, true)
) as t (date_day, channel, campaign_id, country, is_won)
