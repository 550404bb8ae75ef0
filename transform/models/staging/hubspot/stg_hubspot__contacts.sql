with

received as (
    select * from {{ source('raw_hubspot', 'contacts') }}
),

final as (
    select
        contact_id,
        coalesce(is_archived, false) as is_archived,
        {{ utc('created_at') }} as created_at,
        {{ utc('updated_at') }} as updated_at,
        nullif(email_hash, '') as email_hash,
        nullif(further_email_hashes, '') as further_email_hashes,
        lifecycle_stage,
        nullif(analytics_source, '') as analytics_source,
        nullif(analytics_source_data_1, '') as analytics_source_data_1,
        nullif(analytics_source_data_2, '') as analytics_source_data_2,
        nullif(google_click_id, '') as gclid,
        nullif(facebook_click_id, '') as fbclid,
        nullif(ga_client_id, '') as ga_client_id,
        nullif(merged_object_ids, '') as merged_contact_ids,
        {{ utc('entered_lead_at') }} as lead_at,
        {{ utc('entered_mql_at') }} as mql_at,
        {{ utc('entered_sql_at') }} as sql_at,
        {{ utc('entered_opportunity_at') }} as opportunity_at,
        {{ utc('entered_customer_at') }} as customer_at,
        nullif(country, '') as country
    from received
)

select * from final
