-- Identifiers that no longer exist have left the labels, and so their history is not here either.
with

labels as (
    select * from {{ ref('int_identity_labels') }}
    where replaced_by is not null
),

final as (
    select
        label as former_person_id,
        replaced_by as person_id,
        replaced_at as changed_at,
        run_id,
        min(reason) as reason,
        count(*) as identifiers,
        {{ identifier_type('min(via_left_node)') }} as left_identifier_type,
        substr(min(via_left_node), 3) as left_identifier_value,
        {{ identifier_type('min(via_right_node)') }} as right_identifier_type,
        substr(min(via_right_node), 3) as right_identifier_value,
        min(via_rule) as rule,
        min(via_seen_at) as link_seen_at
    from labels
    group by label, replaced_by, replaced_at, run_id
)

select * from final
