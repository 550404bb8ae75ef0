with

received as (
    select * from {{ source('raw_file_drop', 'budgets') }}
),

final as (
    select
        {{ month_of('month') }} as month,
        trim(channel) as channel,
        {{ money('amount') }} as budget_local,
        upper(trim(currency_code)) as currency_code
    from received
)

select * from final
