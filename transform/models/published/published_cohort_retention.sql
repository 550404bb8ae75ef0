select
    cohort_month,
    months_since,
    customers,
    active_customers,
    retention_rate,
    revenue_amount
from {{ ref('cohort_retention') }}
