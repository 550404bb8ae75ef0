-- Weights of a conversion and model sum to 1; its credited value and margin to those of the order, to the millionth.
with

credits as (
    select
        conversion_id,
        model,
        sum(weight) as weight,
        sum(credited_value) as credited_value,
        sum(credited_gross_margin) as credited_gross_margin
    from {{ ref('fct_attribution') }}
    group by conversion_id, model
),

models as (
    select distinct model from {{ ref('fct_attribution') }}
),

expected as (
    select
        orders.order_id,
        orders.revenue_amount,
        orders.gross_margin_amount,
        models.model
    from {{ ref('fct_orders') }} as orders
    cross join models
)

select
    expected.order_id,
    expected.model,
    credits.weight,
    credits.credited_value,
    expected.revenue_amount
from expected
left join credits on expected.order_id = credits.conversion_id and expected.model = credits.model
where
    coalesce(abs(credits.weight - 1) > 1e-9, true)
    or credits.credited_value != expected.revenue_amount
    or coalesce(credits.credited_gross_margin, 0) != coalesce(expected.gross_margin_amount, 0)
