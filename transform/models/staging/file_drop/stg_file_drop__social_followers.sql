with

received as (
    select * from {{ source('raw_file_drop', 'social_followers') }}
),

final as (
    select
        date as date_day,
        lower(network) as network,
        coalesce(account, '') as account,
        cast(followers as bigint) as followers
    from received
)

select * from final
