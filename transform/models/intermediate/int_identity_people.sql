{%- set limit = var('identity_max_people') -%}
-- How many people share each identifier that many others are tied to: the more of its contacts, as people, and its
-- browsers or users. docs/identity.md explains.
with

pairs as (
    select
        left_node,
        right_node,
        rule in ('session', 'purchase') as is_of_browser
    from {{ ref('int_identity_pairs') }}
    where rule != 'crm_merge'
),

contacts as (
    select * from {{ ref('int_identity_tied_contacts') }}
),

logins as (
    select * from {{ ref('int_identity_logins') }}
),

-- no identifier has more people than identifiers are tied to it, and almost none has many of those
crowded as (
    select node
    from (
        select left_node as node from pairs
        where not {{ is_node_of('left_node', 'contact_id') }}
        union all
        select right_node as node from pairs
    ) as ends
    group by node
    having count(*) > {{ limit }}
),

counts as (
    select
        node,
        count(*) as people
    from contacts
    group by node
    union all
    -- a click's or an order's browsers; those of one contact or one user are one
    select
        pairs.right_node as node,
        count(distinct coalesce(contacts.person, logins.user_node, pairs.left_node)) as people
    from pairs
    left join contacts on pairs.left_node = contacts.node and contacts.is_only
    left join logins on pairs.left_node = logins.browser_node and logins.is_only
    where pairs.is_of_browser and pairs.right_node in (select crowded.node from crowded)
    group by pairs.right_node
    union all
    -- a browser's contacts by its clicks and orders, where these are of one contact
    select
        pairs.left_node as node,
        count(distinct contacts.person) as people
    from pairs
    inner join contacts on pairs.right_node = contacts.node and contacts.is_only
    where pairs.is_of_browser
    group by pairs.left_node
    union all
    -- a user's contacts by browsers of one contact
    select
        logins.user_node as node,
        count(distinct contacts.person) as people
    from logins
    inner join contacts on logins.browser_node = contacts.node and contacts.is_only
    group by logins.user_node
    union all
    select
        browser_node as node,
        count(*) as people
    from logins
    where browsers <= {{ var('identity_max_browsers') }}
    group by browser_node
),

browsers as (
    select
        user_node,
        max(browsers) as browsers
    from logins
    group by user_node
),

final as (
    select
        crowded.node,
        coalesce(max(counts.people), 0) as people,
        coalesce(max(browsers.browsers), 0) as browsers
    from crowded
    left join counts on crowded.node = counts.node
    left join browsers on crowded.node = browsers.user_node
    group by crowded.node
)

select * from final
