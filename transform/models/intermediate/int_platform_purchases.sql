-- Purchases that the ad platforms claim, by the day of the click; no leads, so that they compare to won deals.
with

google_ads as (
    select * from {{ ref('stg_google_ads__conversions_daily') }}
),

google_accounts as (
    select * from {{ ref('stg_google_ads__customers') }}
),

meta_ads as (
    select * from {{ ref('int_meta_conversions') }}
),

final as (
    select
        'google_ads' as platform,
        google_ads.account_id,
        google_ads.campaign_id,
        google_ads.date_day,
        max(google_accounts.currency_code) as currency_code,
        {{ exact_sum('google_ads.conversions') }} as purchases,
        sum(google_ads.conversion_value_local) as value_local
    from google_ads
    left join google_accounts on google_ads.account_id = google_accounts.account_id
    where google_ads.conversion_action_category in ('PURCHASE', 'CONVERTED_LEAD', 'STORE_SALE')
    group by google_ads.account_id, google_ads.campaign_id, google_ads.date_day
    union all
    select
        'meta_ads' as platform,
        account_id,
        campaign_id,
        date_day,
        currency_code,
        purchases,
        purchase_value_local as value_local
    from meta_ads
)

select * from final
where date_day <= {{ as_of_date() }}
