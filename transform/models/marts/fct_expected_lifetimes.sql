with

lifetimes as (
    select * from {{ ref('int_customer_lifetimes') }}
),

final as (
    select
        date_day,
        cohort_month,
        channel,
        count(*) as customers,
        cast(sum(margin_amount) as decimal(18, 6)) as margin_amount,
        {{ exact_sum('expected_orders') }} as expected_orders,
        -- of exact decimals: a sum of doubles depends on the order of the rows
        cast(sum(cast(expected_margin as decimal(18, 6))) as decimal(18, 6)) as expected_margin_amount
    from lifetimes
    group by date_day, cohort_month, channel
)

select * from final
