-- Days on which customers bought, with a number for each customer, oldest first.
with

orders as (
    select * from {{ ref('fct_orders') }}
),

first_days as (
    select
        person_id,
        min(date_day) as first_day
    from orders
    group by person_id
),

numbered as (
    select
        person_id,
        first_day,
        row_number() over (order by first_day, person_id) as person_number
    from first_days
),

final as (
    select
        numbered.person_number,
        orders.person_id,
        numbered.first_day,
        orders.date_day,
        max(orders.channel) as channel,
        count(*) as orders,
        -- a purchase of which a part is unknown is unknown
        case
            when count(*) = count(orders.gross_margin_amount) then sum(orders.gross_margin_amount)
        end as gross_margin_amount
    from orders
    inner join numbered on orders.person_id = numbered.person_id
    group by numbered.person_number, orders.person_id, numbered.first_day, orders.date_day
)

select * from final
