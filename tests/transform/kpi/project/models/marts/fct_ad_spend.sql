-- depends on: {{ source('raw_google_ads', 'campaign_daily') }} {{ source('raw_fx_rates', 'ecb_rates') }}
select row_number() over (order by date_day, channel) as spend_key, *,
    case channel when 'Paid Search' then 'google_ads' else 'meta_ads' end as platform,
    case channel when 'Paid Search' then '41' else '31' end as account_id,
    'EUR' as currency_code, cast(1 as double) as fx_rate
from (values
    (date '2026-01-05', 'Paid Search', 'brand', cast(100 as decimal(18, 6)), 10000, 200, cast(250 as decimal(18, 6))),
    (date '2026-01-06', 'Paid Social', 'social', 50, 20000, 100, 50),
    (date '2026-02-23', 'Paid Search', 'brand', 120, 8000, 160, 300),
    (date '2026-03-01', 'Paid Search', 'generic', 60, 4000, 40, 0),
    (date '2026-03-02', 'Paid Social', 'social', 80, 10000, 50, 0),
    (date '2026-03-08', 'Paid Search', 'generic', 40, 2000, 30, 90),
    (date '2026-03-09', 'Paid Search', 'brand', 30, 0, 0, 0)
) as t (date_day, channel, campaign_id, spend_amount, impressions, clicks, platform_conversion_value_amount)
