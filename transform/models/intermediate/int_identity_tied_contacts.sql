-- The contacts of each identifier, as people.
with

pairs as (
    select * from {{ ref('int_identity_pairs') }}
    where rule != 'crm_merge' and {{ is_node_of('left_node', 'contact_id') }}
),

grouped as (
    select * from {{ ref('int_identity_contact_groups') }}
),

tied as (
    select distinct
        pairs.right_node as node,
        -- by their addresses all who share a mailbox would be one for sharing it
        case
            when {{ is_node_of('pairs.right_node', 'email_hash') }} then coalesce(grouped.merge_group, pairs.left_node)
            else coalesce(grouped.people_group, pairs.left_node)
        end as person
    from pairs
    left join grouped on pairs.left_node = grouped.node
),

final as (
    select
        node,
        person,
        count(*) over (partition by node) = 1 as is_only
    from tied
)

select * from final
