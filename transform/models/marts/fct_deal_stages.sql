with

stages as (
    select * from {{ ref('int_deal_stages') }}
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
        stages.deal_id || ':' || cast(stages.entry_number as string) as deal_stage_id,
        stages.deal_id,
        identifiers.person_id,
        coalesce(persons.first_channel, '(unattributed)') as channel,
        stages.pipeline_id,
        stages.stage_id,
        stages.stage_label,
        stages.display_order,
        stages.portal_win_rate,
        stages.is_closed_stage,
        stages.entered_at,
        stages.left_at,
        stages.date_day,
        {{ business_day('stages.left_at') }} as left_day,
        stages.is_closed,
        stages.is_won,
        stages.closed_day,
        stages.currency_code,
        stages.amount_local,
        stages.source_system
    from stages
    left join identifiers on stages.contact_id = identifiers.identifier_value
    left join persons on identifiers.person_id = persons.person_id
)

select * from final
