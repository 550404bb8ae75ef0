-- People are counted by the vendor, for a whole account and a whole day, week or month: never summed, neither over
-- days nor over accounts. Where two accounts showed ads in one period, nobody knows how many people saw both, so that
-- period has no number; nor has one that is over and was last read while it was under way.
with

days as (
    select * from {{ ref('stg_meta_ads__account_daily') }}
),

weeks as (
    select * from {{ ref('stg_meta_ads__account_weekly') }}
),

months as (
    select * from {{ ref('stg_meta_ads__account_monthly') }}
),

periods as (
    select
        'day' as period_grain,
        date_day,
        date_day as last_day,
        date_day as period_end,
        account_id,
        impressions,
        reach
    from days
    union all
    select
        'week' as period_grain,
        week_start as date_day,
        last_day,
        {{ days_before('week_start', -6) }} as period_end,
        account_id,
        impressions,
        reach
    from weeks
    union all
    select
        'month' as period_grain,
        month_start as date_day,
        last_day,
        {{ days_before(month_of(days_before('month_start', -31)), 1) }} as period_end,
        account_id,
        impressions,
        reach
    from months
),

counted as (
    select
        *,
        count(*) over (partition by period_grain, date_day) as accounts,
        max(last_day) over (partition by account_id) as read_through
    from periods
    where impressions > 0 and last_day <= {{ as_of_date() }}
),

final as (
    select
        {{ surrogate_key(['period_grain', 'account_id', 'date_day']) }} as reach_key,
        date_day,
        period_grain,
        last_day,
        account_id,
        cast(accounts as bigint) as accounts,
        reach as account_reach,
        case when accounts = 1 and last_day >= least(period_end, read_through) then reach end as reach
    from counted
)

select * from final
