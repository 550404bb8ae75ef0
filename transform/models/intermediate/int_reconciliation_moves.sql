-- The platforms' weeks by the day of the click beside those by the day of the conversion. What is clicked and not yet
-- converted is a balance in the account's currency: `moved_amount` is what its worth grows by in the week, at the rate
-- of the week's end, so that it sums to nothing once all has converted; what the rates do to it is left to `currency`.
with

clicks as (
    select * from {{ ref('fct_platform_purchases') }}
),

clicks_local as (
    select * from {{ ref('int_platform_purchases') }}
),

claims as (
    select * from {{ ref('int_claims') }}
),

rates as (
    select * from {{ ref('int_fx_rates') }}
),

days as (
    select
        clicks.platform,
        clicks.channel,
        clicks_local.currency_code,
        clicks.date_day,
        cast(clicks.claimed_purchases as decimal(18, 9)) as conversions,
        clicks_local.value_local,
        clicks.claimed_value_amount as value_amount
    from clicks
    inner join clicks_local
        on
            clicks.platform = clicks_local.platform
            and clicks.account_id = clicks_local.account_id
            and clicks.campaign_id = clicks_local.campaign_id
            and clicks.date_day = clicks_local.date_day
    union all
    select
        platform,
        channel,
        currency_code,
        date_day,
        -conversions as conversions,
        -value_local as value_local,
        -value_amount as value_amount
    from claims
),

weeks as (
    select
        platform,
        channel,
        currency_code,
        {{ week_of('date_day') }} as week,
        max(date_day) as newest_day,
        sum(conversions) as conversions,
        sum(value_local) as value_local,
        sum(value_amount) as value_amount
    from days
    group by platform, channel, currency_code, {{ week_of('date_day') }}
),

balances as (
    select
        weeks.*,
        sum(weeks.value_local) over (
            partition by weeks.platform, weeks.channel, weeks.currency_code order by weeks.week
            rows between unbounded preceding and current row
        ) as balance_local,
        case
            when weeks.currency_code = '{{ var("reporting_currency") }}' then 1 else rates.fx_rate
        end as fx_rate
    from weeks
    left join rates on weeks.newest_day = rates.date_day and weeks.currency_code = rates.currency_code
),

worth as (
    select
        *,
        {{ convert('balance_local', 'fx_rate') }} as balance_amount
    from balances
),

final as (
    select
        week,
        platform,
        channel,
        currency_code,
        cast(conversions as decimal(18, 9)) as moved_conversions,
        cast(
            balance_amount - coalesce(
                lag(balance_amount) over (partition by platform, channel, currency_code order by week), 0
            ) as decimal(18, 6)
        ) as moved_amount,
        cast(value_amount as decimal(18, 6)) as difference_amount
    from worth
)

select * from final
