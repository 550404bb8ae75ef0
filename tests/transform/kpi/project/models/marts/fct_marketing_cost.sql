-- depends on: {{ source('raw_google_ads', 'campaign_daily') }} {{ source('raw_file_drop', 'costs') }}
select spend_key as cost_key, date_day, channel, campaign_id, spend_amount as cost_amount,
    platform, account_id, currency_code, fx_rate
from {{ ref('fct_ad_spend') }}
union all
select 100, date '2026-01-31', '(none)', null, 450, 'file_drop', 'file_drop', 'EUR', 1
union all
select 101, date '2026-02-28', '(none)', null, 620, 'file_drop', 'file_drop', 'EUR', 1
