-- Every sale beside every ad platform that claims sales: the last click of it before the sale, whether that lies within
-- the platform's own window, and what the visits say.
with

orders as (
    select * from {{ ref('fct_orders') }}
),

platforms as (
    select distinct platform from {{ ref('int_claims') }}
),

visits as (
    select * from {{ ref('int_paid_visits') }}
),

first_visits as (
    select
        person_id,
        min(session_started_at) as first_visit_at
    from {{ ref('fct_sessions') }}
    where person_id is not null
    group by person_id
),

paths as (
    select distinct
        paths.conversion_id as order_id,
        coalesce(campaigns.platform, channel_platforms.platform) as platform
    from {{ ref('fct_conversion_paths') }} as paths
    left join {{ ref('int_campaigns') }} as campaigns
        on paths.campaign_id = campaigns.campaign_id and campaigns.is_id_unique
    left join {{ ref('int_channel_platforms') }} as channel_platforms on paths.channel = channel_platforms.channel
    where {{ is_purchase('paths.conversion_type') }}
),

-- The longest window of a purchase; of Meta the one that is written in the campaigns' attribution setting.
windows as (
    select
        'google_ads' as platform,
        max(click_lookback_days) as click_days
    from {{ ref('stg_google_ads__conversion_actions') }}
    where category in ('PURCHASE', 'CONVERTED_LEAD', 'STORE_SALE')
    union all
    select
        'meta_ads' as platform,
        max(cast(nullif(regexp_extract(attribution_setting, '([0-9]+)d_click', 1), '') as bigint)) as click_days
    from {{ ref('stg_meta_ads__campaign_daily') }}
),

last_clicks as (
    select
        orders.order_id,
        visits.platform,
        visits.campaign_id,
        visits.touched_at,
        max(case when visits.is_visit then 1 else 0 end) over (
            partition by orders.order_id, visits.platform
        ) = 1 as has_platform_visit
    from orders
    inner join visits on orders.person_id = visits.person_id and orders.won_at >= visits.touched_at
    qualify
        row_number() over (
            partition by orders.order_id, visits.platform order by visits.touched_at desc, visits.campaign_id asc
        ) = 1
),

final as (
    select
        orders.order_id,
        platforms.platform,
        orders.won_at,
        orders.date_day,
        orders.currency_code,
        orders.revenue_local,
        orders.revenue_amount,
        last_clicks.campaign_id,
        last_clicks.touched_at,
        last_clicks.order_id is not null as is_tied,
        coalesce(last_clicks.has_platform_visit, false) as has_platform_visit,
        paths.order_id is not null as is_on_path,
        coalesce(first_visits.first_visit_at <= orders.won_at, false) as has_visit,
        {{ seconds_between('last_clicks.touched_at', 'orders.won_at') }}
        <= 86400 * coalesce(windows.click_days, case platforms.platform when 'meta_ads' then 7 else 30 end)
            as is_within_window
    from orders
    cross join platforms
    left join last_clicks on orders.order_id = last_clicks.order_id and platforms.platform = last_clicks.platform
    left join paths on orders.order_id = paths.order_id and platforms.platform = paths.platform
    left join first_visits on orders.person_id = first_visits.person_id
    left join windows on platforms.platform = windows.platform
)

select * from final
