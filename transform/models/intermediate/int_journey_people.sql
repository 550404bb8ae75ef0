{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_journey_people') %}
{%- set parts = [
    ('int_person_contacts', ['contact_id', 'is_lead', 'lead_at', 'created_at', 'origin_channel'], none),
    ('int_person_deals', ['deal_id', 'won_at', 'order_number'], none),
    ('fct_orders', [
        'order_id', 'order_number', 'won_at', 'revenue_amount', 'gross_margin_amount', 'date_day'
    ], 'date_day'),
    ('fct_leads', ['lead_id', 'lead_at', 'date_day', 'source_system'], 'date_day'),
    ('int_stage_changes', [
        'stage_id', 'entered_stage', 'entered_at', 'source_system'
    ], business_day('entered_at')),
    ('int_click_touches', [
        'gclid', 'touched_at', 'date_day', 'channel', 'campaign_id', 'campaign_name', 'ad_id', 'ad_name'
    ], 'date_day')
] -%}
-- People whose touchpoints and paths are built anew, among others: those of visits and identifiers that are, and those
-- of whom what the CRM and the ad platforms tell is something else than when they were last built, by a digest of it.
-- Who is nobody any more has none.
with

changed_visits as (
    select * from {{ ref('int_changed_visits') }}
),

components as (
    select * from {{ ref('int_identity_changed_components') }}
),

parts as (
    {% for model, columns, day in parts %}
    select
        person_id,
        {{ row_digest(["'" ~ model ~ "'"] + columns + ([day ~ ' <= ' ~ as_of_date()] if day else [])) }} as digest
    from {{ ref(model) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
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

compared as (
    select
        coalesce(present.person_id, known.person_id) as person_id,
        present.digest,
        present.digest is distinct from known.digest as is_other
    from present
    full join known on present.person_id = known.person_id
),

touched as (
    select person_id
    from {{ ref('fct_sessions') }}
    where session_id in (select changed_visits.session_id from changed_visits)
    union
    select built_person_id as person_id from changed_visits
    union
    select person_id
    from {{ ref('int_person_identifiers') }}
    where node in (select components.node from components)
    union
    select md5(label) as person_id from components
),

final as (
    select
        coalesce(compared.person_id, touched.person_id) as person_id,
        compared.digest,
        touched.person_id is not null or coalesce(compared.is_other, false) as is_changed
    from compared
    full join touched on compared.person_id = touched.person_id
    where compared.person_id is not null or touched.person_id is not null
)

select * from final
