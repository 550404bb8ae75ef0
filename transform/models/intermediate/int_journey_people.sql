{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_journey_people') %}
{%- set parts = [
    ('fct_sessions', [
        'session_id', 'session_started_at', 'date_day', 'channel', 'source', 'medium', 'campaign_id', 'campaign_name',
        'is_new_visitor', 'is_engaged', 'engagement_seconds'
    ], 'date_day'),
    ('dim_person', ['first_channel', 'is_customer'], none),
    ('int_journeys', [
        'journey_id', 'starts_after', 'ends_at', 'conversion_id', 'conversion_type', 'revenue_amount', 'date_day'
    ], 'date_day'),
    ('fct_orders', ['order_id', 'gross_margin_amount'], none),
    ('fct_leads', ['lead_id', 'lead_at', 'date_day', 'source_system'], 'date_day'),
    ('int_stage_changes', [
        'stage_id', 'entered_stage', 'entered_at', 'source_system'
    ], business_day('entered_at')),
    ('int_click_touches', [
        'gclid', 'touched_at', 'date_day', 'channel', 'campaign_id', 'campaign_name', 'ad_id', 'ad_name'
    ], 'date_day'),
    ('int_form_submissions', ['form_id', 'event_at', 'date_day'], 'date_day')
] -%}
-- People with a digest of all that their touchpoints and paths are made of, and whether it is another one than when
-- they were last built. Who is nobody any more has none.
with

changed_visits as (
    select session_id from {{ ref('int_changed_sessions') }}
),

parts as (
    {% for model, columns, day in parts %}
    select
        person_id,
        {{ row_digest(["'" ~ model ~ "'"] + columns + ([day ~ ' <= ' ~ as_of_date()] if day else [])) }} as digest
    from {{ ref(model) }}
    union all
    {% endfor %}
    select
        sessions.person_id,
        {{ row_digest(['ads.session_id', 'ads.ad_id', 'ads.ad_name']) }} as digest
    from {{ ref('int_session_ads') }} as ads
    inner join {{ ref('fct_sessions') }} as sessions on ads.session_id = sessions.session_id
),

present as (
    select
        person_id,
        bit_xor(digest) as digest
    from parts
    where person_id is not null
    group by person_id
),

known as (
    {% if built -%}
    select
        person_id,
        digest
    from {{ built }}
    where digest is not null
    {%- else -%}
    select
        person_id,
        digest
    from present
    where false
    {%- endif %}
),

-- an event that is no more than a conversion of its visit changes none of the above
visitors as (
    select distinct person_id
    from {{ ref('fct_sessions') }}
    where session_id in (select changed_visits.session_id from changed_visits)
),

final as (
    select
        coalesce(present.person_id, known.person_id) as person_id,
        present.digest,
        (visitors.person_id is not null or present.digest is distinct from known.digest) as is_changed
    from present
    full join known on present.person_id = known.person_id
    left join visitors on present.person_id = visitors.person_id
)

select * from final
