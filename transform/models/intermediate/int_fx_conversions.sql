-- The rate of every currency and day that is needed. NULL means that there is none: what stands in that currency on
-- that day is in no fact, but in money_quarantine.
with

needs as (
    select * from {{ ref('int_fx_needs') }}
),

rates as (
    select * from {{ ref('int_fx_rates') }}
),

final as (
    select
        needs.date_day,
        needs.currency_code,
        rates.rate_day,
        case
            when needs.currency_code = '{{ var("reporting_currency") }}' then cast(1 as double)
            else rates.fx_rate
        end as fx_rate
    from needs
    left join rates
        on needs.date_day = rates.date_day and needs.currency_code = rates.currency_code
)

select * from final
