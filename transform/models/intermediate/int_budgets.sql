-- The plan of each day from the first ad on, up to now: a month's budget in equal parts. A plan for days of which no
-- spend was ever loaded would look like money not spent.
with

budgets as (
    select * from {{ ref('stg_file_drop__budgets') }}
),

channels as (
    select * from {{ ref('int_channels') }}
),

first_days as (
    select min(date_day) as first_day from {{ ref('int_ad_delivery') }}
),

days as (
    select
        {{ each_day('month', "cast(month + interval 1 month - interval 1 day as date)") }} as date_day,
        channel,
        currency_code,
        budget_local,
        {{ days_between('month', 'cast(month + interval 1 month as date)') }} as days_of_month
    from budgets
),

final as (
    select
        days.date_day,
        coalesce(channels.channel, days.channel) as channel,
        days.currency_code,
        cast(sum(cast(days.budget_local as double) / days.days_of_month) as decimal(18, 6)) as budget_local
    from days
    left join channels on lower(days.channel) = lower(channels.channel)
    inner join first_days on days.date_day >= first_days.first_day
    where days.date_day <= {{ as_of_date() }}
    group by days.date_day, coalesce(channels.channel, days.channel), days.currency_code
)

select * from final
