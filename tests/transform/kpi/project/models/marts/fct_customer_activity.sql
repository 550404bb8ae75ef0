-- depends on: {{ source('raw_hubspot', 'deals') }}
select * from (values
    (date '2026-02-01', 'Paid Search', 1, 1, cast(1000 as decimal(18, 6)), cast(500 as decimal(18, 6))),
    (date '2026-02-01', 'Organic Search', 3, 0, 600, 0)
) as t (
    date_day, channel, customers_at_start, customers_retained, revenue_at_start_amount, revenue_retained_amount
)
