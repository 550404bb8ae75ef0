-- depends on: {{ source('raw_google_ads', 'campaign_daily') }}
select row_number() over () as claim_key, *,
    case channel when 'Paid Search' then 'google_ads' else 'meta_ads' end as platform,
    case channel when 'Paid Search' then '41' else '31' end as account_id
from (values
    (date '2026-02-10', 'Paid Social', 'social', cast(1 as double)),
    (date '2026-02-25', 'Paid Search', 'generic', 1.5), (date '2026-02-27', 'Paid Social', 'social', 0.5)
) as t (date_day, channel, campaign_id, claimed_purchases)
