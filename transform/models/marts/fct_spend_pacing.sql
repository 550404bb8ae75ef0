-- Cumulative within a month: read it at the last day of a period and never sum it over days.
with

spend as (
    select * from {{ ref('fct_ad_spend') }}
),

budgets as (
    select * from {{ ref('int_budgets') }}
),

-- A row without a rate is in money_quarantine, and nowhere else.
rates as (
    select * from {{ ref('int_fx_conversions') }}
    where fx_rate is not null
),

days as (
    select * from {{ ref('dim_date') }}
),

plans as (
    select
        budgets.date_day,
        budgets.channel,
        cast(0 as decimal(18, 6)) as spend_amount,
        {{ convert('budgets.budget_local', 'rates.fx_rate') }} as planned_amount
    from budgets
    inner join rates on budgets.date_day = rates.date_day and budgets.currency_code = rates.currency_code
),

planned_months as (
    select distinct {{ month_of('date_day') }} as month from plans
),

moves as (
    select * from plans
    union all
    select
        date_day,
        channel,
        spend_amount,
        cast(0 as decimal(18, 6)) as planned_amount
    from spend
),

channel_months as (
    select distinct
        planned_months.month,
        moves.channel
    from moves
    inner join planned_months on {{ month_of('moves.date_day') }} = planned_months.month
),

daily as (
    select
        days.date_day,
        channel_months.month,
        channel_months.channel,
        coalesce(sum(moves.spend_amount), 0) as spend_amount,
        coalesce(sum(moves.planned_amount), 0) as planned_amount
    from channel_months
    inner join days on {{ month_of('days.date_day') }} = channel_months.month
    left join moves on days.date_day = moves.date_day and channel_months.channel = moves.channel
    where days.date_day <= {{ as_of_date() }}
    group by days.date_day, channel_months.month, channel_months.channel
),

final as (
    select
        date_day,
        channel,
        cast(
            sum(spend_amount) over (partition by month, channel order by date_day) as decimal(18, 6)
        ) as spend_to_date_amount,
        cast(
            sum(planned_amount) over (partition by month, channel order by date_day) as decimal(18, 6)
        ) as planned_to_date_amount
    from daily
)

select * from final
