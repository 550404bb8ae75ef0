with

campaigns as (
    select * from {{ ref('stg_google_ads__campaign_daily') }}
),

-- Google cuts the share off at both ends: "< 10 %" comes as 0.0999 and "> 90 %" as 0.9001, and counts as that.
final as (
    select
        {{ surrogate_key(['date_day', 'account_id', 'campaign_id']) }} as share_key,
        date_day,
        account_id,
        campaign_id,
        max({{ google_ads_channel('advertising_channel_type') }}) as channel,
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(cast(impressions / search_impression_share as decimal(18, 6))) as decimal(18, 6))
            as eligible_impressions,
        cast(sum(
            case when search_impression_share < 0.1 or search_impression_share > 0.9 then impressions else 0 end
        ) as bigint) as bounded_impressions
    from campaigns
    where search_impression_share > 0 and impressions > 0 and date_day <= {{ as_of_date() }}
    group by date_day, account_id, campaign_id
)

select * from final
