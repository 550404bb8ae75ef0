-- One row a customer and month with an order, for months that are over.
with

orders as (
    select * from {{ ref('fct_orders') }}
),

first_orders as (
    select
        person_id,
        {{ month_of('date_day') }} as cohort_month
    from orders
    where is_first_purchase
),

final as (
    select
        orders.person_id,
        first_orders.cohort_month,
        {{ month_of('orders.date_day') }} as month,
        max(orders.channel) as channel,
        max(orders.campaign_id) as campaign_id,
        max(orders.country) as country,
        count(*) as orders,
        sum(orders.revenue_amount) as revenue_amount
    from orders
    inner join first_orders on orders.person_id = first_orders.person_id
    group by orders.person_id, first_orders.cohort_month, {{ month_of('orders.date_day') }}
    having {{ month_of('orders.date_day') }} < {{ month_of(as_of_date()) }}
)

select * from final
