-- What every ad platform delivered, a campaign and day, in the account's currency and time zone.
with

google_ads as (
    select * from {{ ref('stg_google_ads__campaign_daily') }}
),

google_accounts as (
    select * from {{ ref('stg_google_ads__customers') }}
),

meta_ads as (
    select * from {{ ref('stg_meta_ads__campaign_daily') }}
),

meta_conversions as (
    select * from {{ ref('int_meta_conversions') }}
),

costs as (
    select * from {{ ref('stg_file_drop__costs') }}
),

channels as (
    select * from {{ ref('int_channels') }}
),

google_delivery as (
    select
        google_ads.date_day,
        'google_ads' as platform,
        google_ads.account_id,
        google_ads.campaign_id,
        max_by(google_ads.campaign_name, google_ads.impressions) as campaign_name,
        max({{ google_ads_channel('google_ads.advertising_channel_type') }}) as channel,
        max(google_accounts.currency_code) as currency_code,
        sum(google_ads.spend_local) as spend_local,
        sum(google_ads.impressions) as impressions,
        sum(google_ads.clicks) as clicks,
        {{ exact_sum('google_ads.conversions') }} as platform_conversions,
        sum(google_ads.conversion_value_local) as platform_conversion_value_local
    from google_ads
    left join google_accounts on google_ads.account_id = google_accounts.account_id
    group by google_ads.date_day, google_ads.account_id, google_ads.campaign_id
),

meta_delivery as (
    select
        meta_ads.date_day,
        'meta_ads' as platform,
        meta_ads.account_id,
        meta_ads.campaign_id,
        meta_ads.campaign_name,
        'Paid Social' as channel,
        meta_ads.currency_code,
        meta_ads.spend_local,
        meta_ads.impressions,
        meta_ads.clicks,
        coalesce(meta_conversions.conversions, 0) as platform_conversions,
        coalesce(meta_conversions.value_local, 0) as platform_conversion_value_local
    from meta_ads
    left join meta_conversions
        on
            meta_ads.account_id = meta_conversions.account_id
            and meta_ads.date_day = meta_conversions.date_day
            and meta_ads.campaign_id = meta_conversions.campaign_id
),

file_lines as (
    select
        costs.*,
        coalesce(channels.channel, costs.channel) as known_channel,
        coalesce(costs.campaign_name, channels.channel, costs.channel) as campaign
    from costs
    left join channels on lower(costs.channel) = lower(channels.channel)
    where costs.clicks is not null or costs.impressions is not null
),

-- By what the lines mean: a channel spelled in two ways on one day is one row, not two of the same key.
file_delivery as (
    select
        date_day,
        'file_drop' as platform,
        'file_drop' as account_id,
        campaign as campaign_id,
        campaign as campaign_name,
        known_channel as channel,
        currency_code,
        sum(cost_local) as spend_local,
        sum(coalesce(impressions, 0)) as impressions,
        sum(coalesce(clicks, 0)) as clicks,
        cast(0 as double) as platform_conversions,
        cast(0 as decimal(18, 6)) as platform_conversion_value_local
    from file_lines
    group by date_day, campaign, known_channel, currency_code
),

final as (
    select * from google_delivery
    union all
    select * from meta_delivery
    union all
    select * from file_delivery
)

select * from final
where date_day <= {{ as_of_date() }}
