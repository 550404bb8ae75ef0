{{ config(meta={'is_lookup': true}) }}

-- names of campaigns: that Google Ads restates 30 days must not keep sessions provisional for 30 days
-- depends on: {{ source('raw_google_ads', 'campaign_daily') }}
select 1 as campaign_id
