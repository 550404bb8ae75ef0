with

received as (
    select * from {{ source('raw_search_console', 'totals_daily') }}
),

final as (
    select
        site_url,
        date as date_day,
        cast(clicks as bigint) as clicks,
        cast(impressions as bigint) as impressions,
        -- an average over impressions: sum it up weighted by them
        position
    from received
)

select * from final
