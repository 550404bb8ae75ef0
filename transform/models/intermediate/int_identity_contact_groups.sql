-- Contacts as people, for counting who shares an identifier: those that were merged are one, and so are those that have
-- an address in common which is no mailbox of many.
with

pairs as (
    select * from {{ ref('int_identity_crm_pairs') }}
),

joined_contacts as (
    select
        left_node,
        right_node
    from pairs
    where rule = 'crm_merge'
),

merged as (
    {{ component_labels('joined_contacts') }}
),

contacts as (
    select left_node as node from pairs
    union
    select right_node as node
    from joined_contacts
),

grouped as (
    select
        contacts.node,
        coalesce(merged.label, contacts.node) as merge_group
    from contacts
    left join merged on contacts.node = merged.node
),

addresses as (
    select
        pairs.right_node,
        min(grouped.merge_group) as first_group
    from pairs
    inner join grouped on pairs.left_node = grouped.node
    where {{ is_node_of('pairs.right_node', 'email_hash') }}
    group by pairs.right_node
    having count(distinct grouped.merge_group) <= {{ var('identity_max_people') }}
),

first_groups as (
    select
        grouped.merge_group,
        min(addresses.first_group) as first_group
    from pairs
    inner join addresses on pairs.right_node = addresses.right_node
    inner join grouped on pairs.left_node = grouped.node
    group by grouped.merge_group
),

final as (
    select
        grouped.node,
        grouped.merge_group,
        least(grouped.merge_group, coalesce(first_groups.first_group, grouped.merge_group)) as people_group
    from grouped
    left join first_groups on grouped.merge_group = first_groups.merge_group
)

select * from final
