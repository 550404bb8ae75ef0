-- depends on: {{ source('raw_hubspot', 'deals') }}
select * from (values
    (date '2026-02-01', 'Paid Search', 1, 1), (date '2026-02-01', 'Organic Search', 3, 0)
) as t (date_day, channel, customers_at_start, customers_retained)
