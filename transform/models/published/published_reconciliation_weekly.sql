select
    week,
    channel,
    platform,
    claimed_conversions,
    claimed_revenue_amount,
    seen_conversions,
    seen_revenue_amount,
    closed_conversions,
    closed_revenue_amount,
    defended_conversions,
    defended_revenue_amount,
    gap_conversions,
    gap_revenue_amount,
    rule
from {{ ref('reconciliation_weekly') }}
