{{ config(meta={'is_lookup': true}) }}

with

received as (
    select * from {{ source('raw_meta_ads', 'ads') }}
),

final as (
    select
        account_id,
        ad_id,
        adset_id,
        campaign_id,
        name as ad_name
    from received
)

select * from final
