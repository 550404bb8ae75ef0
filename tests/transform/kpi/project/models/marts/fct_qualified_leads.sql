-- depends on: {{ source('raw_hubspot', 'deals') }}
select row_number() over () as qualified_lead_key, *, 'hubspot' as source_system from (values
    (date '2026-01-06', 'mql', 'Paid Search', 'brand', 'Germany'), (date '2026-01-08', 'sql', 'Paid Search', 'brand', 'Germany'),
    (date '2026-01-11', 'mql', 'Organic Search', null, 'Austria'), (date '2026-02-24', 'mql', 'Paid Search', 'brand', 'Germany'),
    (date '2026-03-02', 'sql', 'Paid Search', 'brand', 'Germany'), (date '2026-03-02', 'sql', 'Direct', null, null)
) as t (date_day, stage, channel, campaign_id, country)
