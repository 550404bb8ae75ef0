-- Which contact was merged into which.
with

hubspot as (
    select * from {{ ref('stg_hubspot__contacts') }}
),

file_drop as (
    select * from {{ ref('stg_file_drop__crm_contacts') }}
),

merged as (
    select
        contact_id,
        {{ each_part('merged_contact_ids', ';') }} as merged_contact_id
    from hubspot
    where merged_contact_ids is not null
    union all
    select
        merged_into as contact_id,
        contact_id as merged_contact_id
    from file_drop
    where merged_into is not null
),

final as (
    select distinct
        contact_id,
        trim(merged_contact_id) as merged_contact_id
    from merged
    where trim(merged_contact_id) not in ('', contact_id)
)

select * from final
