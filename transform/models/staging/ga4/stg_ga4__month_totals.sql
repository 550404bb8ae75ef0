with

received as (
    select * from {{ source('raw_ga4', 'month_totals') }}
),

final as (
    select
        property_id,
        month_start,
        cast(sessions as bigint) as sessions,
        -- counted once a month: no sum of the days' users
        cast(total_users as bigint) as users,
        cast(active_users as bigint) as active_users,
        cast(new_users as bigint) as new_users
    from received
)

select * from final
