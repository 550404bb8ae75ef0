{{ config(meta={'is_lookup': true}) }}

-- Every currency and day in which money stands somewhere.
with

money as (
    select * from {{ ref('int_money_rows') }}
),

final as (
    select distinct
        date_day,
        currency_code
    from money
)

select * from final
