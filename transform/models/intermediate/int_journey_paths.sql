{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='person_id',
    changed='int_changed_people',
    on_schema_change='fail'
) }}
-- The channels of a path in the order of its touches, and what came of it.
-- depends_on: {{ ref('int_changed_people') }}, and {{ ref('int_replaced_paths') }}, which reads what is replaced here
with

windows as (
    select * from {{ ref('int_path_windows') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

paths as (
    select
        path_id,
        {{ ordered_list('channel', 'touch_number') }} as path,
        {{ distinct_list('channel') }} as channel_set
    from {{ ref('int_path_touches') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
    group by path_id
),

final as (
    select
        windows.path_id,
        windows.person_id,
        windows.conversion_id,
        windows.conversion_types,
        windows.value,
        paths.path,
        paths.channel_set
    from paths
    inner join windows on paths.path_id = windows.path_id
)

select * from final
