-- Identifiers that link nobody: too many people share them, or the settings say so.
-- depends_on: {{ ref('int_identity_replaced_shared') }}, which reads what is replaced here
with

people as (
    select * from {{ ref('int_identity_people') }}
),

pairs as (
    select * from {{ ref('int_identity_pairs') }}
),

named as (
    {% for entry in var('identity_never_link') -%}
    {%- set type = entry.split(':')[0] -%}
    select {{ identity_node(type, text_literal(entry[type | length + 1:] | trim)) }} as node
    union
    {% endfor -%}
    select cast(null as string) as node
),

shared as (
    select
        node,
        case
            when people > {{ var('identity_max_people') }} then 'too_many_people'
            else 'too_many_browsers'
        end as reason,
        people,
        browsers
    from people
    where people > {{ var('identity_max_people') }} or browsers > {{ var('identity_max_browsers') }}
    union all
    select
        named.node,
        'never_link' as reason,
        people.people,
        people.browsers
    from named
    left join people on named.node = people.node
    where
        named.node is not null
        and coalesce(people.people, 0) <= {{ var('identity_max_people') }}
        and coalesce(people.browsers, 0) <= {{ var('identity_max_browsers') }}
),

ends as (
    select
        left_node as node,
        first_seen_at,
        last_seen_at
    from pairs
    union all
    select
        right_node as node,
        first_seen_at,
        last_seen_at
    from pairs
),

final as (
    select
        shared.node,
        shared.reason,
        shared.people,
        shared.browsers,
        count(*) as links,
        min(ends.first_seen_at) as first_seen_at,
        max(ends.last_seen_at) as last_seen_at
    from shared
    inner join ends on shared.node = ends.node
    group by shared.node, shared.reason, shared.people, shared.browsers
)

select * from final
