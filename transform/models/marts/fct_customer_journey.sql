with

journeys as (
    select * from {{ ref('int_journeys') }}
),

touchpoints as (
    select * from {{ ref('int_touchpoints') }}
),

persons as (
    select * from {{ ref('dim_person') }}
),

within_journeys as (
    select
        journeys.journey_id,
        journeys.journey_number,
        journeys.conversion_id,
        journeys.conversion_type,
        journeys.ends_at,
        touchpoints.*,
        cast(null as decimal(18, 6)) as value
    from touchpoints
    inner join journeys
        on
            touchpoints.person_id = journeys.person_id
            and (journeys.starts_after is null or touchpoints.touched_at > journeys.starts_after)
            and (journeys.ends_at is null or touchpoints.touched_at <= journeys.ends_at)
    where
        touchpoints.touchpoint_type != 'session'
        or journeys.ends_at is null
        or touchpoints.touched_at >= journeys.ends_at - interval {{ var('attribution_lookback_days') }} day
),

won_deals as (
    select
        journeys.journey_id,
        journeys.journey_number,
        journeys.conversion_id,
        journeys.conversion_type,
        journeys.ends_at,
        journeys.person_id,
        'won_deal' as touchpoint_type,
        journeys.conversion_id as touchpoint_key,
        journeys.ends_at as touched_at,
        journeys.date_day,
        9 as tie_order,
        persons.first_channel as channel,
        cast(null as string) as source,
        cast(null as string) as medium,
        cast(null as string) as campaign_id,
        cast(null as string) as campaign_name,
        cast(null as string) as session_id,
        false as is_new_visitor,
        journeys.revenue_amount as value
    from journeys
    inner join persons on journeys.person_id = persons.person_id
    where journeys.conversion_id is not null
),

all_touchpoints as (
    select * from within_journeys
    union all
    select * from won_deals
),

final as (
    select
        {{ surrogate_key(['journey_id', 'touchpoint_type', 'touchpoint_key']) }} as touchpoint_id,
        journey_id,
        person_id,
        row_number() over (partition by journey_id order by touched_at, tie_order, touchpoint_key)
            as touchpoint_number,
        touched_at,
        date_day,
        touchpoint_type,
        channel,
        source,
        medium,
        campaign_id,
        campaign_name,
        case
            when journey_number > 1 then 'loyalty'
            when touchpoint_type != 'session' then 'conversion'
            when is_new_visitor then 'awareness'
            else 'consideration'
        end as stage,
        session_id,
        conversion_id,
        conversion_type,
        ends_at as conversion_at,
        {{ seconds_between('touched_at', 'ends_at') }} / 86400 as days_to_conversion,
        value
    from all_touchpoints
)

select * from final
