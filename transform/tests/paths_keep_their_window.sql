-- A touch on a path is of the same person, within the look-back, not after its conversion, after the conversion before
-- it of its group, and in order.
with

conversions as (
    select
        *,
        lag(converted_at) over (
            partition by person_id, case when order_id is not null then 'purchase' else conversion_type end
            order by converted_at, conversion_id
        ) as before_at
    from {{ ref('fct_conversions') }}
),

touches as (
    select
        *,
        lag(touched_at) over (partition by conversion_id order by position) as touched_before_at,
        max(position) over (partition by conversion_id) as last_position,
        count(*) over (partition by conversion_id) as path_length
    from {{ ref('fct_conversion_paths') }}
),

persons as (
    select * from {{ ref('int_touchpoints') }}
)

select
    touches.conversion_id,
    touches.position,
    touches.touched_at
from touches
left join conversions on touches.conversion_id = conversions.conversion_id
left join persons on touches.touchpoint_id = persons.touchpoint_id
where
    conversions.conversion_id is null
    or coalesce(persons.person_id != conversions.person_id, true)
    or touches.touched_at > conversions.converted_at
    or touches.touched_at < {{ days_before('conversions.converted_at', 'conversions.lookback_days') }}
    or touches.touched_at <= conversions.before_at
    or touches.touched_at < touches.touched_before_at
    or touches.last_position != touches.path_length
    or touches.path_length != conversions.path_length
