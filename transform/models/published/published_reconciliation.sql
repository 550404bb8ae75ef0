select
    month,
    channel,
    platform,
    platform_conversions,
    ga4_conversions,
    crm_conversions,
    platform_value_amount,
    crm_value_amount,
    gap
from {{ ref('reconciliation') }}
