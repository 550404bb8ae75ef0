{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_journey_paths') %}
-- How often each path was taken by people whose paths are about to be replaced, read before that. Empty where all is
-- built anew.
-- depends_on: {{ ref('int_changed_people') }}
with

final as (
    {% if built -%}
    select
        conversion_types,
        path,
        channel_set,
        count(conversion_id) as conversions,
        count(*) - count(conversion_id) as non_conversions,
        sum(value) as value
    from {{ built }}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    group by conversion_types, path, channel_set
    {%- else -%}
    select cast(null as string) as conversion_types
    where false
    {%- endif %}
)

select * from final
