-- Two identifiers that an edge connects belong to one person.
select
    edges.left_node,
    edges.right_node
from {{ ref('int_identity_edges') }} as edges
inner join {{ ref('int_person_identifiers') }} as left_side on edges.left_node = left_side.node
inner join {{ ref('int_person_identifiers') }} as right_side on edges.right_node = right_side.node
where left_side.person_id != right_side.person_id
