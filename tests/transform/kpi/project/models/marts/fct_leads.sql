-- depends on: {{ source('raw_hubspot', 'deals') }}
select row_number() over () as lead_id, *, 'hubspot' as source_system from (values
    (date '2026-01-05', 'Paid Search', 'brand', 'Germany'), (date '2026-01-11', 'Organic Search', null, 'Austria'),
    (date '2026-02-24', 'Paid Search', 'brand', 'Germany'), (date '2026-02-25', 'Paid Search', 'generic', null),
    (date '2026-03-01', 'Direct', null, 'Germany'), (date '2026-03-02', 'Organic Search', null, 'Austria'),
    (date '2026-03-08', 'Paid Social', 'social', 'Germany')
) as t (date_day, channel, campaign_id, country)
