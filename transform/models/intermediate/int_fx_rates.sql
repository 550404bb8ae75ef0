-- What one unit of a currency is worth in the reporting currency, every day: the last TARGET day's rate is carried, for
-- fx_max_age_days at most.
with

published as (
    select * from {{ ref('stg_fx_rates__ecb_rates') }}
),

-- Currencies that the euro replaced have no rate from then on, but a fixed parity; the euro is its own.
parities as (
    select
        currency_code,
        euro_since,
        units_per_euro
    from {{ ref('euro_parities') }}
    union all
    select
        'EUR' as currency_code,
        cast('1999-01-01' as date) as euro_since,
        cast(1 as double) as units_per_euro
),

needed_days as (
    select
        min(date_day) as first_day,
        {{ as_of_date() }} as last_day
    from {{ ref('int_fx_needs') }}
),

days as (
    select {{ each_day('first_day - interval ' ~ var('fx_max_age_days') ~ ' day', 'last_day') }} as date_day
    from needed_days
    where first_day is not null
),

currencies as (
    select distinct currency_code from published
    union
    select currency_code from parities
),

observed as (
    select
        days.date_day,
        currencies.currency_code,
        coalesce(parities.units_per_euro, published.units_per_euro) as units_per_euro,
        case
            when coalesce(parities.units_per_euro, published.units_per_euro) is not null then days.date_day
        end as rate_day
    from days
    cross join currencies
    left join published
        on days.date_day = published.date_day and currencies.currency_code = published.currency_code
    left join parities
        on currencies.currency_code = parities.currency_code and days.date_day >= parities.euro_since
),

runs as (
    select
        *,
        -- counts up at each published rate: the days until the next one share its number
        count(rate_day) over (partition by currency_code order by date_day) as run_number
    from observed
),

carried as (
    select
        date_day,
        currency_code,
        max(units_per_euro) over (partition by currency_code, run_number) as units_per_euro,
        max(rate_day) over (partition by currency_code, run_number) as rate_day
    from runs
),

young_enough as (
    select *
    from carried
    where {{ days_between('rate_day', 'date_day') }} <= {{ var('fx_max_age_days') }}
),

final as (
    select
        rates.date_day,
        rates.currency_code,
        rates.rate_day,
        reporting.units_per_euro / rates.units_per_euro as fx_rate
    from young_enough as rates
    inner join young_enough as reporting
        on
            rates.date_day = reporting.date_day
            and reporting.currency_code = '{{ var("reporting_currency") }}'
)

select * from final
