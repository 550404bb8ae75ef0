{{ config(meta={'is_lookup': true}) }}

-- One row an ad, with the newest name of its ad group: Google's text ads have no names of their own.
with

received as (
    select * from {{ source('raw_google_ads', 'ad_daily') }}
),

final as (
    select
        customer_id as account_id,
        ad_id,
        max_by(campaign_id, date) as campaign_id,
        max_by(ad_group_id, date) as ad_group_id,
        max_by(ad_group_name, date) as ad_group_name
    from received
    group by customer_id, ad_id
)

select * from final
