{%- set built = previous('int_attribution_paths') %}
-- How often each path was taken and what came of it, by conversion type: what the models that learn from data need to
-- know. What it was the last time and what became more or fewer since come to the same as to count all anew.
-- depends_on: {{ ref('int_path_changes') }}, {{ ref('int_journey_paths') }}
with

{% if built -%}
by_type as (
    select
        conversion_type,
        path,
        channel_set,
        conversions,
        non_conversions,
        value
    from {{ built }}
    union all
    select
        conversion_type,
        path,
        channel_set,
        conversions,
        non_conversions,
        value
    from {{ ref('int_path_changes') }}
),

{% else -%}
paths as (
    select * from {{ ref('int_journey_paths') }}
),

counted as (
    select
        conversion_types,
        path,
        channel_set,
        count(conversion_id) as conversions,
        count(*) - count(conversion_id) as non_conversions,
        sum(value) as value
    from paths
    group by conversion_types, path, channel_set
),

by_type as (
    select
        {{ each_part("conversion_types", "|") }} as conversion_type,
        path,
        channel_set,
        conversions,
        non_conversions,
        value
    from counted
),

{% endif -%}
final as (
    select
        conversion_type,
        path,
        channel_set,
        cast(sum(conversions) as bigint) as conversions,
        cast(sum(non_conversions) as bigint) as non_conversions,
        cast(coalesce(sum(value), 0) as decimal(38, 6)) as value
    from by_type
    where conversion_type != ''
    group by conversion_type, path, channel_set
    having sum(conversions) + sum(non_conversions) > 0
)

select * from final
