with

received as (
    select * from {{ source('raw_google_ads', 'customers') }}
),

final as (
    select
        customer_id as account_id,
        descriptive_name as account_name,
        currency_code,
        time_zone,
        is_manager,
        status,
        level
    from received
)

select * from final
