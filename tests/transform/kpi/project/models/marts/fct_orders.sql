-- depends on: {{ source('raw_hubspot', 'deals') }}
select * from (values
    ('o1', date '2026-01-20', 'Paid Search', cast(1000 as decimal(18, 6)), true),
    ('o2', date '2026-02-10', 'Paid Search', 500, false),
    ('o3', date '2026-02-27', 'Organic Search', 2000, true),
    ('o4', date '2026-03-05', 'Direct', 300, true),
    ('o5', date '2026-03-06', 'Direct', 200, false)
) as t (order_id, date_day, channel, revenue_amount, is_first_purchase)
