{#- Cohorts of two years: older ones tell of other prices and other ads. -#}
{% set cohort_months = 24 %}

-- In how many months customers earn back what they cost, by what is known at the end of each month. A single young
-- cohort is noise, so at each age all cohorts count together that are old enough: the sum of their margin up to that
-- age against the sum of what they cost.
with

cohorts as (
    select
        date_day,
        cohort_month,
        months_since,
        sum(customers) as customers,
        sum(cumulative_margin_amount) as cumulative_margin_amount,
        sum(acquisition_cost_amount) as acquisition_cost_amount
    from {{ ref('fct_customer_cohorts') }}
    where is_cost_known
    group by date_day, cohort_month, months_since
),

reported as (
    select distinct date_day from cohorts
),

ages as (
    select
        reported.date_day,
        cohorts.months_since,
        sum(cohorts.customers) as customers,
        coalesce(sum(cohorts.cumulative_margin_amount) >= sum(cohorts.acquisition_cost_amount), false) as is_paid_back
    from reported
    inner join cohorts
        on
            reported.date_day >= cohorts.date_day
            and cast(reported.date_day - interval {{ cohort_months }} month as date) < cohorts.cohort_month
    group by reported.date_day, cohorts.months_since
),

final as (
    select
        date_day,
        -- every cohort has a first month
        cast(max(customers) as bigint) as customers,
        cast(min(case when is_paid_back then months_since end) as bigint) as payback_months
    from ages
    group by date_day
)

select * from final
