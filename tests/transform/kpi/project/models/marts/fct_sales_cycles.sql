-- depends on: {{ source('raw_hubspot', 'deals') }}
select row_number() over () as order_id, * from (values
    (date '2026-02-10', 'Paid Search', 'brand', 'Germany', cast(5 as double)),
    (date '2026-02-24', 'Paid Search', 'generic', 'Germany', 30.5),
    (date '2026-02-27', 'Organic Search', null, 'Austria', 12), (date '2026-02-28', 'Organic Search', null, null, 14)
) as t (date_day, channel, campaign_id, country, cycle_days)
