with

customer_months as (
    select
        person_id,
        channel,
        campaign_id,
        country,
        cohort_month,
        month,
        revenue_amount
    from {{ ref('int_customer_months') }}
),

pairs as (
    select
        starts.channel,
        coalesce(starts.campaign_id, '(not set)') as campaign_id,
        coalesce(starts.country, '(not set)') as country,
        starts.cohort_month as acquisition_month,
        starts.person_id,
        starts.revenue_amount as revenue_at_start,
        returns.revenue_amount as revenue_retained,
        cast(starts.month + interval 1 month as date) as date_day,
        returns.person_id is not null as is_retained
    from customer_months as starts
    left join customer_months as returns
        on
            starts.person_id = returns.person_id
            and returns.month = cast(starts.month + interval 1 month as date)
),

final as (
    select
        date_day,
        channel,
        count(*) as customers_at_start,
        count(case when is_retained then 1 end) as customers_retained,
        cast(sum(revenue_at_start) as decimal(18, 6)) as revenue_at_start_amount,
        cast(coalesce(sum(revenue_retained), 0) as decimal(18, 6)) as revenue_retained_amount,
        acquisition_month,
        campaign_id,
        country
    from pairs
    -- the month that follows must be over too
    where date_day < {{ month_of(as_of_date()) }}
    group by date_day, channel, acquisition_month, campaign_id, country
)

select * from final
