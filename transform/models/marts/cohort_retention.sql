with

customer_months as (
    select * from {{ ref('int_customer_months') }}
),

cohorts as (
    select
        cohort_month,
        count(distinct person_id) as customers
    from customer_months
    group by cohort_month
),

months as (
    select
        cohort_month,
        customers,
        {{ each_month('cohort_month', month_of(as_of_date()) ~ ' - interval 1 month') }} as month
    from cohorts
),

activity as (
    select
        cohort_month,
        month,
        count(*) as active_customers,
        sum(revenue_amount) as revenue_amount
    from customer_months
    group by cohort_month, month
),

final as (
    select
        months.cohort_month,
        cast({{ months_between_firsts('months.cohort_month', 'months.month') }} as bigint) as months_since,
        months.customers,
        coalesce(activity.active_customers, 0) as active_customers,
        {{ ratio('coalesce(activity.active_customers, 0)', 'months.customers') }} as retention_rate,
        cast(coalesce(activity.revenue_amount, 0) as decimal(18, 6)) as revenue_amount
    from months
    left join activity on months.cohort_month = activity.cohort_month and months.month = activity.month
)

select * from final
