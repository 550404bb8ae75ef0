select
    spend_key,
    date_day,
    platform,
    account_id,
    channel,
    campaign_id,
    campaign_name,
    currency_code,
    spend_local,
    fx_rate,
    spend_amount,
    impressions,
    clicks,
    platform_conversions,
    platform_conversion_value_local,
    platform_conversion_value_amount
from {{ ref('fct_ad_spend') }}
