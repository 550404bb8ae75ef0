with

received as (
    select * from {{ source('raw_file_drop', 'crm_contacts') }}
),

final as (
    select
        -- a forgotten contact has its random id alone
        case when contact_id like 'forgotten-%' then contact_id else 'file_drop:' || contact_id end as contact_id,
        {{ utc('created_at') }} as created_at,
        nullif(email_hash, '') as email_hash,
        nullif(ga_client_id, '') as ga_client_id,
        nullif(gclid, '') as gclid,
        nullif(fbclid, '') as fbclid,
        lower(nullif(lifecycle_stage, '')) as lifecycle_stage,
        case
            when merged_into like 'forgotten-%' then merged_into
            else 'file_drop:' || nullif(merged_into, '')
        end as merged_into
    from received
)

select * from final
