-- depends on: {{ ref('fct_orders') }} {{ ref('fct_marketing_cost') }}
select * from (values
    -- won before any cost is known
    (date '2026-01-01', date '2025-12-01', 'Direct', 4, cast(200 as decimal(18, 6)), cast(null as decimal(18, 6)), false),
    (date '2026-01-01', date '2026-01-01', 'Paid Search', 2, 300, 500, true),
    (date '2026-02-01', date '2025-12-01', 'Direct', 4, 200, null, false),
    (date '2026-02-01', date '2026-01-01', 'Paid Search', 2, 450, 500, true),
    (date '2026-02-01', date '2026-02-01', 'Organic Search', 1, 150, null, true),
    -- money that won nobody
    (date '2026-02-01', date '2026-02-01', 'Paid Social', 0, null, 100, true)
) as t (date_day, cohort_month, channel, customers, cumulative_margin_amount, acquisition_cost_amount, is_cost_known)
