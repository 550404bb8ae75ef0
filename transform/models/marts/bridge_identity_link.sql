with

edges as (
    select * from {{ ref('int_identity_edges') }}
),

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
),

persons as (
    select * from {{ ref('dim_person') }}
),

final as (
    select
        identifiers.person_id,
        identifiers.identifier_type as left_identifier_type,
        identifiers.identifier_value as left_identifier_value,
        {{ identifier_type('edges.right_node') }} as right_identifier_type,
        substr(edges.right_node, 3) as right_identifier_value,
        edges.rule,
        edges.first_seen_at
    from edges
    inner join identifiers on edges.left_node = identifiers.node
    inner join persons on identifiers.person_id = persons.person_id
)

select * from final
