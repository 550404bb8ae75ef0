with

orders as (
    select * from {{ ref('fct_orders') }}
),

days as (
    select * from {{ ref('dim_date') }}
),

channels as (
    select distinct channel from orders
),

changes as (
    select
        date_day,
        channel,
        count(case when order_number = 1 then 1 end) as new_customers,
        count(case when order_number = 2 then 1 end) as new_repeat_customers
    from orders
    group by date_day, channel
),

running as (
    select
        days.date_day,
        channels.channel,
        sum(coalesce(changes.new_customers, 0)) over (
            partition by channels.channel order by days.date_day
        ) as customers,
        sum(coalesce(changes.new_repeat_customers, 0)) over (
            partition by channels.channel order by days.date_day
        ) as repeat_customers
    from days
    cross join channels
    left join changes on days.date_day = changes.date_day and channels.channel = changes.channel
),

final as (
    select
        date_day,
        channel,
        cast(customers as bigint) as customers,
        cast(repeat_customers as bigint) as repeat_customers
    from running
    where customers > 0
)

select * from final
