{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='person_id',
    changed='int_changed_people',
    on_schema_change='fail'
) }}
{%- set columns = 'path_id, person_id, conversion_id, touchpoint_id, touched_at, channel, touch_number' -%}
-- The touches of each path in their order, after the configured path transforms. A touch stands for `repeats` touches:
-- those that a transform took together.
-- depends_on: {{ ref('int_changed_people') }}
with

windows as (
    select * from {{ ref('int_path_windows') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

touchpoints as (
    select * from {{ ref('int_touchpoints') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

touches as (
    select
        person_id,
        touchpoint_id,
        touched_at,
        channel,
        row_number() over (partition by person_id order by touched_at, tie_order, touchpoint_key) as touch_number,
        -- the last touch of a person is the last one of every path that is still open
        last_value(touched_at) over (
            partition by person_id order by touched_at, tie_order, touchpoint_key
            rows between unbounded preceding and unbounded following
        ) as last_touched_at
    from touchpoints
    where {{ can_stand_on_path() }}
),

within as (
    select
        windows.path_id,
        windows.person_id,
        windows.conversion_id,
        windows.ends_at,
        windows.lookback_days,
        touches.touchpoint_id,
        touches.touched_at,
        touches.channel,
        touches.touch_number,
        touches.last_touched_at
    from windows
    inner join touches
        on
            windows.person_id = touches.person_id
            and (windows.starts_after is null or windows.starts_after < touches.touched_at)
            and (windows.ends_at is null or windows.ends_at >= touches.touched_at)
),

-- an open path ends with its last touch, so that it is as long as one that converted
step_0 as (
    select
        {{ columns }},
        cast(1 as bigint) as repeats
    from within
    where touched_at >= {{ days_before('coalesce(ends_at, last_touched_at)', 'lookback_days') }}
),

{%- set steps = namespace(done=0) -%}
{%- for transform in var('journey_path_transforms') -%}
{%- if transform in ['exposure_path', 'first_path'] %}

runs_{{ steps.done }} as (
    select
        *,
        {{ path_transform_run(transform) }} as run_number
    from step_{{ steps.done }}
),

step_{{ steps.done + 1 }} as (
    select
        {{ columns }},
        cast(sum(repeats) over (partition by path_id, channel, run_number) as bigint) as repeats
    from runs_{{ steps.done }}
    qualify row_number() over (partition by path_id, channel, run_number order by touch_number) = 1
),
{%- set steps.done = steps.done + 1 -%}
{%- elif transform != 'unique_path' -%}
{%- for channel in var('journey_removed_channels') %}

step_{{ steps.done + 1 }} as (
    select * from step_{{ steps.done }}
    qualify {{ stays_on_path(transform, channel) }}
),
{%- set steps.done = steps.done + 1 -%}
{%- endfor -%}
{%- endif -%}
{%- endfor %}

final as (
    select
        {{ columns }},
        repeats
    from step_{{ steps.done }}
)

select * from final
