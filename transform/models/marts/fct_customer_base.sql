with

orders as (
    select * from {{ ref('fct_orders') }}
),

days as (
    select * from {{ ref('dim_date') }}
),

origins as (
    select distinct
        channel,
        acquisition_month
    from orders
),

changes as (
    select
        date_day,
        channel,
        acquisition_month,
        count(case when order_number = 1 then 1 end) as new_customers,
        count(case when order_number = 2 then 1 end) as new_repeat_customers
    from orders
    group by date_day, channel, acquisition_month
),

running as (
    select
        days.date_day,
        origins.channel,
        origins.acquisition_month,
        sum(coalesce(changes.new_customers, 0)) over (
            partition by origins.channel, origins.acquisition_month order by days.date_day
        ) as customers,
        sum(coalesce(changes.new_repeat_customers, 0)) over (
            partition by origins.channel, origins.acquisition_month order by days.date_day
        ) as repeat_customers
    from days
    cross join origins
    left join changes
        on
            days.date_day = changes.date_day
            and origins.channel = changes.channel
            and origins.acquisition_month = changes.acquisition_month
),

final as (
    select
        date_day,
        channel,
        cast(customers as bigint) as customers,
        cast(repeat_customers as bigint) as repeat_customers,
        acquisition_month
    from running
    where customers > 0
)

select * from final
