select
    date_day,
    platform,
    account_id,
    channel,
    campaign_id,
    campaign_name,
    spend_amount,
    impressions,
    clicks,
    platform_conversions,
    sessions,
    attributed_conversions,
    attributed_revenue_amount
from {{ ref('campaign_daily') }}
