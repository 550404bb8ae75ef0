with

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
),

persons as (
    select * from {{ ref('dim_person') }}
),

final as (
    select
        identifiers.person_id,
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.rule,
        identifiers.first_seen_at,
        identifiers.linked_identifier_type,
        identifiers.linked_identifier_value,
        identifiers.link_rule,
        identifiers.link_seen_at
    from identifiers
    inner join persons on identifiers.person_id = persons.person_id
)

select * from final
