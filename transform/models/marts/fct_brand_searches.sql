with

queries as (
    select * from {{ ref('stg_search_console__brand_queries_daily') }}
),

final as (
    select
        {{ surrogate_key(['site_url', 'date_day', 'query']) }} as search_key,
        date_day,
        site_url,
        query,
        impressions,
        clicks,
        position as average_position
    from queries
    where date_day <= {{ as_of_date() }}
)

select * from final
