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
            case when deals.contact_id is null then 'deal_id' else 'contact_id' end = identifiers.identifier_type
            and coalesce(deals.contact_id, deals.deal_id) = identifiers.identifier_value
),

final as (
    select
        *,
        row_number() over (partition by person_id order by won_at, deal_id) as order_number
    from with_person
)

select * from final
