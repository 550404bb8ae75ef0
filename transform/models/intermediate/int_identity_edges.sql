{{ config(materialized='view') }}

-- Pairs of identifiers that belong to one person: all but those of an identifier that too many share.
with

pairs as (
    select * from {{ ref('int_identity_pairs') }}
),

shared as (
    select node from {{ ref('int_shared_identifiers') }}
),

final as (
    select
        pairs.left_node,
        pairs.right_node,
        pairs.rule,
        pairs.first_seen_at
    from pairs
    left join shared as left_shared on pairs.left_node = left_shared.node
    left join shared as right_shared on pairs.right_node = right_shared.node
    where left_shared.node is null and right_shared.node is null
)

select * from final
