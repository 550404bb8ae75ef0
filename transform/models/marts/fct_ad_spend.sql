with

delivery as (
    select * from {{ ref('int_ad_delivery') }}
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
),

rates as (
    select * from {{ ref('int_fx_conversions') }}
),

final as (
    select
        {{ surrogate_key([
            'delivery.platform', 'delivery.account_id', 'delivery.campaign_id', 'delivery.date_day',
            "case when delivery.platform = 'file_drop' then delivery.channel || delivery.currency_code end"
        ]) }} as spend_key,
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
        {{ convert('delivery.platform_conversion_value_local', 'rates.fx_rate') }} as platform_conversion_value_amount
    from delivery
    left join campaigns
        on
            delivery.platform = campaigns.platform
            and delivery.account_id = campaigns.account_id
            and delivery.campaign_id = campaigns.campaign_id
    left join rates
        on delivery.date_day = rates.date_day and delivery.currency_code = rates.currency_code
)

select * from final
