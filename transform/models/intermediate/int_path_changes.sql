{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_attribution_paths') %}
-- How many more or fewer journeys took each path than when the models were last built. Empty where everything is built
-- anew.
-- depends_on: {{ ref('int_replaced_paths') }}, {{ ref('int_journey_paths') }}, {{ ref('int_changed_people') }}
with

{% if built -%}
moved as (
    select
        conversion_types,
        path,
        channel_set,
        count(conversion_id) as conversions,
        count(*) - count(conversion_id) as non_conversions,
        sum(value) as value
    from {{ ref('int_journey_paths') }}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    group by conversion_types, path, channel_set
    union all
    select
        conversion_types,
        path,
        channel_set,
        -conversions as conversions,
        -non_conversions as non_conversions,
        -value as value
    from {{ ref('int_replaced_paths') }}
),

by_type as (
    select
        {{ each_part("conversion_types", "|") }} as conversion_type,
        path,
        channel_set,
        conversions,
        non_conversions,
        coalesce(value, 0) as value
    from moved
),

final as (
    select
        conversion_type,
        path,
        channel_set,
        cast(sum(conversions) as bigint) as conversions,
        cast(sum(non_conversions) as bigint) as non_conversions,
        cast(sum(value) as decimal(38, 6)) as value
    from by_type
    where conversion_type != ''
    group by conversion_type, path, channel_set
    having sum(conversions) != 0 or sum(non_conversions) != 0 or sum(value) != 0
)

{% else -%}
final as (
    select cast(null as string) as conversion_type
    where false
)

{% endif -%}
select * from final
