-- Every identifier with its person; identifiers that nothing connects are persons of their own.
with

contacts as (
    select * from {{ ref('int_contacts') }}
),

edges as (
    select * from {{ ref('int_identity_edges') }}
),

labels as (
    select * from {{ ref('int_identity_labels') }}
),

events as (
    select distinct user_pseudo_id
    from {{ ref('int_events') }}
    where user_pseudo_id is not null
),

deals as (
    select * from {{ ref('int_won_deals') }}
),

nodes as (
    select '1:' || contact_id as node
    from contacts
    union
    select '2:' || user_pseudo_id as node
    from events
    union
    select '1:' || contact_id as node
    from deals
    where contact_id is not null
    union
    select '6:' || deal_id as node
    from deals
    where contact_id is null
    union
    select left_node as node
    from edges
    union
    select right_node as node
    from edges
),

of_contacts as (
    select distinct right_node as node
    from edges
    where left_node like '1:%'
),

final as (
    select
        nodes.node,
        md5(coalesce(labels.label, nodes.node)) as person_id,
        case substr(nodes.node, 1, 1)
            when '1' then 'contact_id'
            when '2' then 'ga_client_id'
            when '3' then 'email_hash'
            when '4' then 'gclid'
            when '5' then 'fbclid'
            else 'deal_id'
        end as identifier_type,
        substr(nodes.node, 3) as identifier_value,
        case
            when nodes.node like '1:%' and of_contacts.node is not null then 'crm_merge'
            when nodes.node like '1:%' then 'crm_contact'
            when nodes.node like '6:%' then 'deal_without_contact'
            when of_contacts.node is not null then 'contact_field'
            when nodes.node like '2:%' then 'visitor'
            else 'session'
        end as rule
    from nodes
    left join labels on nodes.node = labels.node
    left join of_contacts on nodes.node = of_contacts.node
)

select * from final
