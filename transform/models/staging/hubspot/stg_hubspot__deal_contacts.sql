with

received as (
    select * from {{ source('raw_hubspot', 'deal_contacts') }}
),

final as (
    select
        deal_id,
        contact_id
    from received
)

select * from final
