-- What the configured attribution model gives to each platform and paid channel of a sale, which is the defended
-- number; and by last touch: what the CRM closed. A credit that no platform's campaign is known for is "other".
with

attribution as (
    select * from {{ ref('fct_attribution') }}
    where model in ('last', '{{ var("attribution_model") }}') and {{ is_purchase() }}
),

channels as (
    select * from {{ ref('dim_channel') }}
    where is_paid
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
    where is_id_unique and platform in ('google_ads', 'meta_ads')
),

channel_platforms as (
    select * from {{ ref('int_channel_platforms') }}
),

final as (
    select
        attribution.model,
        attribution.conversion_id as order_id,
        attribution.date_day,
        coalesce(campaigns.platform, channel_platforms.platform, 'other') as platform,
        attribution.channel,
        cast(sum(cast(attribution.credited_conversions as decimal(18, 9))) as decimal(18, 9)) as credited_conversions,
        cast(sum(attribution.credited_value) as decimal(18, 6)) as credited_value_amount
    from attribution
    inner join channels on attribution.channel = channels.channel
    left join campaigns on attribution.campaign_id = campaigns.campaign_id
    left join channel_platforms on attribution.channel = channel_platforms.channel
    group by
        attribution.model,
        attribution.conversion_id,
        attribution.date_day,
        coalesce(campaigns.platform, channel_platforms.platform, 'other'),
        attribution.channel
)

select * from final
