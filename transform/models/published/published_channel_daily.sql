select
    date_day,
    channel,
    spend_amount,
    impressions,
    clicks,
    sessions,
    engaged_sessions,
    converting_sessions,
    new_visitors,
    leads,
    new_customers,
    orders,
    revenue_amount,
    attributed_conversions,
    attributed_revenue_amount
from {{ ref('channel_daily') }}
