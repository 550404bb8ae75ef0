with

deals as (
    select * from {{ ref('int_deals') }}
    where is_closed and closed_at is not null
),

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
    where identifier_type = 'contact_id'
),

persons as (
    select * from {{ ref('dim_person') }}
),

final as (
    select
        deals.deal_id,
        identifiers.person_id,
        deals.created_at,
        deals.closed_at,
        {{ business_day('deals.closed_at') }} as date_day,
        deals.is_won,
        coalesce(persons.first_channel, '(unattributed)') as channel,
        deals.source_system,
        persons.first_campaign_id as campaign_id,
        persons.country
    from deals
    left join identifiers on deals.contact_id = identifiers.identifier_value
    left join persons on identifiers.person_id = persons.person_id
    where {{ business_day('deals.closed_at') }} <= {{ as_of_date() }}
)

select * from final
