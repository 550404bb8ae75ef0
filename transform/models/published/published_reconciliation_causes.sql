select
    week,
    channel,
    platform,
    cause,
    sort_order,
    explanation,
    conversions,
    revenue_amount
from {{ ref('reconciliation_causes') }}
