with

received as (
    select * from {{ source('raw_meta_ads', 'campaign_daily') }}
),

final as (
    select
        account_id,
        date_start as date_day,
        account_currency as currency_code,
        campaign_id,
        campaign_name,
        objective,
        cast(coalesce(impressions, '0') as bigint) as impressions,
        -- "clicks" of Meta counts likes and profile clicks too; a click on an ad is a click on its link
        cast(coalesce(inline_link_clicks, '0') as bigint) as clicks,
        coalesce({{ money('spend') }}, 0) as spend_local,
        cast(reach as bigint) as reach,
        attribution_setting,
        actions,
        action_values
    from received
)

select * from final
