-- Months in which customers were won, by channel, and each complete month since. A cell without customers carries its
-- cost all the same: money that won nobody is part of what the others cost.
with

orders as (
    select * from {{ ref('fct_orders') }}
),

costs as (
    select
        channel,
        {{ month_of('date_day') }} as cohort_month,
        sum(cost_amount) as cost_amount
    from {{ ref('fct_marketing_cost') }}
    group by channel, {{ month_of('date_day') }}
),

first_orders as (
    select
        person_id,
        {{ month_of('date_day') }} as cohort_month
    from orders
    where is_first_purchase
),

activity as (
    select
        first_orders.cohort_month,
        orders.channel,
        {{ month_of('orders.date_day') }} as month,
        count(case when orders.is_first_purchase then 1 end) as new_customers,
        count(distinct orders.person_id) as active_customers,
        count(*) as orders,
        count(orders.gross_margin_amount) as orders_with_margin,
        sum(orders.revenue_amount) as revenue_amount,
        sum(orders.gross_margin_amount) as gross_margin_amount
    from orders
    inner join first_orders on orders.person_id = first_orders.person_id
    group by first_orders.cohort_month, orders.channel, {{ month_of('orders.date_day') }}
),

cost_months as (
    select min(cohort_month) as first_month from costs
),

cells as (
    select
        cohort_month,
        channel
    from activity
    union distinct
    select
        cohort_month,
        channel
    from costs
),

months as (
    select
        cells.cohort_month,
        cells.channel,
        costs.cost_amount,
        cells.cohort_month >= cost_months.first_month as is_cost_known,
        {{ each_month('cells.cohort_month', month_of(as_of_date()) ~ ' - interval 1 month') }} as month
    from cells
    cross join cost_months
    left join costs on cells.cohort_month = costs.cohort_month and cells.channel = costs.channel
),

final as (
    select
        months.month as date_day,
        months.cohort_month,
        months.channel,
        cast({{ months_between_firsts('months.cohort_month', 'months.month') }} as bigint) as months_since,
        cast(sum(coalesce(activity.new_customers, 0)) over so_far as bigint) as customers,
        coalesce(activity.active_customers, 0) as active_customers,
        coalesce(activity.orders, 0) as orders,
        coalesce(activity.orders - activity.orders_with_margin, 0) as orders_without_margin,
        cast(coalesce(activity.revenue_amount, 0) as decimal(18, 6)) as revenue_amount,
        cast(activity.gross_margin_amount as decimal(18, 6)) as gross_margin_amount,
        cast(sum(activity.gross_margin_amount) over so_far as decimal(18, 6)) as cumulative_margin_amount,
        cast(months.cost_amount as decimal(18, 6)) as acquisition_cost_amount,
        coalesce(months.is_cost_known, false) as is_cost_known
    from months
    left join activity
        on
            months.cohort_month = activity.cohort_month
            and months.channel = activity.channel
            and months.month = activity.month
    window so_far as (partition by months.cohort_month, months.channel order by months.month)
)

select * from final
