-- Credit goes to sessions. Every conversion is in every model, and no part of its value is lost: a share is rounded to
-- a millionth, and the last touch carries the rest.
with

orders as (
    select * from {{ ref('fct_orders') }}
),

journeys as (
    select * from {{ ref('int_journeys') }}
    where conversion_id is not null
),

touches as (
    select
        conversion_id,
        touchpoint_id,
        channel,
        campaign_id,
        campaign_name,
        row_number() over (partition by conversion_id order by touchpoint_number) as touch_number,
        count(*) over (partition by conversion_id) as touch_count
    from {{ ref('fct_customer_journey') }}
    where touchpoint_type = 'session' and conversion_id is not null
),

models as (
    select 'first' as model
    union all
    select 'last' as model
    union all
    select 'linear' as model
),

credits as (
    select
        journeys.journey_id,
        journeys.conversion_type,
        models.model,
        orders.order_id as conversion_id,
        orders.won_at as converted_at,
        orders.date_day,
        orders.person_id,
        orders.revenue_amount,
        orders.gross_margin_amount,
        touches.touchpoint_id,
        coalesce(touches.channel, '(unattributed)') as channel,
        touches.campaign_id,
        touches.campaign_name,
        coalesce(touches.touch_number = touches.touch_count, true) as is_last_touch,
        case
            when touches.touchpoint_id is null then cast(1 as double)
            when models.model = 'linear' then cast(1 as double) / touches.touch_count
            else cast(1 as double)
        end as weight
    from orders
    inner join journeys on orders.order_id = journeys.conversion_id
    cross join models
    left join touches
        on
            orders.order_id = touches.conversion_id
            and (
                models.model = 'linear'
                or (models.model = 'first' and touches.touch_number = 1)
                or (models.model = 'last' and touches.touch_number = touches.touch_count)
            )
),

shares as (
    select
        *,
        {{ convert('revenue_amount', 'weight') }} as value_share,
        {{ convert('gross_margin_amount', 'weight') }} as margin_share
    from credits
),

final as (
    select
        {{ surrogate_key(['conversion_id', 'model', 'touchpoint_id']) }} as attribution_key,
        conversion_id,
        conversion_type,
        converted_at,
        date_day,
        touchpoint_id,
        journey_id,
        person_id,
        model,
        channel,
        campaign_id,
        campaign_name,
        weight,
        weight as credited_conversions,
        cast(
            value_share + case
                when is_last_touch or model = 'first'
                    then revenue_amount - sum(value_share) over (partition by conversion_id, model)
                else 0
            end as decimal(18, 6)
        ) as credited_value,
        cast(
            margin_share + case
                when is_last_touch or model = 'first'
                    then gross_margin_amount - sum(margin_share) over (partition by conversion_id, model)
                else 0
            end as decimal(18, 6)
        ) as credited_gross_margin
    from shares
)

select * from final
