{{ config(meta={'is_lookup': true}) }}

-- One row a click that Google Ads knows, with its campaign and ad. The click view knows the day only: a click stands
-- at the beginning of that day in the account's time zone.
with

clicks as (
    select * from {{ ref('stg_google_ads__click_view') }}
),

accounts as (
    select * from {{ ref('stg_google_ads__customers') }}
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
    where platform = 'google_ads'
),

ads as (
    select * from {{ ref('stg_google_ads__ads') }}
),

-- a gclid is one click; were it listed twice, the newest day is that of the click
newest as (
    select * from clicks
    qualify row_number() over (partition by gclid order by date_day desc, account_id asc) = 1
),

final as (
    select
        newest.gclid,
        newest.date_day,
        accounts.time_zone,
        coalesce(
            {{ day_start('newest.date_day', 'accounts.time_zone') }}, cast(newest.date_day as timestamp)
        ) as clicked_at,
        coalesce(campaigns.channel, 'Paid Search') as channel,
        newest.campaign_id,
        campaigns.campaign_name,
        newest.ad_group_id,
        newest.ad_id,
        ads.ad_group_name as ad_name
    from newest
    left join accounts on newest.account_id = accounts.account_id
    left join campaigns
        on newest.account_id = campaigns.account_id and newest.campaign_id = campaigns.campaign_id
    left join ads on newest.account_id = ads.account_id and newest.ad_id = ads.ad_id
)

select * from final
