-- By channel too, every model shares out all conversions of a type: by its own result, and by its credits.
with

channels as (
    select
        model,
        conversion_type,
        sum(model_conversions) as model_conversions,
        sum(credited_conversions) as credited_conversions,
        sum(credited_value) as credited_value
    from {{ ref('attribution_channels') }}
    group by model, conversion_type
),

orders as (
    select
        journeys.conversion_type,
        cast(count(*) as double) as conversions,
        sum(orders.revenue_amount) as revenue_amount
    from {{ ref('fct_orders') }} as orders
    inner join {{ ref('int_journeys') }} as journeys on orders.order_id = journeys.conversion_id
    group by journeys.conversion_type
)

select
    orders.*,
    channels.*
from orders
left join channels on orders.conversion_type = channels.conversion_type
where
    coalesce(abs(channels.model_conversions - orders.conversions) > 1e-6, true)
    or coalesce(abs(channels.credited_conversions - orders.conversions) > 1e-6, true)
    or channels.credited_value != orders.revenue_amount
