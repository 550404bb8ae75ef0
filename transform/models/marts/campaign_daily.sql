with

campaigns as (
    select * from {{ ref('int_campaigns') }}
),

spend as (
    select
        date_day,
        platform,
        account_id,
        campaign_id,
        sum(spend_amount) as spend_amount,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        {{ exact_sum('platform_conversions') }} as platform_conversions
    from {{ ref('fct_ad_spend') }}
    group by date_day, platform, account_id, campaign_id
),

sessions as (
    select
        date_day,
        campaign_id,
        count(*) as sessions
    from {{ ref('fct_sessions') }}
    where campaign_id is not null
    group by date_day, campaign_id
),

attribution as (
    select
        date_day,
        campaign_id,
        {{ exact_sum('credited_conversions') }} as attributed_conversions,
        sum(credited_value) as attributed_revenue_amount
    from {{ ref('fct_attribution') }}
    where campaign_id is not null and model = '{{ var("attribution_model") }}' and {{ is_purchase() }}
    group by date_day, campaign_id
),

-- Without any session no analytics is connected, and what came of a campaign is unknown, not zero.
analytics as (
    select count(*) > 0 as is_connected from {{ ref('fct_sessions') }}
),

days as (
    select
        date_day,
        platform,
        account_id,
        campaign_id
    from spend
    union
    select
        visits.date_day,
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id
    from (
        select
            date_day,
            campaign_id
        from sessions
        union
        select
            date_day,
            campaign_id
        from attribution
    ) as visits
    inner join campaigns on visits.campaign_id = campaigns.campaign_id and campaigns.is_id_unique
),

final as (
    select
        days.date_day,
        days.platform,
        days.account_id,
        campaigns.channel,
        days.campaign_id,
        campaigns.campaign_name,
        cast(coalesce(spend.spend_amount, 0) as decimal(18, 6)) as spend_amount,
        cast(coalesce(spend.impressions, 0) as bigint) as impressions,
        cast(coalesce(spend.clicks, 0) as bigint) as clicks,
        coalesce(spend.platform_conversions, 0) as platform_conversions,
        case when analytics.is_connected then coalesce(sessions.sessions, 0) end as sessions,
        case when analytics.is_connected then coalesce(attribution.attributed_conversions, 0) end
            as attributed_conversions,
        cast(
            case when analytics.is_connected then coalesce(attribution.attributed_revenue_amount, 0) end
            as decimal(18, 6)
        ) as attributed_revenue_amount
    from days
    cross join analytics
    inner join campaigns
        on
            days.platform = campaigns.platform
            and days.account_id = campaigns.account_id
            and days.campaign_id = campaigns.campaign_id
    left join spend
        on
            days.date_day = spend.date_day
            and days.platform = spend.platform
            and days.account_id = spend.account_id
            and days.campaign_id = spend.campaign_id
    left join sessions
        on days.date_day = sessions.date_day and days.campaign_id = sessions.campaign_id and campaigns.is_id_unique
    left join attribution
        on
            days.date_day = attribution.date_day
            and days.campaign_id = attribution.campaign_id
            and campaigns.is_id_unique
)

select * from final
