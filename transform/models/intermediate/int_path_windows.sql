{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='person_id',
    changed='int_changed_people',
    on_schema_change='fail'
) }}
-- The time in which a touch is on a path: before a conversion and after the one before it of its group; and for each
-- person and group what is still open, which has not converted. A lead that is a lead cannot become one: it has no open
-- path to it. What is open for several types at once is one path, and counted for each of them.
-- depends_on: {{ ref('int_changed_people') }}
with

conversions as (
    select * from {{ ref('int_conversions') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

persons as (
    select * from {{ ref('dim_person') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

newest as (
    select
        person_id,
        conversion_group,
        max(converted_at) as converted_at
    from conversions
    group by person_id, conversion_group
),

open_types as (
    select
        persons.person_id,
        case when newest.person_id is null then 'first_purchase' else 'repeat_purchase' end as conversion_type,
        newest.converted_at as starts_after
    from persons
    left join newest on persons.person_id = newest.person_id and newest.conversion_group = 'purchase'
    {% for type in var('journey_conversion_types') | list + var('journey_key_events') | list %}
    union all
    select
        persons.person_id,
        '{{ type }}' as conversion_type,
        newest.converted_at as starts_after
    from persons
    left join newest on persons.person_id = newest.person_id and newest.conversion_group = '{{ type }}'
    where {{ 'newest.person_id is null' if type in ['lead', 'qualified_lead'] else 'true' }}
    {% endfor %}
),

with_lookback as (
    select
        *,
        {{ lookback_days('conversion_type') }} as lookback_days
    from open_types
),

open_windows as (
    select
        person_id,
        starts_after,
        lookback_days,
        {{ types_of_group('conversion_type') }} as conversion_types
    from with_lookback
    group by person_id, starts_after, lookback_days
),

final as (
    select
        conversion_id as path_id,
        conversion_id,
        conversion_type || '|' as conversion_types,
        person_id,
        starts_after,
        converted_at as ends_at,
        lookback_days,
        value
    from conversions
    union all
    select
        {{ surrogate_key(['person_id', 'starts_after', 'lookback_days']) }} as path_id,
        cast(null as string) as conversion_id,
        conversion_types,
        person_id,
        starts_after,
        cast(null as timestamp) as ends_at,
        lookback_days,
        cast(null as decimal(18, 6)) as value
    from open_windows
)

select * from final
