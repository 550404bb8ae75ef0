-- depends on: {{ source('raw_google_ads', 'campaign_daily') }}
select row_number() over () as share_key, '11' as campaign_id, 'Paid Search' as channel, * from (values
    -- 50 % of 2,000 and 10 % of 4,000
    (date '2026-01-05', 1000, cast(2000 as decimal(18, 6))), (date '2026-01-06', 400, 4000),
    (date '2026-03-01', 90, 100)
) as t (date_day, impressions, eligible_impressions)
