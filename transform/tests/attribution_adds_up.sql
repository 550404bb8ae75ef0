-- Every conversion is in every model. Its weights sum to 1, its credited value and margin to its own, to the millionth.
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
        conversions.conversion_id,
        conversions.value,
        orders.gross_margin_amount,
        models.model
    from {{ ref('fct_conversions') }} as conversions
    left join {{ ref('fct_orders') }} as orders on conversions.order_id = orders.order_id
    cross join models
)

select
    coalesce(expected.conversion_id, credits.conversion_id) as conversion_id,
    coalesce(expected.model, credits.model) as model,
    credits.weight,
    credits.credited_value,
    expected.value
from expected
full outer join credits on expected.conversion_id = credits.conversion_id and expected.model = credits.model
where
    coalesce(abs(credits.weight - 1) > 1e-9, true)
    or coalesce(credits.credited_value != expected.value, true)
    or coalesce(credits.credited_gross_margin, 0) != coalesce(expected.gross_margin_amount, 0)
