-- cumulative within a month, a row a day and channel
-- depends on: {{ ref('fct_ad_spend') }} {{ source('raw_file_drop', 'budgets') }}
select * from (values
    (date '2026-02-27', 'Paid Search', cast(120 as decimal(18, 6)), cast(135 as decimal(18, 6))),
    (date '2026-02-28', 'Paid Search', 120, 140),
    (date '2026-03-07', 'Paid Search', 60, 70), (date '2026-03-07', 'Paid Social', 80, 0),
    (date '2026-03-08', 'Paid Search', 100, 80), (date '2026-03-08', 'Paid Social', 80, 0),
    (date '2026-03-09', 'Paid Search', 130, 90), (date '2026-03-09', 'Paid Social', 80, 0)
) as t (date_day, channel, spend_to_date_amount, planned_to_date_amount)
