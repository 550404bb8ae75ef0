{{ config(meta={'is_lookup': true}) }}

-- One row a campaign of an ad platform, with its newest name, and whether the name tells it apart.
with

delivery as (
    select * from {{ ref('int_ad_delivery') }}
),

-- A file may name one campaign under several channels on one day: the one that cost most stands for it.
campaigns as (
    select
        platform,
        account_id,
        campaign_id,
        campaign_name,
        channel
    from delivery
    qualify
        row_number() over (
            partition by platform, account_id, campaign_id order by date_day desc, spend_local desc, channel asc
        ) = 1
),

final as (
    select
        platform,
        account_id,
        campaign_id,
        campaign_name,
        channel,
        {{ normalised_name('campaign_name') }} as matching_name,
        -- the same name in two accounts says nothing about which of them was clicked
        count(*) over (partition by {{ normalised_name('campaign_name') }}) = 1 as is_name_unique,
        count(*) over (partition by campaign_id) = 1 as is_id_unique
    from campaigns
)

select * from final
