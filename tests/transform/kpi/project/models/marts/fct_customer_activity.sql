-- depends on: {{ source('raw_hubspot', 'deals') }}
select * from (values
    (date '2026-02-01', 'Paid Search', 'brand', 'Germany', date '2026-01-01', 1, 1, cast(1000 as decimal(18, 6)),
        cast(500 as decimal(18, 6))),
    (date '2026-02-01', 'Organic Search', '(not set)', 'Austria', date '2025-11-01', 2, 0, 400, 0),
    (date '2026-02-01', 'Organic Search', '(not set)', '(not set)', date '2026-01-01', 1, 0, 200, 0)
) as t (
    date_day, channel, campaign_id, country, acquisition_month, customers_at_start, customers_retained,
    revenue_at_start_amount, revenue_retained_amount
)
