-- Pairs of identifiers that belong to one person. A node is the rank of its type, a colon and the identifier; the
-- smallest node of a person names it, so contacts come first.
with

contacts as (
    select * from {{ ref('int_contacts') }}
),

contact_merges as (
    select * from {{ ref('int_contact_merges') }}
),

events as (
    select distinct
        user_pseudo_id,
        gclid,
        fbclid
    from {{ ref('int_events') }}
    where user_pseudo_id is not null and (gclid is not null or fbclid is not null)
),

pairs as (
    select
        '1:' || contact_id as left_node,
        '1:' || merged_contact_id as right_node
    from contact_merges
    union
    select
        '1:' || contact_id as left_node,
        '2:' || ga_client_id as right_node
    from contacts
    where ga_client_id is not null
    union
    select
        '1:' || contact_id as left_node,
        '3:' || email_hash as right_node
    from contacts
    where email_hash is not null
    union
    select
        '1:' || contact_id as left_node,
        '4:' || gclid as right_node
    from contacts
    where gclid is not null
    union
    select
        '1:' || contact_id as left_node,
        '5:' || fbclid as right_node
    from contacts
    where fbclid is not null
    union
    select
        '2:' || user_pseudo_id as left_node,
        '4:' || gclid as right_node
    from events
    where gclid is not null
    union
    select
        '2:' || user_pseudo_id as left_node,
        '5:' || fbclid as right_node
    from events
    where fbclid is not null
),

-- A link that was passed on, or a computer that a whole office uses, would make one person of many. Only the right
-- node of a pair can do that: a merge is always meant.
final as (
    select
        left_node,
        right_node
    from pairs
    qualify
        right_node like '1:%'
        or count(*) over (partition by right_node, substr(left_node, 1, 1)) <= {{ var('identity_max_links') }}
)

select * from final
