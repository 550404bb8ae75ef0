{{ config(meta={'is_lookup': true}) }}

-- Campaigns have ids that stay and names that change: facts and KPIs hold the id, and this the newest name.
with

campaigns as (
    select * from {{ ref('int_campaigns') }}
),

final as (
    select
        platform,
        account_id,
        campaign_id,
        campaign_name,
        channel
    from campaigns
)

select * from final
