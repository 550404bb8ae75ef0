with

received as (
    select * from {{ source('raw_fx_rates', 'ecb_rates') }}
),

final as (
    select
        date as date_day,
        currency_code,
        -- units of the currency for one euro
        cast(nullif(trim(rate), '') as double) as units_per_euro
    from received
    where nullif(trim(rate), '') is not null
)

select * from final
