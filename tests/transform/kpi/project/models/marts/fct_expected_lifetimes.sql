-- depends on: {{ ref('fct_orders') }}
select * from (values
    -- the fit of January was refused
    (date '2026-01-01', date '2026-01-01', 'Paid Search', 2, cast(300 as decimal(18, 6)), cast(null as decimal(18, 6))),
    (date '2026-02-01', date '2026-01-01', 'Paid Search', 2, 450, 90),
    (date '2026-02-01', date '2026-02-01', 'Organic Search', 1, 150, 60),
    -- no margin is known of what they bought
    (date '2026-02-01', date '2026-01-01', 'Direct', 1, null, 20)
) as t (date_day, cohort_month, channel, customers, margin_amount, expected_margin_amount)
