with

received as (
    select * from {{ source('raw_hubspot', 'owners') }}
),

final as (
    select
        owner_id,
        email_hash,
        is_archived
    from received
)

select * from final
