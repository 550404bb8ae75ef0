{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='person_id',
    changed='int_changed_people',
    on_schema_change='fail'
) }}
{%- set columns = [
    ('person_id', 'string'), ('touchpoint_key', 'string'), ('touched_at', 'timestamp'), ('date_day', 'date'),
    ('channel', 'string'), ('source', 'string'), ('medium', 'string'), ('campaign_id', 'string'),
    ('campaign_name', 'string'), ('ad_id', 'string'), ('ad_name', 'string'), ('session_id', 'string'),
    ('is_new_visitor', 'boolean'), ('is_engaged', 'boolean'), ('engagement_seconds', 'double')
] -%}
{%- set kinds = [
    ('ad_click', 'int_click_touches', '0', {'touchpoint_key': 'gclid', 'source': "'google'", 'medium': "'cpc'"}, [
        'person_id', 'touched_at', 'date_day', 'channel', 'campaign_id', 'campaign_name', 'ad_id', 'ad_name'
    ]),
    ('session', 'fct_sessions', '1', {'touchpoint_key': 'session_id', 'touched_at': 'session_started_at'}, [
        'person_id', 'date_day', 'channel', 'source', 'medium', 'campaign_id', 'campaign_name', 'session_id',
        'is_new_visitor', 'is_engaged', 'engagement_seconds'
    ]),
    ('form_submission', 'int_form_submissions', '2', {'touchpoint_key': 'form_id', 'touched_at': 'event_at'}, [
        'person_id', 'date_day', 'channel', 'source', 'medium', 'campaign_id', 'campaign_name', 'session_id'
    ]),
    ('lead', 'fct_leads', '3', {'touchpoint_key': 'lead_id', 'touched_at': 'lead_at', 'source': 'source_system'}, [
        'person_id', 'date_day'
    ]),
    ('stage_change', 'int_stage_changes', '4 + stage_order', {
        'touchpoint_key': 'stage_id', 'touched_at': 'entered_at', 'source': 'source_system', 'medium': 'entered_stage',
        'date_day': business_day('entered_at')
    }, ['person_id'])
] -%}
-- Everything that happened with a person, in its journey: the time between two won deals. The won deals themselves are
-- added by fct_customer_journey.
-- depends_on: {{ ref('int_changed_people') }}
with

persons as (
    select
        persons.person_id,
        persons.first_channel,
        persons.is_customer,
        first_visits.session_started_at as first_visit_at
    from {{ ref('dim_person') }} as persons
    left join {{ ref('fct_sessions') }} as first_visits
        on persons.person_id = first_visits.person_id and first_visits.is_new_visitor
    {% if is_incremental() -%}
    where persons.person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

happened as (
    {% for kind, model, tie_order, expressions, same in kinds %}
    select
        '{{ kind }}' as touchpoint_type,
        {% for column, type in columns %}
        cast({{ column if column in same else expressions.get(column, 'null') }} as {{ type }}) as {{ column }},
        {% endfor %}
        {{ tie_order }} as tie_order
    from {{ ref(model) }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        {{ surrogate_key(['journeys.journey_id', 'happened.touchpoint_type', 'happened.touchpoint_key']) }}
            as touchpoint_id,
        journeys.journey_id,
        journeys.journey_number,
        journeys.conversion_id,
        journeys.conversion_type,
        journeys.ends_at,
        happened.person_id,
        happened.touchpoint_type,
        happened.touchpoint_key,
        happened.touched_at,
        happened.date_day,
        happened.tie_order,
        -- what has neither a visit nor a click of its own goes by the person's first touch
        coalesce(happened.channel, persons.first_channel) as channel,
        happened.source,
        happened.medium,
        happened.campaign_id,
        happened.campaign_name,
        coalesce(happened.ad_id, session_ads.ad_id) as ad_id,
        coalesce(happened.ad_name, session_ads.ad_name) as ad_name,
        happened.session_id,
        coalesce(happened.is_new_visitor, persons.first_visit_at > happened.touched_at, true) as is_new_visitor,
        coalesce(persons.first_visit_at > happened.touched_at, true) as is_offline,
        happened.is_engaged,
        happened.engagement_seconds
    from happened
    inner join persons on happened.person_id = persons.person_id
    inner join {{ ref('int_journeys') }} as journeys
        on
            happened.person_id = journeys.person_id
            and (journeys.starts_after is null or happened.touched_at > journeys.starts_after)
            and (journeys.ends_at is null or happened.touched_at <= journeys.ends_at)
    left join {{ ref('int_session_ads') }} as session_ads on happened.session_id = session_ads.session_id
    where
        happened.date_day <= {{ as_of_date() }}
        -- a won deal says the same as the stage, with its value
        and not (persons.is_customer and happened.touchpoint_type = 'stage_change' and happened.medium = 'customer')
)

select * from final
