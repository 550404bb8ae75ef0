with

shared as (
    select * from {{ ref('int_shared_identifiers') }}
),

final as (
    select
        {{ identifier_type('node') }} as identifier_type,
        substr(node, 3) as identifier_value,
        reason,
        people,
        cast({{ var('identity_max_people') }} as bigint) as people_limit,
        links,
        first_seen_at,
        last_seen_at
    from shared
)

select * from final
