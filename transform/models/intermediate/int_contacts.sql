-- Contacts of every CRM in one shape.
with

hubspot as (
    select * from {{ ref('stg_hubspot__contacts') }}
),

file_drop as (
    select * from {{ ref('stg_file_drop__crm_contacts') }}
),

contact_merges as (
    select distinct merged_contact_id from {{ ref('int_contact_merges') }}
),

contacts as (
    select
        contact_id,
        'hubspot' as source_system,
        is_archived,
        created_at,
        email_hash,
        further_email_hashes,
        ga_client_id,
        gclid,
        fbclid,
        lifecycle_stage,
        coalesce(lead_at, created_at) as lead_at,
        mql_at,
        sql_at,
        opportunity_at,
        customer_at,
        analytics_source,
        analytics_source_data_1,
        country
    from hubspot
    union all
    select
        contact_id,
        'file_drop' as source_system,
        false as is_archived,
        created_at,
        email_hash,
        cast(null as string) as further_email_hashes,
        ga_client_id,
        gclid,
        fbclid,
        lifecycle_stage,
        created_at as lead_at,
        cast(null as timestamp) as mql_at,
        cast(null as timestamp) as sql_at,
        cast(null as timestamp) as opportunity_at,
        cast(null as timestamp) as customer_at,
        cast(null as string) as analytics_source,
        cast(null as string) as analytics_source_data_1,
        cast(null as string) as country
    from file_drop
),

final as (
    select
        contacts.contact_id,
        contacts.source_system,
        contacts.created_at,
        contacts.email_hash,
        contacts.further_email_hashes,
        contacts.ga_client_id,
        contacts.gclid,
        contacts.fbclid,
        contacts.lead_at,
        {{ business_day('contacts.lead_at') }} as lead_day,
        contacts.mql_at,
        contacts.sql_at,
        contacts.opportunity_at,
        contacts.customer_at,
        contacts.analytics_source,
        contacts.analytics_source_data_1,
        contacts.country,
        -- the furthest step by the stage it stands in now: CRM exports often keep no dates
        case lower(contacts.lifecycle_stage)
            when 'marketingqualifiedlead' then 3
            when 'mql' then 3
            when 'salesqualifiedlead' then 4
            when 'sql' then 4
            when 'opportunity' then 5
            when 'customer' then 6
            when 'evangelist' then 6
            else 2
        end as furthest_step,
        contact_merges.merged_contact_id is not null as is_merged_away,
        not contacts.is_archived and contact_merges.merged_contact_id is null as is_lead
    from contacts
    left join contact_merges on contacts.contact_id = contact_merges.merged_contact_id
    where {{ business_day('contacts.created_at') }} <= {{ as_of_date() }}
)

select * from final
