{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='person_id',
    changed='int_changed_people',
    on_schema_change='fail'
) }}

-- depends_on: {{ ref('int_changed_people') }}
with

journeys as (
    select * from {{ ref('int_journeys') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

touchpoints as (
    select * from {{ ref('int_touchpoints') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

persons as (
    select * from {{ ref('dim_person') }}
),

first_visits as (
    select * from {{ ref('fct_sessions') }}
    where is_new_visitor
),

{% set columns = [
    'touchpoint_id', 'journey_id', 'journey_number', 'conversion_id', 'conversion_type', 'ends_at', 'person_id',
    'touchpoint_type', 'touchpoint_key', 'touched_at', 'date_day', 'tie_order', 'channel', 'source', 'medium',
    'campaign_id', 'campaign_name', 'ad_id', 'ad_name', 'session_id', 'is_new_visitor', 'is_offline'
] %}
all_touchpoints as (
    select
        {{ columns | join(',\n        ') }},
        cast(null as decimal(18, 6)) as value
    from touchpoints
    where
        touchpoint_type not in ('session', 'ad_click')
        or ends_at is null
        or touched_at >= {{ days_before('ends_at', lookback_days('conversion_type')) }}
    union all
    select
        {{ surrogate_key(['journeys.journey_id', "'won_deal'", 'journeys.conversion_id']) }} as touchpoint_id,
        journeys.journey_id,
        journeys.journey_number,
        journeys.conversion_id,
        journeys.conversion_type,
        journeys.ends_at,
        journeys.person_id,
        'won_deal' as touchpoint_type,
        journeys.conversion_id as touchpoint_key,
        journeys.ends_at as touched_at,
        journeys.date_day,
        9 as tie_order,
        persons.first_channel as channel,
        {% for column in columns if column in [
            'source', 'medium', 'campaign_id', 'campaign_name', 'ad_id', 'ad_name', 'session_id'
        ] %}
        cast(null as string) as {{ column }},
        {% endfor %}
        false as is_new_visitor,
        coalesce(first_visits.session_started_at > journeys.ends_at, true) as is_offline,
        journeys.revenue_amount as value
    from journeys
    inner join persons on journeys.person_id = persons.person_id
    left join first_visits on journeys.person_id = first_visits.person_id
    where journeys.conversion_id is not null
),

final as (
    select
        touchpoint_id,
        journey_id,
        person_id,
        row_number() over (partition by journey_id order by touched_at, tie_order, touchpoint_key)
            as touchpoint_number,
        touched_at,
        date_day,
        touchpoint_type,
        channel,
        source,
        medium,
        campaign_id,
        campaign_name,
        case
            when journey_number > 1 then 'loyalty'
            when touchpoint_type not in ('session', 'ad_click') then 'conversion'
            when is_new_visitor then 'awareness'
            else 'consideration'
        end as stage,
        session_id,
        conversion_id,
        conversion_type,
        ends_at as conversion_at,
        {{ seconds_between('touched_at', 'ends_at') }} / 86400 as days_to_conversion,
        value,
        journey_number = 1 as is_new_customer,
        is_offline,
        ad_id,
        ad_name
    from all_touchpoints
)

select * from final
