-- depends on: {{ source('raw_hubspot', 'deals') }}
select *, 'hubspot' as source_system, 'EUR' as currency_code, cast(1 as double) as fx_rate from (values
    ('o1', date '2026-01-20', 'Paid Search', 'brand', 'Germany', date '2026-01-01', cast(1000 as decimal(18, 6)), true),
    ('o2', date '2026-02-10', 'Paid Search', 'brand', 'Germany', date '2026-01-01', 500, false),
    ('o3', date '2026-02-27', 'Organic Search', null, 'Austria', date '2026-02-01', 2000, true),
    ('o4', date '2026-03-05', 'Direct', null, null, date '2026-03-01', 300, true),
    ('o5', date '2026-03-06', 'Direct', null, null, date '2026-03-01', 200, false)
) as t (order_id, date_day, channel, campaign_id, country, acquisition_month, revenue_amount, is_first_purchase)
