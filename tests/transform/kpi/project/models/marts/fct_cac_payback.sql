-- depends on: {{ ref('fct_customer_cohorts') }}
select * from (values (date '2026-01-01', 2, null), (date '2026-02-01', 3, 1)) as t (date_day, customers, payback_months)
