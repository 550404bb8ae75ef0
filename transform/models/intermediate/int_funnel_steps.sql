-- How far each person came: 1 seen, 2 lead, 3 MQL, 4 SQL, 5 opportunity, 6 customer.
with

persons as (
    select * from {{ ref('dim_person') }}
    where first_touch_at is not null
),

contacts as (
    select
        person_id,
        max(
            case
                when customer_at is not null then 6
                when opportunity_at is not null then 5
                when sql_at is not null then 4
                when mql_at is not null then 3
                else 2
            end
        ) as step_by_dates,
        max(furthest_step) as step_by_stage
    from {{ ref('int_person_contacts') }}
    where is_lead
    group by person_id
),

final as (
    select
        persons.person_id,
        persons.first_channel as channel,
        {{ month_of(business_day('persons.first_touch_at')) }} as month,
        case
            when persons.is_customer then 6
            else greatest(coalesce(contacts.step_by_dates, 1), coalesce(contacts.step_by_stage, 1))
        end as furthest_step
    from persons
    left join contacts on persons.person_id = contacts.person_id
)

select * from final
