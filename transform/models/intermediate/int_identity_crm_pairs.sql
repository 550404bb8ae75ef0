-- What the CRM says of contacts: which of them are one, and which identifiers each carries.
with

contacts as (
    select * from {{ ref('int_contacts') }}
),

contact_merges as (
    select * from {{ ref('int_contact_merges') }}
),

further_emails as (
    select
        contact_id,
        created_at,
        {{ each_part('further_email_hashes', ';') }} as email_hash
    from contacts
    where further_email_hashes is not null
),

-- the younger contact's creation is the first moment at which there was something to merge
joined_contacts as (
    select
        contact_merges.contact_id,
        contact_merges.merged_contact_id,
        greatest(
            coalesce(survivors.created_at, merged.created_at), coalesce(merged.created_at, survivors.created_at)
        ) as first_seen_at
    from contact_merges
    left join contacts as survivors on contact_merges.contact_id = survivors.contact_id
    left join contacts as merged on contact_merges.merged_contact_id = merged.contact_id
),

final as (
    select
        {{ identity_node('contact_id', 'contact_id') }} as left_node,
        {{ identity_node('contact_id', 'merged_contact_id') }} as right_node,
        'crm_merge' as rule,
        first_seen_at
    from joined_contacts
    {% for type in ['ga_client_id', 'email_hash', 'gclid', 'fbclid'] %}
    union all
    select
        {{ identity_node('contact_id', 'contact_id') }} as left_node,
        {{ identity_node(type, type) }} as right_node,
        'contact_field' as rule,
        created_at as first_seen_at
    from contacts
    where {{ type }} is not null
    {% endfor %}
    union all
    select
        {{ identity_node('contact_id', 'contact_id') }} as left_node,
        {{ identity_node('email_hash', 'trim(email_hash)') }} as right_node,
        'further_email' as rule,
        created_at as first_seen_at
    from further_emails
    where trim(email_hash) != ''
)

select * from final
