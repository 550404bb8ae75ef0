with

people as (
    select * from {{ ref('int_funnel_steps') }}
),

cohorts as (
    select distinct
        month,
        channel
    from people
),

steps as (
    {% for step in ['visitors', 'leads', 'mql', 'sql', 'opportunities', 'customers'] %}
    select
        cast({{ loop.index }} as bigint) as step_number,
        '{{ step }}' as step
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

reached as (
    select
        cohorts.month,
        cohorts.channel,
        steps.step_number,
        steps.step,
        count(people.person_id) as people
    from cohorts
    cross join steps
    left join people
        on
            cohorts.month = people.month
            and cohorts.channel = people.channel
            and steps.step_number <= people.furthest_step
    group by cohorts.month, cohorts.channel, steps.step_number, steps.step
),

final as (
    select
        month,
        channel,
        step_number,
        step,
        people,
        {{ ratio('people', 'lag(people) over (partition by month, channel order by step_number)') }}
            as rate_from_previous
    from reached
)

select * from final
