-- depends on: {{ source('raw_google_ads', 'campaign_daily') }}
select row_number() over () as claim_key, * from (values
    (date '2026-02-10', 'Paid Social', cast(1 as double)), (date '2026-02-25', 'Paid Search', 1.5),
    (date '2026-02-27', 'Paid Social', 0.5)
) as t (date_day, channel, claimed_purchases)
