with

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
),

final as (
    select
        person_id,
        identifier_type,
        identifier_value,
        rule
    from identifiers
)

select * from final
