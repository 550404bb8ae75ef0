-- Every identifier of a person with the moment at which it was first seen in the data's own time. Contacts, browsers
-- and deals without a contact have a record of their own; the others are known only by what carries them.
with

contacts as (
    select * from {{ ref('int_contacts') }}
),

sightings as (
    select * from {{ ref('int_identity_sightings') }}
),

deals as (
    select * from {{ ref('int_won_deals') }}
),

edges as (
    select * from {{ ref('int_identity_edges') }}
),

recorded as (
    select
        {{ identity_node('contact_id', 'contact_id') }} as node,
        1 as source_order,
        created_at as first_seen_at
    from contacts
    union all
    select
        {{ identity_node('ga_client_id', 'ga_client_id') }} as node,
        1 as source_order,
        first_seen_at
    from sightings
    union all
    -- a contact that the CRM does not list still tells which deals are of one person
    select
        coalesce(
            {{ identity_node('contact_id', 'contact_id') }}, {{ identity_node('deal_id', 'deal_id') }}
        ) as node,
        2 as source_order,
        won_at as first_seen_at
    from deals
    union all
    select
        left_node as node,
        3 as source_order,
        first_seen_at
    from edges
    union all
    select
        right_node as node,
        3 as source_order,
        first_seen_at
    from edges
),

final as (
    select
        node,
        min(source_order) < 3 as is_recorded,
        coalesce(
            min(case when source_order = 1 then first_seen_at end),
            min(case when source_order = 2 then first_seen_at end),
            min(first_seen_at)
        ) as first_seen_at
    from recorded
    group by node
)

select * from final
