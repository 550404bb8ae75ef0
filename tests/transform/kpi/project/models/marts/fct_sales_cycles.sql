-- depends on: {{ source('raw_hubspot', 'deals') }}
select row_number() over () as order_id, * from (values
    (date '2026-02-10', 'Paid Search', cast(5 as double)), (date '2026-02-24', 'Paid Search', 30.5),
    (date '2026-02-27', 'Organic Search', 12), (date '2026-02-28', 'Organic Search', 14)
) as t (date_day, channel, cycle_days)
