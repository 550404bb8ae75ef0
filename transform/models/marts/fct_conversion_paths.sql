{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='person_id',
    changed='int_changed_people',
    on_schema_change='fail'
) }}

-- depends_on: {{ ref('int_changed_people') }}
with

conversions as (
    select * from {{ ref('int_conversions') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

touches as (
    select * from {{ ref('int_path_touches') }}
    where
        conversion_id is not null
        {% if is_incremental() -%}
        and person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
        {%- endif %}
),

touchpoints as (
    select * from {{ ref('int_touchpoints') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

final as (
    select
        conversions.conversion_id,
        conversions.conversion_type,
        conversions.person_id,
        row_number() over (partition by touches.conversion_id order by touches.touch_number) as position,
        touches.touchpoint_id,
        touchpoints.touchpoint_type,
        touchpoints.touched_at,
        touchpoints.channel,
        touchpoints.source,
        touchpoints.medium,
        touchpoints.campaign_id,
        touchpoints.campaign_name,
        touchpoints.ad_id,
        touchpoints.ad_name,
        touchpoints.session_id,
        touches.repeats,
        conversions.converted_at,
        {{ seconds_between('touches.touched_at', 'conversions.converted_at') }} / 86400 as days_to_conversion
    from touches
    inner join conversions on touches.conversion_id = conversions.conversion_id
    inner join touchpoints on touches.touchpoint_id = touchpoints.touchpoint_id
)

select * from final
