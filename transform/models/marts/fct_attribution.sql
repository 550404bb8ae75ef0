-- Credit goes to sessions. Every conversion is in every model, and no part of its value is lost: a share is rounded to
-- a millionth, and the last touch that earns any carries the rest. A touch that earns nothing has no row.
with

orders as (
    select * from {{ ref('fct_orders') }}
),

journeys as (
    select * from {{ ref('int_journeys') }}
    where conversion_id is not null
),

shares as (
    select * from {{ ref('int_attribution_shares') }}
),

visits as (
    select
        conversion_id,
        touchpoint_id,
        channel,
        campaign_id,
        campaign_name,
        touched_at,
        row_number() over (partition by conversion_id order by touchpoint_number) as touch_number,
        count(*) over (partition by conversion_id) as touch_count,
        count(*) over (partition by conversion_id, channel) as channel_touches,
        max(touched_at) over (partition by conversion_id) as last_touched_at
    from {{ ref('fct_customer_journey') }}
    where touchpoint_type = 'session' and conversion_id is not null
),

touches as (
    select
        visits.*,
        shares.markov_share,
        shares.shapley_share,
        max(case when visits.channel != 'Direct' then visits.touch_number end)
            over (partition by visits.conversion_id) as last_non_direct_number,
        -- counted from the last touch, so that no half-life is too short for a long journey
        power(
            cast(2 as double),
            -{{ seconds_between('visits.touched_at', 'visits.last_touched_at') }}
            / (86400 * cast({{ var('attribution_half_life_days') }} as double))
        ) as recency
    from visits
    left join shares on visits.conversion_id = shares.conversion_id and visits.channel = shares.channel
),

weights as (
    {% for model in var('attribution_models') %}
    select
        '{{ model }}' as model,
        conversion_id,
        touchpoint_id,
        touch_number,
        channel,
        campaign_id,
        campaign_name,
        {{ attribution_weight(model) }} as weight
    from touches
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

models as (
    {% for model in var('attribution_models') %}
    select '{{ model }}' as model
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
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
        weights.touchpoint_id,
        coalesce(weights.channel, '(unattributed)') as channel,
        weights.campaign_id,
        weights.campaign_name,
        coalesce(weights.weight, 1) as weight,
        row_number() over (
            partition by orders.order_id, models.model order by weights.touch_number desc nulls last
        ) = 1 as is_last_touch
    from orders
    inner join journeys on orders.order_id = journeys.conversion_id
    cross join models
    left join weights
        on orders.order_id = weights.conversion_id and models.model = weights.model and weights.weight > 0
),

portions as (
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
                when is_last_touch then revenue_amount - sum(value_share) over (partition by conversion_id, model)
                else 0
            end as decimal(18, 6)
        ) as credited_value,
        cast(
            margin_share + case
                when is_last_touch then gross_margin_amount - sum(margin_share) over (partition by conversion_id, model)
                else 0
            end as decimal(18, 6)
        ) as credited_gross_margin
    from portions
)

select * from final
