{{ config(meta={'is_lookup': true}) }}

-- Accounts of the ad platforms with currency and time zone; one whose zone nobody told counts in the business's.
with

zones as (
    select
        'google_ads' as platform,
        account_id,
        time_zone
    from {{ ref('stg_google_ads__customers') }}
    union all
    select
        'meta_ads' as platform,
        account_id,
        time_zone
    from {{ ref('stg_meta_ads__accounts') }}
),

final as (
    select
        delivery.platform,
        delivery.account_id,
        max(delivery.currency_code) as currency_code,
        coalesce(max(zones.time_zone), '{{ var("business_time_zone") }}') as time_zone
    from {{ ref('int_ad_delivery') }} as delivery
    left join zones on delivery.platform = zones.platform and delivery.account_id = zones.account_id
    where delivery.platform in ('google_ads', 'meta_ads')
    group by delivery.platform, delivery.account_id
)

select * from final
