-- Amounts that no exchange rate covers, each with the reason and the mend. With those of the facts they add up to all
-- that was received.
with

money as (
    select * from {{ ref('int_money_rows') }}
),

conversions as (
    select * from {{ ref('int_fx_conversions') }}
    where fx_rate is null
),

published as (
    select * from {{ ref('stg_fx_rates__ecb_rates') }}
),

known_days as (
    select
        currency_code,
        min(date_day) as first_rate_day
    from published
    group by currency_code
),

-- rates before the day that needs one, of whatever age
newest as (
    select
        conversions.date_day,
        conversions.currency_code,
        max(published.date_day) as newest_rate_day
    from conversions
    inner join published
        on conversions.currency_code = published.currency_code and conversions.date_day >= published.date_day
    group by conversions.date_day, conversions.currency_code
),

parities as (
    select * from {{ ref('euro_parities') }}
),

reasons as (
    select
        conversions.date_day,
        conversions.currency_code,
        newest.newest_rate_day,
        case
            when conversions.currency_code is null then 'no_currency'
            when
                conversions.currency_code = 'EUR'
                or conversions.date_day >= parities.euro_since
                or {{ days_between('newest.newest_rate_day', 'conversions.date_day') }} <= {{ var('fx_max_age_days') }}
                then 'no_rate_of_reporting_currency'
            when newest.newest_rate_day is not null then 'rate_too_old'
            when known_days.first_rate_day is not null or parities.euro_since is not null then 'before_first_rate'
            else 'unknown_currency'
        end as reason
    from conversions
    left join newest
        on conversions.date_day = newest.date_day and conversions.currency_code = newest.currency_code
    left join known_days on conversions.currency_code = known_days.currency_code
    left join parities on conversions.currency_code = parities.currency_code
),

final as (
    select
        {{ surrogate_key(['money.fact', 'money.row_key', 'money.measure']) }} as quarantine_key,
        money.fact,
        money.row_key,
        money.measure,
        money.source,
        money.account_id,
        money.date_day,
        money.currency_code,
        money.amount_local,
        reasons.newest_rate_day,
        reasons.reason,
        {{ mend_of_money('reasons.reason', 'money.currency_code', 'money.date_day') }} as mend
    from money
    inner join reasons
        on money.date_day = reasons.date_day and coalesce(money.currency_code, '') = coalesce(reasons.currency_code, '')
)

select * from final
