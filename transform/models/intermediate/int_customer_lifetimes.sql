-- What each customer has earned us by the end of a month, and is expected to earn in the year after it.
with

purchases as (
    select * from {{ ref('int_customer_purchases') }}
),

expected as (
    select * from {{ ref('int_lifetime_customers') }}
),

final as (
    select
        expected.date_day,
        purchases.person_id,
        max(purchases.channel) as channel,
        {{ month_of('purchases.first_day') }} as cohort_month,
        cast(sum(purchases.orders) as bigint) as orders,
        sum(purchases.gross_margin_amount) as margin_amount,
        max(expected.alive_probability) as alive_probability,
        max(expected.expected_orders) as expected_orders,
        max(expected.expected_margin) as expected_margin
    from expected
    inner join purchases
        on
            expected.person_number = purchases.person_number
            and cast(expected.date_day + interval 1 month as date) > purchases.date_day
    group by expected.date_day, purchases.person_id, {{ month_of('purchases.first_day') }}
)

select * from final
