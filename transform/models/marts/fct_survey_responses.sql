-- Answers to "how likely are you to recommend us", 0 to 10.
with

responses as (
    select * from {{ ref('stg_file_drop__surveys') }}
),

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
    where identifier_type = 'email_hash'
),

persons as (
    select * from {{ ref('dim_person') }}
),

-- an answer that stands in two files counts once
answers as (
    select * from responses
    qualify row_number() over (partition by response_id order by submitted_at desc, score asc) = 1
),

final as (
    select
        answers.response_id,
        identifiers.person_id,
        answers.submitted_at,
        {{ business_day('answers.submitted_at') }} as date_day,
        cast(answers.score as bigint) as score,
        answers.score >= 9 as is_promoter,
        answers.score <= 6 as is_detractor,
        coalesce(persons.first_channel, '(unattributed)') as channel,
        persons.first_campaign_id as campaign_id,
        persons.country,
        {{ month_of(business_day('persons.first_purchase_at')) }} as acquisition_month
    from answers
    left join identifiers on answers.email_hash = identifiers.identifier_value
    left join persons on identifiers.person_id = persons.person_id
    where {{ business_day('answers.submitted_at') }} <= {{ as_of_date() }}
)

select * from final
