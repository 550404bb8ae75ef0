select
    date_day,
    cohort_month,
    channel,
    months_since,
    customers,
    active_customers,
    orders,
    orders_without_margin,
    revenue_amount,
    gross_margin_amount,
    cumulative_margin_amount,
    acquisition_cost_amount,
    is_cost_known
from {{ ref('fct_customer_cohorts') }}
