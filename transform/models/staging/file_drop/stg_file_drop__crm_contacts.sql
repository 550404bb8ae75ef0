with

received as (
    select * from {{ source('raw_file_drop', 'crm_contacts') }}
),

final as (
    select
        'file_drop:' || contact_id as contact_id,
        {{ utc('created_at') }} as created_at,
        nullif(email_hash, '') as email_hash,
        nullif(ga_client_id, '') as ga_client_id,
        nullif(gclid, '') as gclid,
        nullif(fbclid, '') as fbclid,
        lower(nullif(lifecycle_stage, '')) as lifecycle_stage,
        'file_drop:' || nullif(merged_into, '') as merged_into
    from received
)

select * from final
