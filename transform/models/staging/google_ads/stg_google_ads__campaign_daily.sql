with

received as (
    select * from {{ source('raw_google_ads', 'campaign_daily') }}
),

final as (
    select
        customer_id as account_id,
        date as date_day,
        campaign_id,
        campaign_name,
        campaign_status,
        advertising_channel_type,
        device,
        ad_network_type,
        cast(impressions as bigint) as impressions,
        search_impression_share,
        cast(clicks as bigint) as clicks,
        {{ micros('cost_micros') }} as spend_local,
        conversions,
        cast(conversions_value as decimal(18, 6)) as conversion_value_local
    from received
)

select * from final
