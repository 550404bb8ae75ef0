{{ config(meta={'is_lookup': true}) }}

-- Every currency and day in which money stands somewhere.
with

needs as (
    select
        date_day,
        currency_code,
        platform || ' account ' || account_id as needed_by
    from {{ ref('int_ad_delivery') }}
    union all
    select
        date_day,
        currency_code,
        platform || ' account ' || account_id as needed_by
    from {{ ref('int_platform_purchases') }}
    union all
    select
        date_day,
        currency_code,
        'file_drop ' || file_name as needed_by
    from {{ ref('int_other_costs') }}
    union all
    select
        date_day,
        currency_code,
        'file_drop budget of ' || channel as needed_by
    from {{ ref('int_budgets') }}
    union all
    select
        date_day,
        currency_code,
        source_system || ' deal ' || deal_id as needed_by
    from {{ ref('int_won_deals') }}
    union all
    select
        date_day,
        currency_code,
        'GA4 purchase ' || coalesce(transaction_id, 'without a transaction id') as needed_by
    from {{ ref('int_web_purchases') }}
    where revenue_local is not null
),

final as (
    select
        date_day,
        currency_code,
        min(needed_by) as needed_by
    from needs
    group by date_day, currency_code
)

select * from final
