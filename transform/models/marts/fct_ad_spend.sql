with

delivery as (
    select * from {{ ref('int_ad_delivery') }}
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
),

-- A row without a rate is in money_quarantine, and nowhere else.
rates as (
    select * from {{ ref('int_fx_conversions') }}
    where fx_rate is not null
),

time_zones as (
    select
        'google_ads' as platform,
        account_id,
        max(time_zone) as time_zone
    from {{ ref('stg_google_ads__customers') }}
    group by account_id
    union all
    select
        'meta_ads' as platform,
        account_id,
        max(time_zone) as time_zone
    from {{ ref('stg_meta_ads__accounts') }}
    group by account_id
),

final as (
    select
        {{ spend_key('delivery') }} as spend_key,
        delivery.date_day,
        delivery.platform,
        delivery.account_id,
        delivery.channel,
        delivery.campaign_id,
        campaigns.campaign_name,
        delivery.currency_code,
        cast(delivery.spend_local as decimal(18, 6)) as spend_local,
        rates.fx_rate,
        {{ convert('delivery.spend_local', 'rates.fx_rate') }} as spend_amount,
        cast(delivery.impressions as bigint) as impressions,
        cast(delivery.clicks as bigint) as clicks,
        delivery.platform_conversions,
        cast(delivery.platform_conversion_value_local as decimal(18, 6)) as platform_conversion_value_local,
        {{ convert('delivery.platform_conversion_value_local', 'rates.fx_rate') }} as platform_conversion_value_amount,
        case
            when delivery.platform = 'file_drop' then '{{ var("business_time_zone") }}'
            else time_zones.time_zone
        end as account_time_zone
    from delivery
    left join campaigns
        on
            delivery.platform = campaigns.platform
            and delivery.account_id = campaigns.account_id
            and delivery.campaign_id = campaigns.campaign_id
    left join time_zones
        on delivery.platform = time_zones.platform and delivery.account_id = time_zones.account_id
    inner join rates
        on delivery.date_day = rates.date_day and delivery.currency_code = rates.currency_code
)

select * from final
