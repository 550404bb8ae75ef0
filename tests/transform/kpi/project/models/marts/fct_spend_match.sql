-- depends on: {{ source('raw_ga4_export', 'events') }} {{ ref('fct_ad_spend') }}
select
    spend_key, date_day, channel, campaign_id,
    case when channel = 'Paid Search' then spend_amount else 0 end as matched_spend_amount,
    spend_amount, platform, account_id, currency_code, fx_rate
from {{ ref('fct_ad_spend') }}
