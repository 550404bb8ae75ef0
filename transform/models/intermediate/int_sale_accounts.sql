-- Every sale beside every account that claims sales: on its day in the account's zone, with its worth in the account's
-- currency.
with

accounts as (
    select distinct
        platform,
        account_id,
        currency_code,
        time_zone
    from {{ ref('int_claims') }}
),

sales as (
    select * from {{ ref('int_sale_platforms') }}
),

rates as (
    select * from {{ ref('int_fx_rates') }}
),

final as (
    select
        sales.*,
        accounts.account_id,
        accounts.currency_code as account_currency,
        {{ local_day('sales.won_at', 'accounts.time_zone') }} as account_day,
        case
            when accounts.currency_code = sales.currency_code then cast(sales.revenue_local as double)
            when accounts.currency_code = '{{ var("reporting_currency") }}' then cast(sales.revenue_amount as double)
            else cast(sales.revenue_amount as double) / rates.fx_rate
        end as expected_local
    from sales
    inner join accounts on sales.platform = accounts.platform
    left join rates on sales.date_day = rates.date_day and accounts.currency_code = rates.currency_code
)

select * from final
