with

lifetimes as (
    select * from {{ ref('int_customer_lifetimes') }}
),

newest as (
    select max(date_day) as date_day from lifetimes
),

final as (
    select
        lifetimes.person_id,
        lifetimes.date_day,
        lifetimes.cohort_month,
        lifetimes.channel,
        lifetimes.orders,
        cast(lifetimes.margin_amount as decimal(18, 6)) as margin_amount,
        lifetimes.alive_probability,
        lifetimes.expected_orders,
        cast(lifetimes.expected_margin as decimal(18, 6)) as expected_margin_amount
    from lifetimes
    inner join newest on lifetimes.date_day = newest.date_day
)

select * from final
