-- The channels of a journey in the order of its visits. An open journey is one that has not converted: it counts for
-- the conversion that it would have ended with, by its visits in the look-back before its last one, as a conversion
-- counts by those in the look-back before it.
with

journeys as (
    select
        journey_id,
        conversion_id,
        case
            when conversion_id is not null then conversion_type
            when journey_number = 1 then 'first_purchase'
            else 'repeat_purchase'
        end as conversion_type,
        revenue_amount
    from {{ ref('int_journeys') }}
),

visits as (
    select
        journey_id,
        touchpoint_number,
        touched_at,
        channel,
        max(touched_at) over (partition by journey_id) as last_touched_at
    from {{ ref('fct_customer_journey') }}
    where touchpoint_type = 'session'
),

paths as (
    select
        visits.journey_id,
        {{ ordered_list('visits.channel', 'visits.touchpoint_number') }} as path,
        {{ distinct_list('visits.channel') }} as channel_set
    from visits
    inner join journeys on visits.journey_id = journeys.journey_id
    where
        journeys.conversion_id is not null
        or visits.touched_at >= visits.last_touched_at - interval {{ var('attribution_lookback_days') }} day
    group by visits.journey_id
),

final as (
    select
        journeys.journey_id,
        journeys.conversion_id,
        journeys.conversion_type,
        journeys.revenue_amount,
        paths.path,
        paths.channel_set
    from paths
    inner join journeys on paths.journey_id = journeys.journey_id
)

select * from final
