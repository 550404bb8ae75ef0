with

conversions as (
    select * from {{ ref('int_conversions') }}
),

touches as (
    select * from {{ ref('int_path_touches') }}
    where conversion_id is not null
),

touchpoints as (
    select * from {{ ref('int_touchpoints') }}
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
