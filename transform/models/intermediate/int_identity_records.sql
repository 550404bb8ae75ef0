{{ config(materialized='view') }}

-- Identifiers that the CRM has a record of, and when it was first: a contact's creation, else the closing of a deal.
with

contacts as (
    select * from {{ ref('int_contacts') }}
),

deals as (
    select * from {{ ref('int_won_deals') }}
),

records as (
    select
        {{ identity_node('contact_id', 'contact_id') }} as node,
        created_at,
        cast(null as timestamp) as won_at
    from contacts
    union all
    -- a contact that the CRM does not list still tells which deals are of one person
    select
        coalesce(
            {{ identity_node('contact_id', 'contact_id') }}, {{ identity_node('deal_id', 'deal_id') }}
        ) as node,
        cast(null as timestamp) as created_at,
        won_at
    from deals
),

final as (
    select
        node,
        coalesce(min(created_at), min(won_at)) as first_seen_at
    from records
    group by node
)

select * from final
