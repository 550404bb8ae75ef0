-- Purchases that the ad platforms claim, by the day of the conversion in the account's zone, a campaign and kind: by a
-- click, or by an ad that was only seen. An account without numbers by that day counts on the day of the click.
with

google_ads as (
    select * from {{ ref('stg_google_ads__conversions_daily') }}
    where conversion_action_category in ('PURCHASE', 'CONVERTED_LEAD', 'STORE_SALE')
),

meta_ads as (
    select * from {{ ref('stg_meta_ads__conversions_daily') }}
    where goal = 'purchase'
),

by_click as (
    select * from {{ ref('int_platform_purchases') }}
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
),

accounts as (
    select * from {{ ref('int_ad_accounts') }}
),

rates as (
    select * from {{ ref('int_fx_rates') }}
),

by_conversion as (
    select
        'google_ads' as platform,
        account_id,
        campaign_id,
        date_day,
        'click' as kind,
        conversions_by_conversion_date as conversions,
        conversion_value_by_conversion_date_local as value_local
    from google_ads
    union all
    select
        'meta_ads' as platform,
        account_id,
        campaign_id,
        date_day,
        'click' as kind,
        conversions - view_conversions as conversions,
        value_local - view_value_local as value_local
    from meta_ads
    union all
    select
        'meta_ads' as platform,
        account_id,
        campaign_id,
        date_day,
        'view' as kind,
        view_conversions as conversions,
        view_value_local as value_local
    from meta_ads
),

told as (
    select distinct
        platform,
        account_id
    from by_conversion
),

claims as (
    select * from by_conversion
    where date_day <= {{ as_of_date() }}
    union all
    select
        by_click.platform,
        by_click.account_id,
        by_click.campaign_id,
        by_click.date_day,
        'click' as kind,
        by_click.purchases as conversions,
        by_click.value_local
    from by_click
    left join told
        on by_click.platform = told.platform and by_click.account_id = told.account_id
    where told.account_id is null
),

final as (
    select
        claims.platform,
        claims.account_id,
        claims.campaign_id,
        campaigns.channel,
        claims.date_day,
        claims.kind,
        max(accounts.currency_code) as currency_code,
        max(accounts.time_zone) as time_zone,
        cast(sum(cast(claims.conversions as decimal(18, 9))) as decimal(18, 9)) as conversions,
        cast(sum(claims.value_local) as decimal(18, 6)) as value_local,
        {{ convert('cast(sum(claims.value_local) as decimal(18, 6))', 'max(case when accounts.currency_code = '
            ~ "'" ~ var('reporting_currency') ~ "'" ~ ' then 1 else rates.fx_rate end)') }} as value_amount
    from claims
    inner join campaigns
        on
            claims.platform = campaigns.platform
            and claims.account_id = campaigns.account_id
            and claims.campaign_id = campaigns.campaign_id
    inner join accounts on claims.platform = accounts.platform and claims.account_id = accounts.account_id
    left join rates on claims.date_day = rates.date_day and accounts.currency_code = rates.currency_code
    where accounts.currency_code = '{{ var("reporting_currency") }}' or rates.fx_rate is not null
    group by
        claims.platform, claims.account_id, claims.campaign_id, campaigns.channel, claims.date_day, claims.kind
    having sum(cast(claims.conversions as decimal(18, 9))) != 0 or sum(claims.value_local) != 0
)

select * from final
