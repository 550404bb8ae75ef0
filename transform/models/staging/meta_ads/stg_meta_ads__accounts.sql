with

received as (
    select * from {{ source('raw_meta_ads', 'accounts') }}
),

final as (
    select
        account_id,
        name as account_name,
        currency as currency_code,
        timezone_name as time_zone,
        account_status
    from received
)

select * from final
