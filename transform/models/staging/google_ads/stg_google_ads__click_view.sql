{{ config(meta={'is_lookup': true}) }}

with

received as (
    select * from {{ source('raw_google_ads', 'click_view') }}
),

final as (
    select
        customer_id as account_id,
        date as date_day,
        gclid,
        campaign_id,
        ad_group_id,
        ad_id,
        keyword_text,
        device,
        ad_network_type,
        click_type,
        country
    from received
)

select * from final
