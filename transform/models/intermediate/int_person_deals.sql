-- Won deals with their person, numbered.
with

deals as (
    select * from {{ ref('int_won_deals') }}
),

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
    where identifier_type in ('contact_id', 'deal_id')
),

with_person as (
    select
        deals.*,
        identifiers.person_id
    from deals
    left join identifiers
        on
            (identifiers.identifier_type = 'contact_id' and deals.contact_id = identifiers.identifier_value)
            or (
                identifiers.identifier_type = 'deal_id'
                and deals.contact_id is null
                and deals.deal_id = identifiers.identifier_value
            )
),

final as (
    select
        *,
        row_number() over (partition by person_id order by won_at, deal_id) as order_number
    from with_person
)

select * from final
