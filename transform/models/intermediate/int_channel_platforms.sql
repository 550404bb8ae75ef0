{{ config(meta={'is_lookup': true}) }}

-- The ad platform of a channel that only one of them sells: what a paid visit without a known campaign belongs to.
with

campaigns as (
    select * from {{ ref('int_campaigns') }}
),

final as (
    select
        channel,
        min(platform) as platform
    from campaigns
    group by channel
    having count(distinct platform) = 1 and min(platform) in ('google_ads', 'meta_ads')
)

select * from final
