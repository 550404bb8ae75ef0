-- How often each path was taken and what came of it: what the models that learn from data need to know.
with

paths as (
    select * from {{ ref('int_journey_paths') }}
),

final as (
    select
        conversion_type,
        path,
        channel_set,
        count(conversion_id) as conversions,
        count(*) - count(conversion_id) as non_conversions,
        cast(coalesce(sum(revenue_amount), 0) as decimal(38, 6)) as value
    from paths
    group by conversion_type, path, channel_set
)

select * from final
